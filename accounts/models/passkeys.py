"""The table of passkeys."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.ground.dated_field import DatedField
from accounts.ground.exact_field import ExactField
from accounts.ground.unlisted import Unlisted
from accounts.models.people import User
from accounts.profile import check_shown

CREDENTIAL_LENGTH = 1364
"""Characters of a credential id in base64url: of 1,023 bytes (WebAuthn Level 3 §4)."""
PUBLIC_KEY_LENGTH = 1368
"""Characters of a public key in base64url: of 1,026 bytes, more than one of RSA with 4,096 bits has."""
NAME_LENGTH = 100


class Passkey(Unlisted):
    """A key by which a person signs in (WebAuthn Level 3 §4, credential record). The user handle is no column: it is
    the bytes of the person's id."""

    key = ExactField(primary_key=True, max_length=64)
    """The SHA-256 of the credential id, in hexadecimal: of its whole length no database has a unique column."""
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="passkeys")
    credential_id = models.CharField(max_length=CREDENTIAL_LENGTH)
    public_key = models.CharField(max_length=PUBLIC_KEY_LENGTH)
    """A COSE key (RFC 9052 §7) in base64url."""
    sign_count = models.BigIntegerField(default=0)
    """The counter that came with the last signature; 0 where its authenticator does not count."""
    name = models.CharField(_("name"), max_length=NAME_LENGTH, validators=[check_shown])
    """What the person calls it."""
    aaguid = models.UUIDField()
    """Which model of authenticator says that it made it, unproven; all zeros where none does."""
    transports = models.CharField(max_length=64)
    """How browsers reach it, with blanks between."""
    backup_eligible = models.BooleanField()
    """Whether it may be copied to other devices. It stays what it is."""
    backed_up = models.BooleanField()
    """Whether it was, when it was used last."""
    created = DatedField(_("created"), auto_now_add=True)
    last_used = models.DateTimeField(_("last used"), null=True)
    """A mark, written at most every five minutes."""

    class Meta(Unlisted.Meta):
        verbose_name = _("passkey")
        verbose_name_plural = _("passkeys")

    def __str__(self) -> str:
        return self.name
