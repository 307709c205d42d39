"""The admin's roles: groups of permissions that a superuser gives to staff.

They are made after `migrate`, not by a migration: permissions exist only then, and a database that was flushed gets its
roles back. A role that is there is left as it is, so that what an operator took from it stays taken.
"""

from typing import Any

from django.apps import apps as global_apps
from django.apps.registry import Apps
from django.db import transaction
from django.db.models import Q

_SEEN_BY_SUPPORT = (
    "accounts.view_user",
    "accounts.view_peoplegroup",
    "accounts.view_loginsession",
    "accounts.view_mail",
    "tokens.view_client",
    "tokens.view_resource",
    "tokens.view_consent",
    "tokens.view_authorization",
    "tokens.view_run",
    "tokens.view_logoutdelivery",
)
_ACCOUNT = ("accounts.change_loginsession", "accounts.disable_user", "accounts.reset_user")
"""To end somebody's sessions, to disable and enable their account, to make a reset link for it. To change a session is
to end it."""
_FACTORS = "accounts.remove_factors_user"
"""Not support's: who can remove a second factor and make a link for a password can be anybody."""
_GIVEN = ("tokens.delete_authorization", "tokens.delete_consent")
"""To end what a client was given. The rows stay."""


def _all_of(app: str, *models: str) -> tuple[str, ...]:
    return tuple(f"{app}.{verb}_{model}" for model in models for verb in ("view", "add", "change", "delete"))


ROLES = {
    "client manager": _all_of("tokens", "client", "resource"),
    # To change a notice is to try it again.
    "support": (*_SEEN_BY_SUPPORT, *_ACCOUNT, *_GIVEN, "tokens.change_logoutdelivery"),
    "user manager": (*_all_of("accounts", "user", "peoplegroup"), "accounts.view_loginsession", *_ACCOUNT, _FACTORS),
    "auditor": (*_SEEN_BY_SUPPORT, "tokens.view_signingkey"),
    # To change a signing key is to begin its replacement, or to revoke it.
    "key manager": ("tokens.view_signingkey", "tokens.change_signingkey", "tokens.view_run"),
}
"""Each is a task: what somebody who has it does in the admin."""


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
