"""Makes a client for each application, all in one process: `python -m tests.outside.connect.registration '{…}'` reads
the redirect URI of each, and prints what `createclient --snippet` wrote on stderr for it."""

import json
import sys
from io import StringIO

import django
from django.core.management import call_command

from tests.servers.nodes import Cluster


def shown(provider: Cluster, redirect_uris: dict[str, str]) -> dict[str, str]:
    """`redirect_uris`: by the application's name; empty where it has none."""
    said: dict[str, str] = json.loads(
        provider.run("-m", "tests.outside.connect.registration", json.dumps(redirect_uris))
    )
    return said


def _made(application: str, redirect_uri: str) -> str:
    from tokens.registration.snippets.table import APPLICATIONS

    stderr = StringIO()
    uris = ["--redirect-uri", redirect_uri] if redirect_uri else []
    kind = APPLICATIONS[application].kind
    options = ["--kind", kind, "--name", application, *uris, "--snippet", application]
    call_command("createclient", *options, stdout=StringIO(), stderr=stderr)
    return stderr.getvalue()


if __name__ == "__main__":
    django.setup()
    print(json.dumps({name: _made(name, redirect_uri) for name, redirect_uri in json.loads(sys.argv[1]).items()}))
