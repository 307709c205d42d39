"""Registers a protected resource, an API: `createresource --identifier URI --name N --scope orders:read`; prints it."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tokens.conf import SIGNING_ALGS
from tokens.protocol import access_token
from tokens.protocol.records import Resource
from tokens.protocol.resource_registration import INTROSPECTION_CLAIMS
from tokens.registration import resources


class Command(BaseCommand):
    help = "Registers a protected resource (RFC 8707) and prints it as one JSON object."

    def add_arguments(self, parser: CommandParser) -> None:
        text = "its URI: the `resource` of requests and the `aud` of tokens"
        parser.add_argument("--identifier", required=True, metavar="URI", help=text)
        parser.add_argument("--name", required=True, help="what people see when a client asks for access to it")
        text = "its scopes: a client that may have one of them may ask for tokens for it"
        parser.add_argument("--scope", action="extend", nargs="+", required=True, help=text)
        text = "jwt (the default): verified without asking us; opaque: introspected each time"
        parser.add_argument("--access-token-format", choices=("jwt", "opaque"), default="jwt", help=text)
        text = "how its JWTs are signed (default: RS256)"
        parser.add_argument("--access-token-signed-response-alg", choices=SIGNING_ALGS, default="RS256", help=text)
        text = "the typ of their header (default: at+jwt, RFC 9068); JWT for an API that knows no other"
        parser.add_argument("--access-token-typ", choices=access_token.TYPS, default="at+jwt", help=text)
        text = "a claim of the person, or username, that introspection tells it; repeat it for more than one"
        parser.add_argument(
            "--introspection-claim", action="extend", nargs="+", default=[], choices=INTROSPECTION_CLAIMS, help=text
        )
        text = "a client of the kind api that may introspect tokens for it; repeat it for more than one"
        parser.add_argument("--owner", action="extend", nargs="+", default=[], metavar="CLIENT_ID", help=text)

    def handle(self, *args: Any, **options: Any) -> None:
        resource = Resource(
            identifier=options["identifier"],
            name=options["name"],
            scope=tuple(dict.fromkeys(" ".join(options["scope"]).split())),
            access_token_format=options["access_token_format"],
            access_token_signed_response_alg=options["access_token_signed_response_alg"],
            access_token_typ=options["access_token_typ"],
            introspection_claims=tuple(dict.fromkeys(options["introspection_claim"])),
        )
        try:
            resources.create(resource, options["owner"])
        except ValidationError as error:
            raise CommandError("\n".join(_lines(error))) from None
        shown = {
            "identifier": resource.identifier,
            "name": resource.name.strip(),
            "scope": " ".join(resource.scope),
            "access_token_format": resource.access_token_format,
            "access_token_signed_response_alg": resource.access_token_signed_response_alg,
            "access_token_typ": resource.access_token_typ,
            "introspection_claims": list(resource.introspection_claims),
            "owners": sorted(set(options["owner"])),
        }
        self.stdout.write(json.dumps(shown))


def _lines(error: ValidationError) -> list[str]:
    return [f"{_option(member)}: {fault}" for member, faults in error.message_dict.items() for fault in faults]


def _option(member: str) -> str:
    return "--owner" if member == "owners" else f"--{member.replace('_', '-')}"
