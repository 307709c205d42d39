"""The Django application."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TokensConfig(AppConfig):
    name = "tokens"
    verbose_name = "Clients and tokens"

    def ready(self) -> None:
        from tokens import admin, checks, receivers, roles  # noqa: F401  registered when the models are there

        receivers.connect()
        post_migrate.connect(roles.create_missing, sender=self, dispatch_uid="tokens.roles")
