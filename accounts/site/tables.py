"""The admin's tables without its pages, for nodes of other roles (IDP_ROLE): to delete a person or to make tables such
a node has to know all that points to people."""

from django.contrib.admin.apps import SimpleAdminConfig


class Admin(SimpleAdminConfig):
    def ready(self) -> None:
        """Without the checks of what its pages need."""
