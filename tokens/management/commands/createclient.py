"""Registers a client: `createclient --kind web --name N --redirect-uri U`; prints its id and, once, its secret."""

import json
from argparse import ArgumentTypeError
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tokens.conf import SIGNING_ALGS
from tokens.protocol.client_authentication import METHODS
from tokens.protocol.client_metadata import read_jwks
from tokens.protocol.scopes import SUPPORTED
from tokens.registration import clients

OPTIONS = {
    "client_name": "--name",
    "redirect_uris": "--redirect-uri",
    "post_logout_redirect_uris": "--post-logout-redirect-uri",
}
"""The option that gives a member of the metadata, where it is not named like the member."""
LISTS = {
    "--redirect-uri": "where people are sent back to, exactly; may be repeated. web, spa and native need it",
    "--post-logout-redirect-uri": "where people may be sent after they signed out, exactly",
    "--default-resource": "what its tokens are for where a request names no resource",
}
TEXTS = {
    "--jwks-uri": "the address of its public keys, for private_key_jwt",
    "--backchannel-logout-uri": "where it is told, by a signed notice, that a session ended",
    "--sector-identifier-uri": "for a pairwise client with several hosts: where a JSON array of its redirect URIs is",
}
ALGS = {
    "--token-endpoint-auth-signing-alg": "how it signs with private_key_jwt; without it: as its keys can",
    "--id-token-signed-response-alg": f"how its ID tokens are signed (default: {SIGNING_ALGS[0]})",
    "--userinfo-signed-response-alg": "how userinfo is signed; without it: plain JSON",
}
TRUTHS = {"always": True, "never": False}


def key_set(path: str) -> dict[str, object]:
    try:
        return read_jwks(Path(path).read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ArgumentTypeError(f"{path!a} cannot be read: {type(error).__name__}") from None
    except ValueError as error:
        raise ArgumentTypeError(f"{path!a} {error}") from None


def seconds(text: str) -> timedelta:
    try:
        return timedelta(seconds=int(text))
    except (ValueError, OverflowError):
        raise ArgumentTypeError(f"{text!a} is not a number of seconds") from None


class Command(BaseCommand):
    help = "Registers a client and prints one JSON object: client_id and, this once, client_secret."

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = "; ".join(f"{name}: {kind.meaning}" for name, kind in clients.KINDS.items())
        parser.add_argument("--kind", required=True, choices=list(clients.KINDS), help=kinds)
        parser.add_argument("--name", required=True, help="what people see when the client asks them")
        for option, text in LISTS.items():
            parser.add_argument(option, action="extend", nargs="+", default=[], metavar="URI", help=text)
        ours = " ".join(SUPPORTED)
        text = f"what it may ask for: {ours} (these are the default of web, spa and native), or a resource's"
        parser.add_argument("--scope", action="extend", nargs="+", default=[], help=text)
        parser.add_argument("--token-endpoint-auth-method", choices=METHODS, help="how it authenticates")
        parser.add_argument("--jwks", type=key_set, metavar="FILE", help="its public keys, a JWK Set")
        for option, text in TEXTS.items():
            parser.add_argument(option, metavar="URI", help=text)
        for option, text in ALGS.items():
            parser.add_argument(option, choices=SIGNING_ALGS, help=text)
        parser.add_argument("--subject-type", choices=("public", "pairwise"), help="whether it gets a `sub` of its own")
        text = "after how long people must sign in again for it"
        parser.add_argument("--default-max-age", type=seconds, metavar="SECONDS", help=text)
        text = "whether refresh tokens are replaced at each use; without it: where the client has no secret"
        parser.add_argument("--rotate-refresh-tokens", choices=list(TRUTHS), help=text)
        text = "its notices have to name the session (sid), one for each"
        parser.add_argument("--backchannel-logout-session-required", action="store_true", help=text)
        parser.add_argument("--development", action="store_true", help="may use http on this computer")
        parser.add_argument("--skip-consent", action="store_true", help="one of your own: people are not asked")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            client, client_secret = clients.create(
                options["kind"],
                options["name"],
                options["redirect_uri"],
                " ".join(options["scope"]).split(),
                **_metadata(options),
            )
        except ValidationError as error:
            raise CommandError("\n".join(_lines(error))) from None
        shown = {"client_id": client.client_id, "client_secret": client_secret}
        self.stdout.write(json.dumps({name: value for name, value in shown.items() if value is not None}))


def _metadata(options: dict[str, Any]) -> dict[str, Any]:
    """The members that were given."""
    uris = {
        "post_logout_redirect_uris": tuple(dict.fromkeys(options["post_logout_redirect_uri"])),
        "default_resource": tuple(dict.fromkeys(options["default_resource"])),
    }
    plain = ("token_endpoint_auth_method", "jwks", "subject_type", "default_max_age")
    names = (*plain, *(option[2:].replace("-", "_") for option in (*TEXTS, *ALGS)))
    given = {name: options[name] for name in names if options[name] is not None}
    if options["rotate_refresh_tokens"] is not None:
        given["rotate_refresh_tokens"] = TRUTHS[options["rotate_refresh_tokens"]]
    switches = ("backchannel_logout_session_required", "development", "skip_consent")
    return {**uris, **given, **{name: options[name] for name in switches}}


def _lines(error: ValidationError) -> list[str]:
    return [f"{_option(member)}: {fault}" for member, faults in error.message_dict.items() for fault in faults]


def _option(member: str) -> str:
    return OPTIONS.get(member, f"--{member.replace('_', '-')}")
