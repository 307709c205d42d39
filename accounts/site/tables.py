"""The admin's and allauth's tables alone, for nodes without pages (IDP_ROLE): whatever deletes a person there, or makes
tables, has to know all that points to people, as everywhere else."""

from allauth.account.apps import AccountConfig
from django.contrib.admin.apps import SimpleAdminConfig


class Admin(SimpleAdminConfig):
    def ready(self) -> None:
        """Without the checks of what its pages need."""


class Account(AccountConfig):
    def ready(self) -> None:
        """Likewise, and without its middleware."""
