"""The journal's keys: what may be void, by the id of what it is.

An authorization, a consent or a session is void for ever. A subject or a client is void for what hangs on a sign-in up
to an instant: compared with the instant of the sign-in, never with a token's `iat`, which a refresh would move.
"""

from collections.abc import Iterable, Iterator
from typing import Literal, get_args

from tokens.protocol.records import Authorization

Cause = Literal["authorization", "consent", "session", "client", "subject", "everything", "expiry"]
"""Why an authorization is good no more: what was ended that it hangs on, or its own end."""
CLOSEST_FIRST: tuple[Cause, ...] = get_args(Cause)
EVERYTHING = "everything"
"""The key of the entry that voids every sign-in up to its instant, whoever's and wherever."""


def token(jti: str) -> str:
    """An access token without an authorization."""
    return f"token:{jti}"


def authorization(authorization_id: str) -> str:
    return f"authorization:{authorization_id}"


def consent(consent_id: str) -> str:
    return f"consent:{consent_id}"


def session(sid: str) -> str:
    return f"session:{sid}"


def subject(subject_id: str) -> str:
    return f"subject:{subject_id}"


def client(client_id: str) -> str:
    return f"client:{client_id}"


def of(record: Authorization) -> Iterator[str]:
    """Every key that voids the authorization."""
    yield EVERYTHING
    yield authorization(record.id)
    yield subject(record.subject)
    yield client(record.client_id)
    if record.consent_id is not None:
        yield consent(record.consent_id)
    if record.sid is not None and not record.offline:
        yield session(record.sid)


def cause(void: Iterable[str], *, has_client: bool, has_expired: bool) -> Cause | None:
    """Why an authorization is over, from the keys that void it; None where it is good. Of several, what is closest to
    it."""
    kinds = {key.partition(":")[0] for key in void}
    kinds |= {kind for kind, is_so in (("client", not has_client), ("expiry", has_expired)) if is_so}
    return next((kind for kind in CLOSEST_FIRST if kind in kinds), None)
