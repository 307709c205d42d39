"""`reseal`: writes people's sealed values anew under the first secret of `sealing`."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts import mail
from accounts.factors import totp
from accounts.ground.resealing import Sealed, reseal
from accounts.models import AuthenticatorApp, Mail

SEALED: Mapping[str, Sealed] = {
    "authenticator apps": Sealed(rows=AuthenticatorApp.objects.all(), column="secret", context=totp.context_of),
    "mails that wait": Sealed(rows=Mail.objects.all(), column="data", context=mail.context_of),
}
"""All that people's accounts have sealed for longer than a page lives. Another is a line."""
KEYS = "signing keys keep the secret that they were made under until they retire: `rotatekeys` tells which, and when"


class Command(BaseCommand):
    help = "Writes what is sealed under an older secret anew, under the first one, so that the older one can go."

    def handle(self, *args: Any, **options: Any) -> None:
        lost = 0
        for name, sealed in SEALED.items():
            counts = reseal(sealed, settings.SEALING_KEYS)
            lost += counts.lost
            self.stdout.write(f"{name}: {counts.written} written anew, {counts.lost} that no secret opens")
        self.stdout.write(KEYS)
        if lost:
            raise CommandError(
                "IDP_SECRETS/sealing: put back the secret under which they were sealed; if it is gone, `users"
                " remove-factors` lets those people add another app"
            )
