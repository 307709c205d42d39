"""A password that is not right costs the same, whoever's account it was tried at, and if there is none.

Each account's hash is of a kind, and those that were imported may be dearer than ours. So a failure does, once, the
work of every kind that is present: of a family of kinds the dearest's (`accounts.hash_kinds`). Which are present is
remembered in a table of a few rows, and no account is looked for.
"""

from django.contrib.auth.hashers import get_hashers, make_password
from django.db.models import Q

from accounts.hash_kinds import foreign_kind, owed, todays_kind
from accounts.models import PasswordKind, User
from accounts.names import password_text

MOST = 100
"""Kinds that are looked for: far more than anybody has."""


def after_a_failure(password: str, user: User | None) -> None:
    """Does what the check of the user's password, which failed, or which there was not, has not done."""
    text, kind = password_text(password), foreign_kind(user.password) if user is not None else ""
    present = PasswordKind.objects.present()
    if kind and kind not in present:
        # It came by a way that told nobody: from now on everybody's failure costs as much.
        PasswordKind.objects.note([kind])
        present |= {kind}
    if user is None or kind:
        make_password(text)
    for work in owed(present, kind):
        work.do(text)


def look_at_all() -> None:
    """Remembers the kinds that are present, and forgets the others. It may read all accounts, twice for each kind."""
    for kind in PasswordKind.objects.present():
        if not User.objects.filter(password__startswith=f"{kind}$").exists():
            PasswordKind.objects.filter(kind=kind).delete()
    looked_for = Q(*(Q(password__startswith=f"{each.algorithm}$") for each in get_hashers()), _connector=Q.OR)
    known = Q(password__startswith=f"{todays_kind()}$")
    for kind in PasswordKind.objects.present():
        known |= Q(password__startswith=f"{kind}$")
    for _ in range(MOST):
        encoded = User.objects.filter(looked_for).exclude(known).values_list("password", flat=True).first()
        if encoded is None:
            return
        kind = foreign_kind(encoded)
        PasswordKind.objects.note([kind])
        known |= Q(password__startswith=f"{kind}$") | Q(password=encoded)
