"""A person makes an account for themselves, once their address is proven: by a code that is mailed there and typed into
the browser that asked, or by an invitation.

    address ──▶ code ──▶ a password, or a passkey ──▶ what waited
    invitation ────────▶

Until the last step nobody is written: what was proven is a sign-in on its way of somebody who does not exist yet. The
address is the user name, and one insert decides who has it.
"""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import get_language

from accounts import sessions
from accounts.conf import conf
from accounts.factors.passkeys import registration
from accounts.models import Passkey, User
from accounts.names import same_name_key
from accounts.sign_in import invitations, known_devices, unfinished
from accounts.sign_in.mailed_codes import Asker
from accounts.sign_in.unfinished import OnItsWay

KIND = "sign_up"
"""Of mail; and what the code proves of a sign-in on its way. It is no method by which one is signed in."""
MOST = 150
"""Characters of an address that can be a user name."""


class Over(Exception):
    """It took too long, or was finished by another request. Nothing was written."""


class Taken(Exception):
    """The address came to belong to an account meanwhile. Nothing was written."""


def is_open() -> bool:
    """Whether anybody may, unasked."""
    return conf().sign_up_is_open


def is_offered() -> bool:
    return conf().sign_up != "closed"


def asker(request: HttpRequest, address: str) -> Asker:
    owner = owner_of(address)
    return Asker(request=request, kind=KIND, login=address, user=owner, proves=True, owner=owner)


def owner_of(address: str) -> User | None:
    return User.objects.filter(email_key=same_name_key(address)).first()


def begin(request: HttpRequest, address: str, proof: str, following: str) -> str:
    """The handle of the sign-in on its way. `proof`: KIND, or an invitation's."""
    return unfinished.begin(request, _nobody_yet(address), proof, identifier=address, following=following)


def of(request: HttpRequest) -> OnItsWay | None:
    """The one whose page it is, with the person that is to be; None where it is over, or not to be any more."""
    handle, record = unfinished.held(request)
    if record is None or record.subject is None or not is_offered():
        return None
    methods = {proof.method for proof in record.proofs}
    is_proven = (KIND in methods and is_open()) or any(map(invitations.is_proof, methods))
    user = _nobody_yet(record.identifier)
    user.pk = UUID(record.subject)
    return OnItsWay(handle=handle, user=user, record=record) if is_proven else None


def make(request: HttpRequest, on_its_way: OnItsWay, by: str | Passkey) -> None:
    """Writes the person, and signs them in here. `by`: their password, or a passkey of `registration.made`. Raises Over
    and Taken."""
    user, passkey = on_its_way.user, by if isinstance(by, Passkey) else None
    user.locale = get_language() or ""
    user.set_password(None if isinstance(by, Passkey) else by)
    with transaction.atomic():
        if not unfinished.finish(request, on_its_way):
            raise Over
        is_new = _insert(user, passkey)
        if is_new:
            sessions.write(request, user, ["password" if passkey is None else "passkey"])
        # Last: a store of its own does not take it back with what fails before.
        if not invitations.spend_all(on_its_way.proven, on_its_way.record.key):
            raise Over
        if not is_new:
            raise Taken
    sessions.begun(request, user)
    known_devices.note_right(request)


def _insert(user: User, passkey: Passkey | None) -> bool:
    """False where the address is somebody's."""
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            if passkey is not None:
                registration.insert(passkey)
    except IntegrityError:
        return False
    return True


def _nobody_yet(address: str) -> User:
    return User(username=address, email=address, email_verified=True)
