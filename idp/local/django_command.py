"""Runs one of Django's commands, and tells of settings that cannot be used in one line each."""

import os
import sys

from django.core.management import execute_from_command_line

from idp.env import BadSettings


def main(arguments: list[str]) -> int:
    """Returns the exit code: 2 when the settings cannot be used."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "idp.settings")
    try:
        execute_from_command_line(arguments)
    except BadSettings as error:
        return tell(error)
    return 0


def tell(error: BadSettings) -> int:
    """Prints a line a fault; returns the exit code."""
    for fault in error.faults:
        print(f"manage.py: {fault}", file=sys.stderr)
    return 2
