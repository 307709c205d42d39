"""What may be said of a person: the standard claims of OIDC Core §5.1, by scope as in §5.4."""

from collections.abc import Collection
from uuid import UUID

from accounts.models import User


def claims(subject: str, scope: Collection[str]) -> dict[str, object] | None:
    """The claims that `scope` covers, without `sub`; None when there is no such active account. One query."""
    user = person(subject)
    if user is None:
        return None
    found: dict[str, object] = {}
    if "profile" in scope:
        found |= _profile(user)
    if "email" in scope and user.email:
        found |= {"email": user.email, "email_verified": user.email_verified}
    return found


def person(subject: str) -> User | None:
    """The subject's account, if it is one that may be spoken for. One query."""
    pk = _uuid(subject)
    return User.objects.filter(pk=pk, is_active=True).first() if pk else None


def active(subject: str) -> bool:
    """Whether the subject is a person who may be spoken for. One query."""
    pk = _uuid(subject)
    return pk is not None and User.objects.filter(pk=pk, is_active=True).exists()


def _profile(user: User) -> dict[str, object]:
    said = {
        "name": user.name or f"{user.given_name} {user.family_name}".strip(),
        "given_name": user.given_name,
        "family_name": user.family_name,
        "preferred_username": user.username,
    }
    # §5.3.2: a claim without a value is left out, not sent empty.
    return {name: value for name, value in said.items() if value} | {"updated_at": int(user.updated_at.timestamp())}


def _uuid(subject: str) -> UUID | None:
    """`subject` as an account's id, in the one spelling we give out."""
    try:
        found = UUID(subject)
    except ValueError:
        return None
    return found if str(found) == subject else None
