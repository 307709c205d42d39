"""`--snippet APPLICATION`: what to configure an application with, beside what a command prints of its client."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from tokens.conf import conf
from tokens.protocol.client_authentication import SECRET_METHODS
from tokens.protocol.records import Client
from tokens.registration.snippets import markdown
from tokens.registration.snippets.snippet import Snippet, snippet
from tokens.registration.snippets.table import APPLICATIONS
from tokens.urls import addresses


def add_snippet(parser: ArgumentParser, text: str) -> None:
    names = ", ".join(sorted(APPLICATIONS))
    parser.add_argument("--snippet", choices=APPLICATIONS, metavar="APPLICATION", help=f"{text}; one of {names}")


def check_suits(name: str, kind: str | None, token_endpoint_auth_method: str) -> None:
    """Raises CommandError where the application needs another client than one of this kind and method."""
    application = APPLICATIONS[name]
    if application.kind != kind:
        raise CommandError(f"--snippet: {application.title} needs a client of the kind {application.kind}, not {kind}")
    if application.needs_secret and token_endpoint_auth_method not in SECRET_METHODS:
        raise CommandError(f"--snippet: {application.title} needs a secret, not {token_endpoint_auth_method}")


def snippet_of(name: str, client: Client, client_secret: str | None = None) -> Snippet:
    return snippet(APPLICATIONS[name], client, addresses(), client_secret, floor=conf().pkce)


def lines(shown: Snippet) -> list[str]:
    return [shown.application.title, "", *markdown.lines(shown)]


def as_json(shown: Snippet) -> dict[str, Any]:
    return {
        "application": shown.application.title,
        "install": shown.application.install or None,
        "files": [{"name": file.name, "text": file.text} for file in shown.files],
        "remarks": [*shown.remarks, *map(str, shown.application.notes)],
    }
