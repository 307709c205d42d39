"""Registers a protected resource, an API: `createresource --identifier URI --name N --scope orders:read`; prints it."""

import json
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.ground.verbs import faults
from tokens.management.documents import of_resource
from tokens.management.resource_options import add_members, members, option
from tokens.protocol.records import Resource
from tokens.registration import resources


class Command(BaseCommand):
    help = "Registers a protected resource (RFC 8707) and prints it as one JSON object."

    def add_arguments(self, parser: CommandParser) -> None:
        text = "its URI: the `resource` of requests and the `aud` of tokens"
        parser.add_argument("--identifier", required=True, metavar="URI", help=text)
        add_members(parser, needed=("name", "scope"))

    def handle(self, *args: Any, **options: Any) -> None:
        owners = options["owners"] or []
        resource = replace(Resource(identifier=options["identifier"], scope=()), **members(options))
        try:
            resource = resources.create(resource, owners)
        except ValidationError as error:
            raise CommandError("\n".join(faults(error, option))) from None
        shown = of_resource(resource, set(owners))
        del shown["updated"]
        self.stdout.write(json.dumps(shown))
