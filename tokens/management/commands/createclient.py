"""Registers a client: `createclient --kind web --name N --redirect-uri U`; prints its id and, once, its secret."""

import json
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.ground.verbs import faults
from tokens.management.client_options import add_members, document, option, remarks_on
from tokens.protocol.client_metadata import MEMBERS
from tokens.registration import clients
from tokens.registration.kinds import KINDS


class Command(BaseCommand):
    help = "Registers a client and prints one JSON object: client_id and, this once, client_secret."

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = "; ".join(f"{name}: {kind.meaning}" for name, kind in KINDS.items())
        parser.add_argument("--kind", required=True, choices=list(KINDS), help=kinds)
        text = "the id that it has at another provider, which it moves away from (default: a random one)"
        parser.add_argument("--client-id", metavar="TEXT", help=text)
        add_members(parser, MEMBERS, needed=True)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            client, client_secret = clients.create(options["kind"], _document(options), options["client_id"])
        except ValidationError as error:
            raise CommandError("\n".join(faults(error, option))) from None
        shown = {"client_id": client.client_id, "client_secret": client_secret}
        self.stdout.write(json.dumps({name: value for name, value in shown.items() if value is not None}))
        for remark in remarks_on(client):
            self.stderr.write(remark)


def _document(options: Mapping[str, Any]) -> dict[str, Any]:
    """A kind is a preset: the grants that were typed in come to those that it has."""
    typed = document(options)
    if "grant_types" in typed:
        typed["grant_types"] = [*KINDS[options["kind"]].members["grant_types"], *typed["grant_types"]]
    return typed
