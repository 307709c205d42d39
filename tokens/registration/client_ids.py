"""The id of a client that it had elsewhere (RFC 6749 §2.2): what it may not be.

Our own are random and collide with nothing. A client that is known by the id of a person, of an API or of this server
could be taken for it where a token names it as `sub` or `aud` (RFC 9700 §4.15).
"""

import re
from collections.abc import Callable, Iterator

from django.conf import settings
from django.core.exceptions import ValidationError

from accounts import claims
from accounts.ground.uuids import canonical_uuid
from tokens.protocol.resource_registration import is_issuer
from tokens.protocol.resources import spellings
from tokens.stores import store

MAX_CLIENT_ID = 255  # characters
_FORM = re.compile(rf"[\x21-\x7E]{{1,{MAX_CLIENT_ID}}}", re.ASCII)


def check(client_id: str) -> None:
    """Raises ValidationError with all faults."""
    if not _FORM.fullmatch(client_id):
        text = f"must be 1 to {MAX_CLIENT_ID} characters of ASCII that can be seen (RFC 6749 A.1)"
        raise ValidationError({"client_id": [text]})
    if faults := [f"is {what}: tokens would name both alike" for what in _taken_by(client_id)]:
        raise ValidationError({"client_id": faults})


def _taken_by(client_id: str) -> Iterator[str]:
    yield from (what for what, is_one in OTHERS.items() if is_one(client_id))


def _is_person(client_id: str) -> bool:
    person = client_id.lower()
    return canonical_uuid(person) is not None and person not in claims.without_account({person})


def _is_resource(client_id: str) -> bool:
    return bool(store().resources.named(spellings(client_id)))


def _is_this_server(client_id: str) -> bool:
    return is_issuer(client_id, settings.ISSUER)


OTHERS: dict[str, Callable[[str], bool]] = {
    "the id of a person": _is_person,
    "the identifier of a resource": _is_resource,
    "the issuer of this server": _is_this_server,
}
