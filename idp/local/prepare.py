"""What `up` does before it serves: tables, signing keys, static files. Prints whether there is an admin, as JSON."""

import json
import os
import sys

import django
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import OperationalError

from idp.env import BadSettings
from idp.local.django_command import tell


def main() -> int:
    """Returns the exit code; 2 when the settings or the database they name cannot be used."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "idp.settings")
    try:
        django.setup()
        call_command("migrate", interactive=False, verbosity=0)
        call_command("rotatekeys", ensure=True, stdout=sys.stderr)
        call_command("collectstatic", interactive=False, verbosity=0)
        has_admin = get_user_model().objects.filter(is_superuser=True, is_active=True).exists()
    except BadSettings as error:
        return tell(error)
    except OperationalError as error:
        said = " ".join(str(error).split())
        print(f"manage.py: the database does not answer ({said}): start it, or check DATABASE_URL", file=sys.stderr)
        return 2
    except CommandError as error:
        print(f"manage.py: {error}", file=sys.stderr)
        return 2
    print(json.dumps({"has_admin": has_admin}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
