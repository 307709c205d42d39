"""What `up --demo` begins with: two people, a client of each kind, and a resource. Prints, this once, all secrets.

It prints one JSON object: `people`, `clients` and `resource`, or nothing in them where the people are there already.
"""

import json
import os
import secrets
import sys
from collections.abc import Mapping
from io import StringIO
from typing import Any

import django
from django.core.management import CommandError, call_command
from django.db import transaction

from idp.configuration import read_settings
from idp.env import BadSettings
from idp.local.django_command import tell
from idp.local.processes import CannotStart
from idp.local.up.flags import refuse_demo
from idp.start import name_settings

PEOPLE: tuple[Mapping[str, Any], ...] = (
    {"username": "alice", "name": "Alice Liddell", "given_name": "Alice", "family_name": "Liddell"},
    {"username": "bob", "name": "Bob Cratchit", "given_name": "Bob", "family_name": "Cratchit"},
)
RESOURCE = "urn:demo:orders"
SCOPE = "orders:read"
CLIENTS: Mapping[str, tuple[str, ...]] = {
    "web": ("--redirect-uri", "http://localhost:3000/callback"),
    "spa": ("--redirect-uri", "http://localhost:5173/callback"),
    "native": ("--redirect-uri", "http://127.0.0.1/callback"),
    "machine": ("--scope", SCOPE),
    "api": (),
}
"""The kinds, and what `createclient` needs to know of one."""


def main() -> int:
    """Returns the exit code; 2 when the settings are wrong or not this machine's, or a command refused."""
    try:
        name_settings(os.environ)
        refuse_demo(read_settings(os.environ).deployment)
    except BadSettings as error:
        return tell(error)
    except CannotStart as error:
        print(f"manage.py: {error}", file=sys.stderr)
        return 2
    django.setup()
    try:
        # All or none: the people say at the next start whether everything is there.
        with transaction.atomic():
            print(json.dumps(sow()))
    except CommandError as error:
        print(f"manage.py: {error}", file=sys.stderr)
        return 2
    return 0


def sow() -> dict[str, Any]:
    """Makes them, unless one of the people exists. `people`: passwords by username; `clients`: by kind, what
    `createclient` prints; `resource`: its identifier."""
    from django.contrib.auth import get_user_model  # needs settings

    names = [person["username"] for person in PEOPLE]
    if get_user_model().objects.filter(username__in=names).exists():
        return {"people": {}, "clients": {}, "resource": None}
    people = {person["username"]: secrets.token_urlsafe(12) for person in PEOPLE}
    for person in PEOPLE:
        address = f"{person['username']}@example.org"
        get_user_model().objects.create_user(
            email=address, email_verified=True, password=people[person["username"]], **person
        )
    clients = {"api": _client("api")}
    _run(
        "createresource", "--identifier", RESOURCE, "--name", "Demo orders", "--scope", SCOPE,
        "--owner", clients["api"]["client_id"],
    )  # fmt: skip
    clients = {kind: clients.get(kind) or _client(kind) for kind in CLIENTS}
    return {"people": people, "clients": clients, "resource": RESOURCE}


def _client(kind: str) -> dict[str, str]:
    return _run("createclient", "--kind", kind, "--name", f"Demo {kind}", *CLIENTS[kind])


def _run(command: str, *arguments: str) -> dict[str, str]:
    printed = StringIO()
    call_command(command, *arguments, stdout=printed)
    shown: dict[str, str] = json.loads(printed.getvalue())
    return shown


if __name__ == "__main__":
    sys.exit(main())
