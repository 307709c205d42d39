"""What a client is told of a person (OpenID Connect Core §5.1): which claims, in which place, and what they say."""

from collections.abc import Callable, Collection, Mapping
from fnmatch import fnmatchcase
from typing import Protocol

from tokens.protocol.claims_mapping import ATTRIBUTE, GROUPS, Rule, is_of_groups, rules
from tokens.protocol.records import Authorization, Client

NAME, USERNAME = "name", "preferred_username"
MAX_GROUPS = 100
"""That a claim names: of more, the first by name."""

Rules = Mapping[str, Rule]
"""A claim, and where it comes from."""


class Person(Protocol):
    """Somebody who may be spoken of, as `accounts` knows them."""

    @property
    def claims(self) -> Mapping[str, object]:
        """The standard claims that have a value."""

    @property
    def attributes(self) -> Mapping[str, object]: ...

    @property
    def groups(self) -> Collection[str]:
        """By name."""


def in_userinfo(authorization: Authorization, scope: Collection[str], client: Client) -> Rules:
    """What the scopes cover (§5.4), and what was asked for one by one (§5.5)."""
    return _allowed(authorization, client, scope, authorization.claims.userinfo)


def in_id_token(authorization: Authorization, scope: Collection[str], client: Client) -> Rules:
    """What was asked for one by one; what the scopes cover too, unless the client wants to ask userinfo for that."""
    return _allowed(authorization, client, scope if client.claims_in_id_token else (), authorization.claims.id_token)


def values(told: Rules, person: Person, client: Client) -> dict[str, object]:
    """What the claims say of this person; one without a value is left out (§5.3.2)."""
    said = {claim: _value(rule.source, person) for claim, rule in told.items()}
    if client.username_as_name and said.get(NAME, "") is None:
        said[NAME] = person.claims.get(USERNAME)
    return {claim: value for claim, value in said.items() if value is not None}


def of_groups(client: Client) -> frozenset[str]:
    """The claims that name groups."""
    return frozenset(claim for claim, rule in rules(client.claims_mapping).items() if is_of_groups(rule.source))


def _allowed(authorization: Authorization, client: Client, scope: Collection[str], names: Collection[str]) -> Rules:
    """`scope`: what the client may still have of it. A claim by name, too, is told only as long as the client may have
    the scope that covers it. What a client's own mapping adds is told only as it was when it was allowed: who allowed
    `profile` did not allow what an administrator put under it since."""
    known = rules(client.claims_mapping)
    by_scope = {claim: rule for claim, rule in known.items() if rule.scope in scope}
    by_name = {
        claim: known[claim]
        for claim in names
        if claim in known and claim not in by_scope and known[claim].scope in client.scope
    }

    def was_allowed(rule: Rule, said: bool) -> bool:
        return said or client.skip_consent or rule.source in authorization.claims.mapped

    return {
        **{claim: rule for claim, rule in by_scope.items() if was_allowed(rule, rule.is_said_by_scope)},
        **{claim: rule for claim, rule in by_name.items() if was_allowed(rule, rule.is_standard)},
    }


def _value(source: str, person: Person) -> object:
    """None where the person has none; somebody in no group has an empty list, so that a client takes it back."""
    kind, _, detail = source.partition(":")
    read = SOURCES.get(kind)
    return read(person, detail) if read is not None else person.claims.get(source)


def _groups(person: Person, pattern: str) -> list[str]:
    return sorted(name for name in person.groups if fnmatchcase(name, pattern or "*"))[:MAX_GROUPS]


def _attribute(person: Person, name: str) -> object:
    return person.attributes.get(name)


SOURCES: Mapping[str, Callable[[Person, str], object]] = {GROUPS: _groups, ATTRIBUTE: _attribute}
