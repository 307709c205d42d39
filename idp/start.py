"""How a process of the product begins: on our settings, or with a line a fault; and what it makes is private."""

import os
import sys
from collections.abc import MutableMapping

from idp.env import BadSettings

SETTINGS, VARIABLE = "idp.settings", "DJANGO_SETTINGS_MODULE"
PRIVATE = 0o077
CANNOT_LOAD = 4
"""The exit code that tells gunicorn's master to end, and not to start one more worker."""


def keep_private() -> None:
    """From now on files and folders that this process and its children make are readable by their owner alone: the
    SQLite database with its log, secrets, logs and whatever else, in whichever folder."""
    os.umask(PRIVATE)


def name_settings(environ: MutableMapping[str, str]) -> None:
    """Names Django our settings. BadSettings where the environment names those of another project: they would be
    used."""
    named = environ.setdefault(VARIABLE, SETTINGS)
    if named != SETTINGS:
        raise BadSettings([f"{VARIABLE}: {named!r} is of another project; this one has {SETTINGS}: unset it"])


def begin() -> None:
    """Names and loads our settings. SystemExit says what is wrong with them."""
    keep_private()
    try:
        name_settings(os.environ)
        from idp import settings  # noqa: F401 read now, and all faults told
    except BadSettings as error:
        sys.exit("\n".join(error.faults))


def set_up(code: int = 1) -> None:
    """Sets up Django. SystemExit, with `code`, where something that the settings name cannot be used: a line each."""
    import django

    try:
        django.setup(set_prefix=False)
    except BadSettings as error:
        print("\n".join(error.faults), file=sys.stderr)
        sys.exit(code)
