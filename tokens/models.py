"""Tables only. What they mean is told by the records of the same name in `tokens.protocol.records`.

The hot tables have no foreign keys: they name a client and a subject by their ids, are decided by their own row, and
what is left behind by a deletion is void at once and swept later.
"""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import AbstractApplication

from tokens.conf import SIGNING_ALGS
from tokens.fields import ExactField

CLIENT_ID = 255
IDENTIFIER = 255  # characters of a resource indicator
HANDLE = 64  # characters of `<region>.<random>`
KEY = 64  # characters of SHA-256 in hex
TASK = 64
OUTCOME = 255  # characters
JOURNAL_KEY = CLIENT_ID + 16  # characters of `<kind>:<id>`
AUTH_METHODS = [
    ("client_secret_basic", "client_secret_basic"),
    ("client_secret_post", "client_secret_post"),
    ("private_key_jwt", "private_key_jwt"),
    ("none", "none"),
]
ALGS = [(alg, alg) for alg in SIGNING_ALGS]


def empty_list() -> list[str]:
    return []


def check_texts(value: object) -> None:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValidationError(_("This must be a list of texts."))


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
    redirect_uris = models.JSONField(_("redirect URIs"), default=empty_list, blank=True, validators=[check_texts])
    grant_types = models.JSONField(_("grant types"), default=empty_list, blank=True, validators=[check_texts])
    response_types = models.JSONField(_("response types"), default=empty_list, blank=True, validators=[check_texts])
    token_endpoint_auth_method = models.CharField(_("authentication method"), max_length=32, choices=AUTH_METHODS)
    scope = models.TextField(_("scope"), blank=True)
    application_type = models.CharField(
        _("application type"), max_length=8, choices=[("web", "web"), ("native", "native")], default="web"
    )
    id_token_signed_response_alg = models.CharField(
        _("ID token algorithm"), max_length=8, choices=ALGS, default="RS256"
    )
    userinfo_signed_response_alg = models.CharField(_("userinfo algorithm"), max_length=8, choices=ALGS, blank=True)
    subject_type = models.CharField(
        _("subject type"), max_length=8, choices=[("public", "public"), ("pairwise", "pairwise")], default="public"
    )
    sector_identifier_uri = models.URLField(_("sector identifier"), blank=True)
    default_max_age = models.PositiveIntegerField(_("default max age"), null=True, blank=True)
    default_resource = models.JSONField(
        _("default resources"), default=empty_list, blank=True, validators=[check_texts]
    )
    client_uri = models.URLField(_("home page"), blank=True)
    logo_uri = models.URLField(_("logo"), blank=True)
    policy_uri = models.URLField(_("privacy policy"), blank=True)
    tos_uri = models.URLField(_("terms of service"), blank=True)
    post_logout_redirect_uris = models.JSONField(
        _("post-logout redirect URIs"), default=empty_list, blank=True, validators=[check_texts]
    )
    backchannel_logout_uri = models.URLField(_("address for logout notices"), blank=True)
    backchannel_logout_session_required = models.BooleanField(_("notices name the session"), default=False)
    jwks = models.JSONField(_("keys"), null=True, blank=True)
    jwks_uri = models.URLField(_("address of the keys"), blank=True)
    token_endpoint_auth_signing_alg = models.CharField(_("assertion algorithm"), max_length=16, blank=True)
    rotate_refresh_tokens = models.BooleanField(_("rotate refresh tokens"), null=True, blank=True)
    skip_consent = models.BooleanField(_("skip consent"), default=False)
    development = models.BooleanField(_("development"), default=False)
    enabled = models.BooleanField(_("enabled"), default=True)
    created = models.DateTimeField(_("created"), auto_now_add=True)
    updated = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")

    def __str__(self) -> str:
        return self.client_name

    def clean(self) -> None:
        """Nothing: django-oauth-toolkit's would judge columns that are not here, and ours are judged before."""


class ClientSecret(models.Model):
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="secrets")
    pepper = models.CharField(max_length=32)
    digest = models.CharField(max_length=64)
    created = models.DateTimeField(auto_now_add=True)
    client_secret_expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used = models.DateTimeField(_("last used"), null=True, blank=True)

    class Meta:
        verbose_name = _("client secret")
        verbose_name_plural = _("client secrets")

    def __str__(self) -> str:
        return f"{self.created:%Y-%m-%d %H:%M:%S} UTC"


