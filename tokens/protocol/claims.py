"""What a client is told of a person (OpenID Connect Core §5.1): which claims, in which place, and what they say."""

from collections.abc import Collection, Mapping
from typing import Protocol

from tokens.protocol import scopes
from tokens.protocol.records import Authorization, Client

NAME, USERNAME = "name", "preferred_username"


class Person(Protocol):
    """Somebody who may be spoken of, as `accounts` knows them."""

    @property
    def claims(self) -> Mapping[str, object]:
        """The standard claims that have a value."""


def in_userinfo(authorization: Authorization, scope: Collection[str]) -> tuple[str, ...]:
    """What the scopes cover (§5.4), and what was asked for one by one (§5.5)."""
    return _union(scopes.claims_of(scope), authorization.claims.userinfo)


def in_id_token(authorization: Authorization, scope: Collection[str], client: Client) -> tuple[str, ...]:
    """What was asked for one by one; what the scopes cover too, unless the client wants to ask userinfo for that."""
    return _union(scopes.claims_of(scope) if client.claims_in_id_token else (), authorization.claims.id_token)


def values(names: Collection[str], person: Person, client: Client) -> dict[str, object]:
    """Those of the claims that the person has. Who has no name goes by their user name, where the client takes that."""
    known = {**person.claims}
    if client.username_as_name and USERNAME in known:
        known.setdefault(NAME, known[USERNAME])
    return {name: known[name] for name in names if name in known}


def _union(names: Collection[str], more: Collection[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*names, *more)))
