"""The Django application."""

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy


class TokensConfig(AppConfig):
    name = "tokens"
    verbose_name = gettext_lazy("Clients and tokens")

    def ready(self) -> None:
        from tokens import (
            receivers,
            staff_roles,
        )

        if settings.PAGES:
            from tokens import admin  # noqa: F401  importing it registers
        receivers.connect()
        post_migrate.connect(staff_roles.create_missing, sender=self, dispatch_uid="tokens.staff_roles")