class Resource(models.Model):
    """A protected resource (RFC 8707 §2): an API, its scopes, and the clients that serve it."""

    identifier = ExactField(_("identifier"), max_length=IDENTIFIER, unique=True)
    name = models.CharField(_("name"), max_length=255)
    scope = models.TextField(_("scope"), blank=True)
    access_token_format = models.CharField(
        _("token format"), max_length=8, choices=[("jwt", "jwt"), ("opaque", "opaque")], default="jwt"
    )
    access_token_signed_response_alg = models.CharField(
        _("token algorithm"), max_length=8, choices=ALGS, default="ES256"
    )
    owners = models.ManyToManyField(Client, verbose_name=_("clients"), related_name="resources", blank=True)
    created = models.DateTimeField(_("created"), auto_now_add=True)
    updated = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("resource")
        verbose_name_plural = _("resources")

    def __str__(self) -> str:
        return self.name


class Consent(models.Model):
    # Not the key: a new consent takes the old one's row, and its own id.
    consent_id = ExactField(max_length=HANDLE, unique=True)
    subject = models.UUIDField()
    client_id = ExactField(max_length=CLIENT_ID)
    scope = models.TextField()
    claims = models.JSONField(default=empty_list)
    resource = models.JSONField(default=empty_list)
    granted_at = models.DateTimeField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [models.UniqueConstraint(fields=["subject", "client_id"], name="one_consent_a_client")]

    def __str__(self) -> str:
        return str(self.consent_id)


class Authorization(models.Model):
    id = ExactField(primary_key=True, max_length=HANDLE)
    client_id = ExactField(max_length=CLIENT_ID, db_index=True)
    subject = models.UUIDField(db_index=True)
    sid = ExactField(max_length=HANDLE, null=True, db_index=True)
    consent_id = ExactField(max_length=HANDLE, null=True)
    scope = models.TextField()
    auth_time = models.DateTimeField()
    acr = models.CharField(max_length=64)
    amr = models.JSONField()
    root_at = models.DateTimeField()
    # By the database's clock: a row that was just added is nobody's orphan.
    created = models.DateTimeField(_("created"), db_default=Now())
    expires = models.DateTimeField()
    # Not before its session's end: it says which clients are to be told of that.
    kept_until = models.DateTimeField(db_index=True)
    resource = models.JSONField(default=empty_list)
    claims = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("authorization")
        verbose_name_plural = _("authorizations")

    def __str__(self) -> str:
        return str(self.id)


class AuthorizationCode(models.Model):
    key = ExactField(primary_key=True, max_length=KEY)
    client_id = ExactField(max_length=CLIENT_ID)
    authorization = models.JSONField()
    redirect_uri = models.TextField()
    code_challenge = models.CharField(max_length=64, null=True)  # noqa: DJ001 no challenge is not an empty one
    nonce = models.TextField(null=True)  # noqa: DJ001 no nonce is not an empty one
    created = models.DateTimeField(db_default=Now())
    expires = models.DateTimeField(db_index=True)
    spent_at = models.DateTimeField(null=True)


class Interaction(models.Model):
    key = ExactField(primary_key=True, max_length=KEY)
    browser = ExactField(max_length=KEY)
    parameters = models.JSONField()
    steps = models.TextField(default="")
    created = models.DateTimeField()
    expires = models.DateTimeField(db_index=True)
    spent_at = models.DateTimeField(null=True)


class AccessToken(models.Model):
    """Opaque access tokens. A JWT has no row."""

    key = ExactField(primary_key=True, max_length=KEY)
    claims = models.JSONField()
    created = models.DateTimeField(db_default=Now())
    expires = models.DateTimeField(db_index=True)


class RefreshToken(models.Model):
    key = ExactField(primary_key=True, max_length=KEY)
    authorization_id = ExactField(max_length=HANDLE)
    client_id = ExactField(max_length=CLIENT_ID)
    generation = models.PositiveIntegerField()
    scope = models.TextField()
    created = models.DateTimeField(db_default=Now())
    expires = models.DateTimeField(db_index=True)
    spent_at = models.DateTimeField(null=True)


