"""What `up` does before it serves: tables, signing keys, static files. Prints what it then needs to know, as JSON.

`has_admin`: whether there is one. `programs`: patterns of the paths that back nodes answer, without the first slash.
"""

import json
import os
import sys

import django
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import Error, OperationalError, connection

from idp.env import BadSettings
from idp.local.django_command import tell

LIMITS = {
    "postgresql": ("statement_timeout", "idle_in_transaction_session_timeout"),
    "mysql": ("max_statement_time", "idle_transaction_timeout"),
}


def main() -> int:
    """Returns the exit code; 2 when the settings or the database they name cannot be used."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "idp.settings")
    try:
        django.setup()
        _allow_long_statements()
        call_command("migrate", interactive=False, verbosity=0)
        call_command("rotatekeys", ensure=True, stdout=sys.stderr)
        call_command("collectstatic", interactive=False, verbosity=0)
        has_admin = get_user_model().objects.filter(is_superuser=True, is_active=True).exists()
    except BadSettings as error:
        return tell(error)
    except Error as error:
        print(f"manage.py: {_told(error)}", file=sys.stderr)
        return 2
    except CommandError as error:
        print(f"manage.py: {error}", file=sys.stderr)
        return 2
    print(json.dumps({"has_admin": has_admin, "programs": _programs()}))
    return 0


def _programs() -> list[str]:
    from tokens.urls import back  # needs settings

    return [each.pattern.regex.pattern for each in back]


def _allow_long_statements() -> None:
    """A request may not keep the database busy for long, a migration may. The limit on waiting for locks stays: every
    request would wait behind it."""
    # The driver's own patience with MariaDB, which a connection takes when it is made.
    connection.settings_dict["OPTIONS"].pop("read_timeout", None)
    with connection.cursor() as cursor:
        for limit in LIMITS.get(connection.vendor, ()):
            cursor.execute(f"SET {limit} = 0")


def _told(error: Error) -> str:
    """One line, with what to do."""
    said = " ".join(str(error).split())
    if isinstance(error, OperationalError):
        return f"the database does not answer ({said}): start it, or check DATABASE_URL"
    return f"the database cannot be used ({said}): check DATABASE_URL, and what its user may do"


if __name__ == "__main__":
    sys.exit(main())
