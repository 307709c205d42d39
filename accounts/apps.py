"""The Django application `accounts`."""

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = gettext_lazy("Accounts")

    def ready(self) -> None:
        from accounts.sign_in import receivers

        receivers.connect()
        if settings.PAGES:
            # The admin does not search for modules by itself: it shows what we register, not what our libraries would.
            from accounts import admin

            admin.register()
