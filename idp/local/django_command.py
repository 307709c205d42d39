"""Runs one of Django's commands, and tells of settings that cannot be used in one line each."""

import os
import sys

from django.core.management import execute_from_command_line

from idp.env import BadSettings
from idp.local import help, remembered
from idp.start import name_settings

LEFT = 141
"""The exit code where nobody reads on, as a shell tells of SIGPIPE."""


def main(arguments: list[str]) -> int:
    """Returns the exit code: 2 when the settings cannot be used."""
    try:
        name_settings(os.environ)
        ours = _is_ours(arguments[1])
        remembered.join_settings()
        remembered.join_store(arguments[1], ours=ours)
        if ours:
            remembered.join(arguments[1])
        execute_from_command_line(arguments)
        sys.stdout.flush()
    except BadSettings as error:
        return tell(error)
    except BrokenPipeError:
        return _nobody_reads()
    return 0


def _is_ours(command: str) -> bool:
    entry = help.table().get(command)
    return entry is not None and not entry["django"]


def _nobody_reads() -> int:
    """What we print goes to a program that has left, as `head` does: the interpreter must not write the rest there."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return LEFT


def tell(error: BadSettings) -> int:
    """Prints a line a fault; returns the exit code."""
    for fault in error.faults:
        print(f"manage.py: {fault}", file=sys.stderr)
    return 2
