"""The admin's and allauth's tables without their pages, for nodes of other roles (IDP_ROLE): to delete a person or to
make tables such a node has to know all that points to people."""

from allauth.account.apps import AccountConfig
from django.contrib.admin.apps import SimpleAdminConfig


class Admin(SimpleAdminConfig):
    def ready(self) -> None:
        """Without the checks of what its pages need."""


class Account(AccountConfig):
    def ready(self) -> None:
        """Without the checks of what its pages need, and without its middleware."""
