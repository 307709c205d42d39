"""A person proves to have a passkey (WebAuthn Level 3 §7.2)."""

import json
import logging
from collections.abc import Sequence
from datetime import timedelta

from django.db import Error, transaction
from django.http import HttpRequest
from fido2.utils import websafe_encode
from fido2.webauthn import AuthenticationResponse, AuthenticatorData, UserVerificationRequirement

from accounts import mail
from accounts.factors.passkeys import challenge
from accounts.factors.passkeys.credentials import credential, descriptors, key_of
from accounts.factors.passkeys.refusals import refused
from accounts.factors.passkeys.relying_party import judging, read, server
from accounts.ground import clock
from accounts.models import Passkey, User

SIGN_IN = "sign in"
"""The purpose of a challenge by which anybody may prove who they are."""
MARK_EVERY = timedelta(minutes=5)
"""`last_used` is written at most this often."""

logger = logging.getLogger(__name__)


def offer(request: HttpRequest, of: Sequence[Passkey] | None = None) -> str:
    """The options of `navigator.credentials.get`, as JSON. `of`: the passkeys of who is signed in; None at a sign-in,
    where the browser alone knows which ones there are, and nobody learns whose account has one."""
    options, _state = server().authenticate_begin(
        None if of is None else descriptors(of),
        UserVerificationRequirement.REQUIRED,
        challenge.new(request, _purpose(request)),
    )
    return json.dumps(dict(options.public_key), separators=(",", ":"))


def proved(request: HttpRequest, text: str) -> Passkey:
    """Which one the browser's answer proves, with whose it is: of who is signed in, or, where nobody is, of anybody,
    though the account may be switched off. Raises ValidationError."""
    told = read(text)
    with judging("unreadable"):
        answer = AuthenticationResponse.from_dict(told)
        asked = answer.response.client_data.challenge
    challenge.check(request, _purpose(request), asked)
    passkey = Passkey.objects.select_related("user").filter(key=key_of(answer.raw_id)).first()
    if passkey is None:
        raise refused("unknown")
    _judge(passkey, answer, asked, is_sign_in=not request.user.is_authenticated)
    if request.user.is_authenticated and passkey.user_id != request.user.pk:
        raise refused("another")
    challenge.spend(asked)
    _note(passkey, answer.response.authenticator_data)
    return passkey


def _purpose(request: HttpRequest) -> str:
    return f"confirm {request.user.pk}" if request.user.is_authenticated else SIGN_IN


def _judge(passkey: Passkey, answer: AuthenticationResponse, asked: bytes, *, is_sign_in: bool) -> None:
    """The signature, who asked for it and where, and what the authenticator says of the key and its person."""
    response = answer.response
    state = {"challenge": websafe_encode(asked), "user_verification": UserVerificationRequirement.REQUIRED}
    with judging("wrong"):
        server().authenticate_complete(state, [credential(passkey)], answer)
        # Who is signed in is known, and not every authenticator says it again.
        if response.user_handle != passkey.user_id.bytes and (is_sign_in or response.user_handle is not None):
            raise ValueError
        data = response.authenticator_data
        if response.client_data.cross_origin or data.is_backup_eligible() != passkey.backup_eligible:
            raise ValueError
        if data.is_backed_up() > data.is_backup_eligible():
            raise ValueError


def _note(passkey: Passkey, data: AuthenticatorData) -> None:
    """The counter, in one conditional write: of two authenticators with one key the second to use it is found out
    (§6.1.1). One that does not count writes a mark only."""
    now = clock.now()
    is_due = passkey.last_used is None or now - passkey.last_used >= MARK_EVERY
    if data.counter or passkey.sign_count:
        counted = Passkey.objects.filter(key=passkey.key, sign_count__lt=data.counter)
        used = {"last_used": now} if is_due else {}
        if not counted.update(sign_count=data.counter, backed_up=data.is_backed_up(), **used):
            _tell(passkey)
            raise refused("counter")
    elif is_due:
        _mark(Passkey(key=passkey.key, last_used=now, backed_up=data.is_backed_up()))


def _mark(row: Passkey) -> None:
    try:
        with transaction.atomic():
            Passkey.objects.filter(key=row.key).update(last_used=row.last_used, backed_up=row.backed_up)
    except Error as error:
        logger.warning("the last use of a passkey is not noted (%s)", type(error).__name__)


def _tell(passkey: Passkey) -> None:
    user: User = passkey.user
    with transaction.atomic():
        mail.send("passkey_copied", user, username=user.username, name=passkey.name)
