"""What may be said of a person: the standard claims of OIDC Core §5.1, by scope as in §5.4, or by name as in §5.5."""

from collections.abc import Callable, Collection, Mapping
from uuid import UUID

from accounts.models import User

Claim = tuple[str, Callable[[User], object]]
"""The scope that covers it, and its value."""

CLAIMS: Mapping[str, Claim] = {
    "name": ("profile", lambda user: user.name or f"{user.given_name} {user.family_name}".strip()),
    "given_name": ("profile", lambda user: user.given_name),
    "family_name": ("profile", lambda user: user.family_name),
    "preferred_username": ("profile", lambda user: user.username),
    "updated_at": ("profile", lambda user: int(user.updated_at.timestamp())),
    "email": ("email", lambda user: user.email),
    "email_verified": ("email", lambda user: user.email_verified if user.email else ""),
}
"""Every claim that we have: a line here is told at userinfo, and advertised."""


def claims(subject: str, scope: Collection[str], names: Collection[str] = ()) -> dict[str, object] | None:
    """The claims that `scope` covers and those of `names` that we have, without `sub`; None when there is no such
    active account. One query."""
    user = person(subject)
    if user is None:
        return None
    asked = {name: value for name, (covers, value) in CLAIMS.items() if covers in scope or name in names}
    # §5.3.2: a claim without a value is left out, not sent empty.
    return {name: said for name, value in asked.items() if (said := value(user)) != ""}


def person(subject: str) -> User | None:
    """The subject's account, if it is one that may be spoken for. One query."""
    pk = _uuid(subject)
    return User.objects.filter(pk=pk, is_active=True).first() if pk else None


def _uuid(subject: str) -> UUID | None:
    """`subject` as an account's id, in the one spelling we give out."""
    try:
        found = UUID(subject)
    except ValueError:
        return None
    return found if str(found) == subject else None
