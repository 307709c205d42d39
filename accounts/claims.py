"""What may be said of a person: the standard claims of OIDC Core §5.1, by name. Which scope covers which is not known
here."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.ground import turn
from accounts.ground.sql.statement import statement
from accounts.ground.uuids import canonical_uuid
from accounts.models import VERIFIED, PeopleGroup, User
from accounts.names import same_name_key

Row = Mapping[str, Any]
"""COLUMNS of a person, by name."""
TEXTS = (
    *("given_name", "family_name", "middle_name", "nickname", "profile", "picture", "website"),
    *("gender", "birthdate", "zoneinfo", "locale", "email", "phone_number"),
)
"""The claims that are what their column says."""
ADDRESS = ("street_address", "locality", "region", "postal_code", "country")
COLUMNS = ("name", "username", "updated_at", *TEXTS, *VERIFIED.values(), *ADDRESS)


def _name(row: Row) -> str:
    return row["name"] or f"{row['given_name']} {row['family_name']}".strip()


def _verified(claim: str) -> Callable[[Row], bool | None]:
    """Whether what the claim says was verified; None where it says nothing."""
    return lambda row: row[VERIFIED[claim]] if row[claim] else None


def _address(row: Row) -> dict[str, str] | None:
    """§5.1.1. Countries differ in the order of the lines; `formatted` has one that all can read."""
    parts = {name: row[name] for name in ADDRESS if row[name]}
    city = " ".join(parts[name] for name in ("postal_code", "locality") if name in parts)
    lines = [parts.get("street_address", ""), city, parts.get("region", ""), parts.get("country", "")]
    return {"formatted": "\n".join(line for line in lines if line), **parts} if parts else None


CLAIMS: Mapping[str, Callable[[Row], object]] = {
    "name": _name,
    **{claim: itemgetter(claim) for claim in TEXTS},
    "preferred_username": itemgetter("username"),
    "updated_at": lambda row: int(row["updated_at"].timestamp()),
    **{verified: _verified(claim) for claim, verified in VERIFIED.items()},
    "address": _address,
}
"""Every claim that we have, and its value; empty or None where the person has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An active account, as others may be told of it."""

    claims: Mapping[str, object]
    """Those of CLAIMS that have a value: one without is left out, not sent empty (§5.3.2)."""
    attributes: Mapping[str, object] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    """The names of the groups of people, in order. The admin's groups are not among them."""


@statement("claims.person", once=True)
def rows_of(pk: UUID) -> "QuerySet[User, dict[str, Any]]":
    """One row for each of the groups, and one where there is none."""
    found: QuerySet[User, dict[str, Any]] = User.objects.filter(pk=pk, is_active=True).values(
        *COLUMNS, "attributes", "people_groups"
    )
    return found


def person_of(subject: str) -> Person | None:
    """None when there is no such active account. One query. Raises Unavailable where the request has its turn at
    another store, and the database does not answer."""
    pk = canonical_uuid(subject)
    with turn.at_the_database():
        rows = list(rows_of(pk)) if pk else []
    if not rows:
        return None
    return Person(
        claims={name: value for name, of in CLAIMS.items() if (value := of(rows[0])) not in ("", None)},
        attributes=rows[0]["attributes"],
        groups=tuple(sorted(row["people_groups"] for row in rows if row["people_groups"] is not None)),
    )


def groups_of(subjects: Collection[str]) -> Mapping[str, frozenset[str]]:
    """The groups of people that those of the active accounts are in that are in any. One query."""
    pks = [pk for pk in map(canonical_uuid, subjects) if pk]
    found: dict[str, frozenset[str]] = {}
    for pk, name in PeopleGroup.objects.filter(members__in=pks, members__is_active=True).values_list("members", "name"):
        found[str(pk)] = found.get(str(pk), frozenset()) | {name}
    return found


def known_groups(names: Collection[str]) -> set[str]:
    """Those of the names that groups of people have."""
    return set(PeopleGroup.objects.filter(name__in=names).values_list("name", flat=True)) if names else set()


def person(subject: str) -> User | None:
    """The subject's account, if it is one that may be spoken for. One query."""
    pk = canonical_uuid(subject)
    return User.objects.filter(pk=pk, is_active=True).first() if pk else None


def is_called(request: HttpRequest, name: str) -> bool:
    """Whether who is signed in signs in by this name. No query: nobody else is looked for by it."""
    user, key = request.user, same_name_key(name)
    return isinstance(user, User) and key in (user.username_key, user.email_key)


def subject_called(name: str) -> str | None:
    """The subject of the account that has this user name, e-mail address or id, active or not."""
    pk = canonical_uuid(name)
    user = User.objects.filter(pk=pk).first() if pk is not None else User.objects.by_identifier(name)
    return str(user.pk) if user is not None else None


def without_account(subjects: Collection[str]) -> set[str]:
    """Those of the subjects that are nobody's any more: no account, active or not, has the id, and none will. One
    query. What is no account's id at all is not judged."""
    ids = {pk: subject for subject in subjects if (pk := canonical_uuid(subject)) is not None}
    there = User.objects.filter(pk__in=ids).values_list("pk", flat=True)
    return {ids[pk] for pk in ids.keys() - set(there)}
