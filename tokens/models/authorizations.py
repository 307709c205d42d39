"""What people allowed, what was issued on it, and what of it is void."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.ground.exact_field import ExactField
from accounts.ground.unlisted import Unlisted
from tokens.models.columns import CLIENT_ID, HANDLE, JOURNAL_KEY, KEY, empty_list


class Consent(models.Model):
    # A new consent takes the old one's row, and with it its id, until it is withdrawn.
    id = ExactField(primary_key=True, max_length=HANDLE)
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
        indexes = [models.Index(fields=["client_id", "id"], name="consent_of_client")]

    def __str__(self) -> str:
        return str(self.id)


class Authorization(models.Model):
    id = ExactField(primary_key=True, max_length=HANDLE)
    client_id = ExactField(max_length=CLIENT_ID)
    subject = models.UUIDField()
    sid = ExactField(max_length=HANDLE, null=True, db_index=True)
    # What a client names the session by that it wants ended.
    told_sid = ExactField(max_length=HANDLE, null=True, db_index=True)
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
    family = ExactField(max_length=KEY, null=True)

    class Meta:
        verbose_name = _("authorization")
        verbose_name_plural = _("authorizations")
        # Whose they are is asked page by page, in the order of their ids.
        indexes = [
            models.Index(fields=["client_id", "id"], name="authorization_of_client"),
            models.Index(fields=["subject", "id"], name="authorization_of_subject"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class AccessToken(Unlisted):
    """Opaque access tokens. A JWT has no row."""

    key = ExactField(primary_key=True, max_length=KEY)
    claims = models.JSONField()
    created = models.DateTimeField(db_default=Now())
    expires = models.DateTimeField(db_index=True)


class RefreshToken(Unlisted):
    key = ExactField(primary_key=True, max_length=KEY)
    authorization_id = ExactField(max_length=HANDLE)
    client_id = ExactField(max_length=CLIENT_ID)
    generation = models.PositiveIntegerField()
    scope = models.TextField()
    confirmation = models.JSONField(null=True)
    created = models.DateTimeField(db_default=Now())
    expires = models.DateTimeField(db_index=True)
    spent_at = models.DateTimeField(null=True)


class Revocation(Unlisted):
    """The journal. `key` is `<kind>:<id>` of what is void."""

    key = ExactField(primary_key=True, max_length=JOURNAL_KEY)
    revoked_at = models.DateTimeField(db_default=Now())
    # Up to which sign-in, by the database's clock; NULL: for ever.
    until = models.DateTimeField(null=True)
    expires = models.DateTimeField(db_index=True)
