#!/usr/bin/env python3
"""Runs the provider (`up`), its checks (`lint`, `test`) and Django's commands, in an environment that it makes."""

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036 an older Python must read this and be told so
    sys.exit("manage.py needs Python 3.11 or newer and this is %d.%d: run it with a newer one" % sys.version_info[:2])  # noqa: UP031 an older Python reads it

from idp import start
from idp.local import bootstrap, help
from idp.local.processes import CannotStart
from idp.local.up import flags

OF_TESTS = ("lint", "test")


def main() -> int:
    """Runs the command line; returns the exit code."""
    try:
        told = help.asked(sys.argv[1:])
    except help.Unknown as error:
        raise CannotStart(str(error)) from None
    if told is not None:
        print(told)
        return 0
    command = sys.argv[1]
    kind = "base"
    if command == "up":
        kind = flags.requirements(sys.argv[2:])
    if command in OF_TESTS:
        if not os.path.isdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "tests")):
            raise CannotStart(f"{command} needs tests/, which a deployment leaves out: run it in a checkout")
        kind = "test"
    python = bootstrap.interpreter(kind)
    if python != sys.executable:
        os.execv(python, [python, *sys.orig_argv[1:]])  # noqa: S606 the same program in its own environment
    return run(command)


def run(command: str) -> int:
    """The command itself, once everything it needs is installed."""
    if command not in OF_TESTS:
        start.keep_private()
    if command == "up":
        from idp.local.up import command as up

        return up.main(sys.argv[2:])
    if command == "lint":
        from tests import lint

        return lint.main(sys.argv[2:])
    if command == "test":
        from tests.servers import run

        return run.main(sys.argv[2:])
    from idp.local import django_command

    return django_command.main(sys.argv)


def open_standard_streams() -> None:
    """A descriptor 0, 1 or 2 that is closed would be taken by the next file opened, a database's perhaps."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
            os.set_inheritable(number, True)


if __name__ == "__main__":
    open_standard_streams()
    try:
        sys.exit(main())
    except CannotStart as error:
        print(f"manage.py: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
