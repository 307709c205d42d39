"""What somebody may do in the admin, as the rows say: of a disabled account what it may once it is enabled."""

from django.contrib.auth.models import Permission
from django.db.models import Q, QuerySet

from accounts.models import User

FIELDS = ("is_staff", "is_superuser", "groups", "user_permissions")
"""The columns of a person that are rights. Superusers alone write them."""


def exceed(person: User, of: User) -> bool:
    """Whether the person's rights are more than those `of` somebody, who then may not change the person: to set a
    password, say, is to have the rights of who signs in with it. One query, none where a superuser is one of them."""
    if of.is_superuser or person.is_superuser:
        return not of.is_superuser
    return _held(person).exclude(pk__in=_held(of)).exists()


def spelled(person: User) -> str:
    """One text for all that the person may do: another one once that has changed. One query."""
    pks = sorted({*_held(person).values_list("pk", flat=True)})
    return " ".join(map(str, [person.is_superuser, person.is_staff, *pks]))


def _held(person: User) -> QuerySet[Permission]:
    """Without Django's order, which another table says."""
    return Permission.objects.filter(Q(user=person) | Q(group__user=person)).order_by()
