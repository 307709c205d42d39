"""The admin's roles: groups of permissions that a superuser gives to staff.

They are made after `migrate`, not by a migration: permissions exist only then, and a database that was flushed gets its
roles back. A role that is there is left as it is, so that what an operator took from it stays taken.
"""

from typing import Any

from django.apps import apps as global_apps
from django.apps.registry import Apps
from django.db import transaction
from django.db.models import Q

_LOOKED_AT_BY_SUPPORT = (
    "accounts.view_user",
    "accounts.view_peoplegroup",
    "accounts.view_loginsession",
    "tokens.view_client",
    "tokens.view_resource",
    "tokens.view_consent",
    "tokens.view_authorization",
    "tokens.view_run",
    "tokens.view_logoutdelivery",
)
ROLES = {
    "client manager": tuple(
        f"tokens.{verb}_{model}" for model in ("client", "resource") for verb in ("view", "add", "change", "delete")
    ),
    # To change a session is to end it; a notice, to try it again.
    "support": (*_LOOKED_AT_BY_SUPPORT, "accounts.change_loginsession", "tokens.change_logoutdelivery"),
    "auditor": (*_LOOKED_AT_BY_SUPPORT, "tokens.view_signingkey"),
}


def create_missing(using: str, apps: Apps = global_apps, **_: Any) -> None:
    """Receiver of post_migrate, for the last of the apps whose permissions it gives."""
    try:
        group = apps.get_model("auth", "Group")
        permission = apps.get_model("auth", "Permission")
    except LookupError:
        return  # only a part was migrated; the rest will come by here again
    for name, permissions in ROLES.items():
        granted = list(permission.objects.using(using).filter(_any_of(permissions)))
        if len(granted) != len(permissions):
            continue
        with transaction.atomic(using=using):
            role, created = group.objects.using(using).get_or_create(name=name)
            if created:
                role.permissions.set(granted)


def _any_of(permissions: tuple[str, ...]) -> Q:
    wanted = Q()
    for permission in permissions:
        app_label, _, codename = permission.partition(".")
        wanted |= Q(content_type__app_label=app_label, codename=codename)
    return wanted
