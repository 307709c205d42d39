"""What may be said of a person: the standard claims of OIDC Core §5.1, by name. Which scope covers which is not known
here."""

from collections.abc import Callable, Collection, Mapping

from accounts.ground.uuids import canonical_uuid
from accounts.models import User

CLAIMS: Mapping[str, Callable[[User], object]] = {
    "name": lambda user: user.name or f"{user.given_name} {user.family_name}".strip(),
    "given_name": lambda user: user.given_name,
    "family_name": lambda user: user.family_name,
    "preferred_username": lambda user: user.username,
    "updated_at": lambda user: int(user.updated_at.timestamp()),
    "email": lambda user: user.email,
    "email_verified": lambda user: user.email_verified if user.email else "",
}
"""Every claim that we have, and its value."""


def claims_of(subject: str, names: Collection[str]) -> dict[str, object] | None:
    """Those of `names` that we have, in our order; None when there is no such active account. One query."""
    user = person(subject)
    if user is None:
        return None
    wanted = {name: value for name, value in CLAIMS.items() if name in names}
    # §5.3.2: a claim without a value is left out, not sent empty.
    return {name: claim for name, value in wanted.items() if (claim := value(user)) != ""}


def person(subject: str) -> User | None:
    """The subject's account, if it is one that may be spoken for. One query."""
    pk = canonical_uuid(subject)
    return User.objects.filter(pk=pk, is_active=True).first() if pk else None


def without_account(subjects: Collection[str]) -> set[str]:
    """Those of the subjects that are nobody's any more: no account, active or not, has the id, and none will. One
    query. What is no account's id at all is not judged."""
    ids = {pk: subject for subject in subjects if (pk := canonical_uuid(subject)) is not None}
    there = User.objects.filter(pk__in=ids).values_list("pk", flat=True)
    return {ids[pk] for pk in ids.keys() - set(there)}
