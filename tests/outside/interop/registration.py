"""Registers clients at a live provider, all in one process: `python -m tests.outside.interop.registration '{…}'`.

Reads {"clients": [{"kind", "redirect_uri", …columns}], "people": {username: {…columns}}}; prints what clients know.
"""

import json
import sys
from typing import Any

import django

from tests.servers.nodes import Cluster


def register(
    provider: Cluster, *clients: dict[str, Any], people: dict[str, dict[str, Any]] | None = None
) -> list[dict[str, str]]:
    """`client_id` and `client_secret` (empty for a public client) of each, in order."""
    wanted = {"clients": clients, "people": people or {}}
    body: list[dict[str, str]] = json.loads(
        provider.run("-m", "tests.outside.interop.registration", json.dumps(wanted))
    )
    return body


def _main(wanted: dict[str, Any]) -> None:
    from accounts.models import User
    from tests.support import builders

    for username, columns in wanted["people"].items():
        User.objects.filter(username=username).update(**columns)
    made = [builders.register(**client) for client in wanted["clients"]]
    print(json.dumps([{"client_id": each.client_id, "client_secret": each.client_secret} for each in made]))


if __name__ == "__main__":
    django.setup()
    _main(json.loads(sys.argv[1]))
