"""The Django application `accounts`."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        # The admin does not search for modules by itself: it shows what we register, not what our libraries would.
        from accounts import admin, receivers

        receivers.connect()
        admin.register()
