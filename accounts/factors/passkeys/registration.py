"""A person adds a passkey (WebAuthn Level 3 §7.1)."""

import json
import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AuthenticatorData,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from accounts import mail
from accounts.factors import passkeys
from accounts.factors.passkeys import challenge
from accounts.factors.passkeys.credentials import descriptors, encoded_key, key_of, transports
from accounts.factors.passkeys.refusals import refused
from accounts.factors.passkeys.relying_party import is_usable, judging, read, server
from accounts.models import Passkey, User
from accounts.models.passkeys import CREDENTIAL_LENGTH, NAME_LENGTH, PUBLIC_KEY_LENGTH


def offer(request: HttpRequest, user: User) -> str:
    """The options of `navigator.credentials.create`, as JSON: a discoverable key that is unlocked by its person, on no
    authenticator that has one of theirs."""
    named = PublicKeyCredentialUserEntity(id=user.pk.bytes, name=user.username, display_name=user.name or user.username)
    options, _state = server().register_begin(
        named,
        descriptors(passkeys.of(user.pk)),
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
        challenge=challenge.new(request, _purpose(user)),
    )
    return json.dumps(dict(options.public_key), separators=(",", ":"))


def add(request: HttpRequest, user: User, text: str, name: str = "") -> Passkey:
    """Adds the one that the browser made, and tells the person. `name`: what they call it; empty: it gets a number.
    Raises ValidationError."""
    row = made(request, user, text, name)
    insert(row)
    return row


def made(request: HttpRequest, user: User, text: str, name: str = "") -> Passkey:
    """The row of the one that the browser made, which is not written yet. Raises ValidationError."""
    told = read(text)
    with judging("unreadable"):
        answer = RegistrationResponse.from_dict(told)
        asked = answer.response.client_data.challenge
    challenge.check(request, _purpose(user), asked)
    with judging("wrong"):
        data = server().register_complete(_state(asked), answer)
    row = _row(user, data, told, name)
    challenge.spend(asked)
    return row


def _purpose(user: User) -> str:
    return f"register {user.pk}"


def _state(asked: bytes) -> dict[str, Any]:
    return {"challenge": websafe_encode(asked), "user_verification": UserVerificationRequirement.REQUIRED}


def _row(user: User, made: AuthenticatorData, told: Any, name: str) -> Passkey:
    """Raises ValidationError where it is of another algorithm, or longer than any is."""
    with judging("wrong"):
        credential = made.credential_data
        if credential is None or not is_usable(credential.public_key):
            raise ValueError
        row = Passkey(
            key=key_of(credential.credential_id),
            user=user,
            credential_id=websafe_encode(credential.credential_id),
            public_key=encoded_key(credential.public_key),
            sign_count=made.counter,
            name=name,
            aaguid=uuid.UUID(bytes=bytes(credential.aaguid)),
            transports=transports(told["response"].get("transports")),
            backup_eligible=made.is_backup_eligible(),
            backed_up=made.is_backed_up(),
        )
        if not row.credential_id or len(row.credential_id) > CREDENTIAL_LENGTH:
            raise ValueError
        if len(row.public_key) > PUBLIC_KEY_LENGTH or row.backed_up > row.backup_eligible:
            raise ValueError
    return row


@transaction.atomic
def insert(row: Passkey) -> None:
    """The person's row is held, so that they never have more than MOST, however many come at once. Raises
    PermissionDenied where something ended their sign-in meanwhile."""
    held = User.objects.lock(row.user_id)
    if held is None or held.security_epoch != row.user.security_epoch:
        raise PermissionDenied
    had = Passkey.objects.filter(user=row.user).count()
    if had >= passkeys.MOST:
        raise refused("many")
    if Passkey.objects.filter(key=row.key).exists():
        raise refused("taken")
    row.name = (row.name or _numbered(had + 1))[:NAME_LENGTH]
    row.save(force_insert=True)
    mail.send("factor_added", held, username=held.username, factor="passkey", name=row.name)


def _numbered(number: int) -> str:
    return _("Passkey") if number == 1 else _("Passkey %(number)d") % {"number": number}