class ClientAssertion(models.Model):
    """Assertions that were shown. `key` is SHA-256 of the client and the `jti`, which may be of any length."""

    key = ExactField(primary_key=True, max_length=KEY)
    expires = models.DateTimeField(db_index=True)


class Revocation(models.Model):
    """The journal. `key` is `<kind>:<id>` of what is void."""

    key = ExactField(primary_key=True, max_length=JOURNAL_KEY)
    revoked_at = models.DateTimeField(db_default=Now())
    # Up to which sign-in, by the database's clock; NULL: for ever.
    until = models.DateTimeField(null=True)
    expires = models.DateTimeField(db_index=True)


class LogoutDelivery(models.Model):
    """The outbox of logout notices. No token: each attempt signs its own."""

    client_id = ExactField(_("client"), max_length=CLIENT_ID)
    subject = models.UUIDField(_("person"), db_index=True)
    # NULL: all sessions of the person.
    sid = ExactField(max_length=HANDLE, null=True)
    created = models.DateTimeField(_("created"), db_default=Now())
    # Counts the claims too: what an earlier claim has to say of the row is void.
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    # When it may be claimed, which moves it; NULL once there is nothing more to do.
    due = models.DateTimeField(_("next attempt"), null=True, db_default=Now())
    delivered_at = models.DateTimeField(_("delivered"), null=True)
    outcome = models.CharField(_("last outcome"), max_length=OUTCOME, default="")
    # NULL while it waits, and so out of the clean-up's sight.
    expires = models.DateTimeField(null=True, db_index=True)

    class Meta:
        verbose_name = _("logout notice")
        verbose_name_plural = _("logout notices")
        indexes = [
            models.Index(fields=["client_id", "due"], name="logout_of_client"),
            models.Index(fields=["due", "client_id"], name="logout_due"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class LogoutRecheck(models.Model):
    """An ended session, or a person whose sessions all ended: who was given tokens meanwhile is to be told too."""

    sid = ExactField(max_length=HANDLE, null=True)
    subject = models.UUIDField()
    ended_at = models.DateTimeField(db_default=Now())
    due = models.DateTimeField(db_index=True)


class SigningKey(models.Model):
    kid = ExactField(primary_key=True, max_length=64)
    alg = models.CharField(max_length=8)
    public = models.JSONField()
    private = models.TextField()
    state = models.CharField(max_length=8)
    # Set while the key is next or active: unique, so that two nodes cannot each make one (NULLs never collide).
    slot = ExactField(max_length=16, null=True, unique=True)
    created = models.DateTimeField(_("created"))
    since = models.DateTimeField(_("in this state since"), db_default=Now())

    class Meta:
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")

    def __str__(self) -> str:
        return str(self.kid)


class Lease(models.Model):
    """A scheduled task. `until` is NULL while nobody does it; `epoch` grows with each claim, an older one is void."""

    task = ExactField(primary_key=True, max_length=TASK)
    epoch = models.BigIntegerField(default=0)
    # The interval of the last claim: how many of its length had begun since 1970.
    slot = models.BigIntegerField(default=-1)
    until = models.DateTimeField(null=True)
    # The epoch of the last run that ended well.
    succeeded = models.BigIntegerField(null=True)
    failures = models.BigIntegerField(default=0)


class Run(models.Model):
    """What a claim of a scheduled task came to. It decides nothing."""

    task = ExactField(_("task"), max_length=TASK)
    epoch = models.BigIntegerField(_("number"))
    slot = models.BigIntegerField()
    node = models.CharField(_("node"), max_length=255)
    started = models.DateTimeField(_("started"))
    finished = models.DateTimeField(_("finished"), null=True)
    rows = models.JSONField(_("rows"), default=dict)
    error = models.CharField(_("error"), max_length=255, default="")
    expires = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("run of scheduled work")
        verbose_name_plural = _("runs of scheduled work")
        constraints = [models.UniqueConstraint(fields=["task", "epoch"], name="one_run_a_claim")]

    def __str__(self) -> str:
        return f"{self.task} {self.epoch}"


# The names that django-oauth-toolkit asks for besides Client (docs/decisions/0001). AuthorizationCode is its grant.
# These have no table until the feature comes that writes them.


class DeviceCode(models.Model):
    class Meta:
        managed = False


class IDToken(models.Model):
    """ID tokens are never stored."""

    class Meta:
        managed = False
