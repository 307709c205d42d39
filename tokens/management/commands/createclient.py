"""Registers a client: `createclient --kind web --name N --redirect-uri U`; prints its id and, once, its secret."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tokens import clients
from tokens.protocol.scopes import SUPPORTED

OPTIONS = {
    "client_name": "--name",
    "redirect_uris": "--redirect-uri",
    "post_logout_redirect_uris": "--post-logout-redirect-uri",
    "scope": "--scope",
    "skip_consent": "--skip-consent",
}
"""The option that gives each member of the metadata."""


class Command(BaseCommand):
    help = "Registers a client and prints one JSON object: client_id and, this once, client_secret."

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = "; ".join(f"{name}: {kind.meaning}" for name, kind in clients.KINDS.items())
        parser.add_argument("--kind", required=True, choices=list(clients.KINDS), help=kinds)
        parser.add_argument("--name", required=True, help="what people see when the client asks them")
        parser.add_argument(
            "--redirect-uri",
            action="extend",
            nargs="+",
            default=[],
            metavar="URI",
            help="where people are sent back to, exactly; repeat it for more than one. web, spa and native need it",
        )
        parser.add_argument(
            "--post-logout-redirect-uri",
            action="extend",
            nargs="+",
            default=[],
            metavar="URI",
            help="where people may be sent after they signed out, exactly",
        )
        parser.add_argument(
            "--scope",
            action="extend",
            nargs="+",
            default=[],
            help=f"what it may ask for: {' '.join(SUPPORTED)} (these are the default of web, spa and native)",
        )
        parser.add_argument("--development", action="store_true", help="may use http on this computer")
        parser.add_argument("--skip-consent", action="store_true", help="one of your own: people are not asked")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            client, client_secret = clients.create(
                options["kind"],
                options["name"],
                options["redirect_uri"],
                " ".join(options["scope"]).split(),
                post_logout_redirect_uris=options["post_logout_redirect_uri"],
                development=options["development"],
                skip_consent=options["skip_consent"],
            )
        except ValidationError as error:
            raise CommandError("\n".join(_lines(error))) from None
        shown = {"client_id": client.client_id, "client_secret": client_secret}
        self.stdout.write(json.dumps({name: value for name, value in shown.items() if value is not None}))


def _lines(error: ValidationError) -> list[str]:
    return [f"{OPTIONS[member]}: {fault}" for member, faults in error.message_dict.items() for fault in faults]
