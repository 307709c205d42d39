"""An administrator's process with the nodes' settings: reads a line of JSON, does it, answers with a line of JSON.

`["manage", COMMAND, …]` answers with what the command printed; `["active", USERNAME, BOOLEAN]`, `["password", USERNAME,
PASSWORD]`, `["end", SID]` and `["end_all", USERNAME]` with null.
"""

import io
import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

import django
from django.db import connection


def main() -> None:
    django.setup(set_prefix=False)
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        verb, *arguments = json.loads(line)
        print(json.dumps(VERBS[verb](*arguments)), flush=True)
        # A drill may end the database before the next line comes.
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]  # only PostgreSQL has it


def _manage(*arguments: str) -> str:
    from django.core.management import call_command

    printed = io.StringIO()
    call_command(*arguments, stdout=printed)
    return printed.getvalue()


def _active(username: str, active: bool) -> None:
    from accounts.models import User  # once Django is set up

    user = User.objects.get(username=username)
    user.is_active = active
    user.save(update_fields=["is_active"])


def _password(username: str, password: str) -> None:
    from accounts.models import User  # the same

    user = User.objects.get(username=username)
    user.set_password(password)
    user.save(update_fields=["password"])


def _end(sid: str) -> None:
    from accounts import sessions  # the same

    sessions.end(sid)


def _end_all(username: str) -> None:
    from accounts import sessions  # the same
    from accounts.models import User

    sessions.end_all(User.objects.get(username=username))


VERBS: Mapping[str, Callable[..., Any]] = {
    "manage": _manage,
    "active": _active,
    "password": _password,
    "end": _end,
    "end_all": _end_all,
}

if __name__ == "__main__":
    main()
