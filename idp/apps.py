"""The Django application that wires the others."""

from django.apps import AppConfig

from idp.env import BadSettings


class IdpConfig(AppConfig):
    name = "idp"
    verbose_name = "Deployment"

    def ready(self) -> None:
        """Refuses the start where something that the settings name by its path cannot be used: only here, for it may
        need models."""
        from tokens.checks import named_faults

        if faults := list(named_faults()):
            raise BadSettings(faults)
