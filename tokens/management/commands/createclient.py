"""Registers a client: `createclient --kind web --name N --redirect-uri U`; prints its id and, once, its secret. With
`--snippet APPLICATION` it tells what to configure the application with."""

import json
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.ground.verbs import faults, printable
from tokens.management.client_options import add_members, document, option, remarks_on
from tokens.management.snippet_option import add_snippet, check_suits, lines, snippet_of
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
        add_snippet(parser, "print on stderr, with the secret, what to configure this application with")
        add_members(parser, MEMBERS, needed=True)

    def handle(self, *args: Any, **options: Any) -> None:
        typed, snippet = _document(options), options["snippet"]
        if snippet:
            members = {**KINDS[options["kind"]].members, **typed}
            check_suits(snippet, options["kind"], members["token_endpoint_auth_method"])
        try:
            client, client_secret = clients.create(options["kind"], typed, options["client_id"])
        except ValidationError as error:
            raise CommandError("\n".join(faults(error, option))) from None
        shown = {"client_id": client.client_id, "client_secret": client_secret}
        self.stdout.write(json.dumps({name: value for name, value in shown.items() if value is not None}))
        for remark in remarks_on(client):
            self.stderr.write(remark)
        for line in lines(snippet_of(snippet, client, client_secret)) if snippet else []:
            self.stderr.write(printable(line), str)


def _document(options: Mapping[str, Any]) -> dict[str, Any]:
    """A kind is a preset: the grants that were typed in come to those that it has."""
    typed = document(options)
    if "grant_types" in typed:
        typed["grant_types"] = [*KINDS[options["kind"]].members["grant_types"], *typed["grant_types"]]
    return typed
