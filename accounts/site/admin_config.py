"""django.contrib.admin on our own site. Loaded before any table is."""

from django.contrib.admin.apps import SimpleAdminConfig


class AdminConfig(SimpleAdminConfig):
    """It searches for no admin modules: each app of ours registers its own."""

    default = True
    default_site = "accounts.admin.site.AdminSite"
