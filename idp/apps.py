"""The Django application that wires the others."""

from django.apps import AppConfig, apps
from django.conf import settings
from django.db.models.signals import pre_migrate

from idp.env import BadSettings


class IdpConfig(AppConfig):
    name = "idp"
    verbose_name = "Deployment"

    def ready(self) -> None:
        """Refuses the start where something that the settings name by its path cannot be used, or no page can be made
        of a template of the deployment's own: only here, for it may need models."""
        from idp.fit import made
        from idp.node import log_lines, own_templates
        from idp.settings import deployment
        from tokens.checks import named_faults

        # Django sends it once for each application with models, and this one has none.
        pre_migrate.connect(made.record, sender=apps.get_app_config("tokens"), dispatch_uid="idp.fit.made")
        if faults := [*named_faults(), *own_templates.faults(deployment.brand_folder if settings.PAGES else None)]:
            raise BadSettings(faults)
        log_lines.tell_of_threads()
