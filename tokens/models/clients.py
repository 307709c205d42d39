"""Clients, their secrets, and protected resources."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import AbstractApplication

from accounts.ground.dated_field import DatedField
from accounts.ground.exact_field import ExactField
from accounts.ground.unlisted import Unlisted
from accounts.names import LIST_KEY
from tokens.models.columns import ALGS, CLIENT_ID, IDENTIFIER, LOGO, check_texts, empty_list


class Client(AbstractApplication):
    """A client's metadata (RFC 7591 §2), on django-oauth-toolkit's seam for it (docs/decisions/0001)."""

    # Not wanted here. None is Django's way to leave out a column, which mypy takes for a value of it.
    id = None  # type: ignore[assignment]
    user = None
    name = None  # type: ignore[assignment]
    client_type = None  # type: ignore[assignment]
    authorization_grant_type = None  # type: ignore[assignment]
    client_secret = None
    hash_client_secret = None  # type: ignore[assignment]
    skip_authorization = None  # type: ignore[assignment]
    algorithm = None  # type: ignore[assignment]
    allowed_origins = None  # type: ignore[assignment]
    registration_source = None  # type: ignore[assignment]
    cimd_expires_at = None

    client_id = ExactField(_("client ID"), max_length=CLIENT_ID, primary_key=True)
    client_name = models.CharField(_("name"), max_length=255)
    # Its place in the admin's list.
    name_key = ExactField(max_length=LIST_KEY, default="", editable=False)
    enabled = models.BooleanField(_("enabled"), default=True)
    development = models.BooleanField(_("development"), default=False)
    grant_types = models.JSONField(_("grant types"), default=empty_list, blank=True, validators=[check_texts])
    application_type = models.CharField(_("application type"), max_length=8)
    token_endpoint_auth_method = models.CharField(_("authentication method"), max_length=32)
    scope = models.TextField(_("scope"), blank=True)
    backchannel_logout_uri = models.URLField(_("address for logout notices"), blank=True)
    backchannel_logout_session_required = models.BooleanField(_("notices name the session"), default=False)
    metadata = models.JSONField(_("metadata"), default=dict)
    """All other members, as RFC 7591 writes them. Only what a statement or a list asks for has a column of its own."""
    pkce_seen = models.DateTimeField(null=True, editable=False)
    nonce_seen = models.DateTimeField(null=True, editable=False)
    neither_seen = models.DateTimeField(null=True, editable=False)
    logout_failing_since = models.DateTimeField(null=True, editable=False)
    created = DatedField(_("created"), auto_now_add=True)
    updated = DatedField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        indexes = [models.Index(fields=["name_key", "client_id"], name="client_by_name")]

    def __str__(self) -> str:
        return self.client_name

    @property
    def redirect_uris(self) -> str:  # type: ignore[override]  # django-oauth-toolkit only reads it
        """As django-oauth-toolkit has them: one text, with spaces between."""
        return " ".join(self.metadata.get("redirect_uris", ()))

    @property
    def post_logout_redirect_uris(self) -> str:  # type: ignore[override]  # as above
        return " ".join(self.metadata.get("post_logout_redirect_uris", ()))

    def clean(self) -> None:
        """Nothing: django-oauth-toolkit's would judge columns that are not here, and ours are judged before."""


class ClientSecret(Unlisted):
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="secrets")
    pepper = models.CharField(max_length=32)
    digest = models.CharField(max_length=64)
    created = DatedField(auto_now_add=True)
    client_secret_expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used = models.DateTimeField(_("last used"), null=True, blank=True)

    class Meta(Unlisted.Meta):
        verbose_name = _("client secret")
        verbose_name_plural = _("client secrets")

    def __str__(self) -> str:
        return f"{self.created:%Y-%m-%d %H:%M:%S} UTC"


class ClientLogo(Unlisted):
    """The picture at a client's `logo_uri`, as it was when the client was saved. Its name is in the client's row."""

    client = models.OneToOneField(Client, on_delete=models.CASCADE, primary_key=True, related_name="kept_logo")
    name = models.CharField(max_length=LOGO)
    content = models.BinaryField()

    class Meta(Unlisted.Meta):
        verbose_name = _("logo")
        verbose_name_plural = _("logos")
        indexes = [models.Index(fields=["name"], name="logo_by_name")]

    def __str__(self) -> str:
        return self.name


class Resource(models.Model):
    """A protected resource (RFC 8707 §2): an API, its scopes, and the clients that serve it."""

    identifier = ExactField(_("identifier"), max_length=IDENTIFIER, unique=True)
    name = models.CharField(_("name"), max_length=255)
    # Its place in the admin's list.
    name_key = ExactField(max_length=LIST_KEY, default="", editable=False)
    scope = models.TextField(_("scope"), blank=True)
    access_token_format = models.CharField(
        _("token format"), max_length=8, choices=[("jwt", "jwt"), ("opaque", "opaque")], default="jwt"
    )
    access_token_signed_response_alg = models.CharField(
        _("token algorithm"), max_length=8, choices=ALGS, default="RS256"
    )
    access_token_typ = models.CharField(
        _("token type"), max_length=8, choices=[("at+jwt", "at+jwt"), ("JWT", "JWT")], default="at+jwt"
    )
    introspection_claims = models.JSONField(_("told at introspection"), default=empty_list, blank=True)
    scope_sentences = models.JSONField(_("sentences of its scopes"), default=empty_list, blank=True)
    owners = models.ManyToManyField(Client, verbose_name=_("clients"), related_name="resources", blank=True)
    created = DatedField(_("created"), auto_now_add=True)
    updated = DatedField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("resource")
        verbose_name_plural = _("resources")
        indexes = [models.Index(fields=["name_key", "id"], name="resource_by_name")]

    def __str__(self) -> str:
        return self.name


class ResourcesVersion(Unlisted):
    """One row, which every change of a resource writes: whoever read it knows of which state what they keep is."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    # Random: a database that is restored never has the version of another state.
    version = models.UUIDField()


class Publication(Unlisted):
    """That a client has to reach a store elsewhere, which requests read: one row a client, there is one or not. Written
    in the transaction of each change, where there is such a store. Numbers are microseconds since 1970 where the clock
    says so, else one more than before."""

    client_id = ExactField(max_length=CLIENT_ID, primary_key=True)
    version = models.BigIntegerField()
    # The version with which the client that is there now was added: one of the same id before is another.
    since = models.BigIntegerField()
    published = models.BooleanField(default=False)

    class Meta(Unlisted.Meta):
        indexes = [models.Index(fields=["published", "version"], name="publication_owed")]
