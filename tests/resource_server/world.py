"""A project with an API of its own, and tokens for it."""

from dataclasses import dataclass
from typing import Any

from accounts.models import User
from tests.support.messages import Registered
from tokens.keys import signer

API = "https://api.example/songs"

TYP = "at+jwt"


@dataclass(frozen=True, slots=True)
class World:
    alice: User
    client: Registered
    held: dict[str, Any]
    """A token response for Alice, with all that the client may ask for."""
    machine: str
    """An access token of the client for itself."""


def changed(token: str, **changes: Any) -> str:
    """The same token with other claims, as if we had made it so; None takes one away."""
    claims = signer().verify(token, typ=TYP)
    assert claims is not None
    kept = {name: value for name, value in (claims | changes).items() if value is not None}
    return signer().sign(kept, typ=TYP, alg="RS256")
