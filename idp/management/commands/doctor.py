"""Looks at a running deployment: `doctor --nodes 3`; a line a finding, with what to do. Exit code 1 on an error."""

import os
import sys
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.ground.mail_server import in_ascii
from idp.node.doctor import examine
from idp.node.finding import Finding, Size
from idp.node.mail import trial


def positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise ArgumentTypeError(f"{text!r} is not a number above 0")
    return int(text)


def address(text: str) -> str:
    try:
        return in_ascii(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


class Command(BaseCommand):
    help = "Looks at settings, secrets, database and cache of a running deployment, and says what to mend."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--nodes", type=positive, default=1, help="how many nodes there are (1)")
        parser.add_argument(
            "--workers",
            type=positive,
            default=os.environ.get("WEB_CONCURRENCY", "1"),
            help="gunicorn's workers on each (WEB_CONCURRENCY, 1)",
        )

        parser.add_argument("--mail-to", type=address, metavar="ADDRESS", help="send a mail there, to try the way")

    def handle(self, *args: Any, nodes: int, workers: int, mail_to: str | None, **options: Any) -> None:
        levels = [self._print(name, finding) for name, finding in examine(Size(nodes, workers))]
        if mail_to is not None:
            levels.append(self._print("mail", trial(mail_to)))
        if "error" in levels:
            sys.exit(1)

    def _print(self, name: str, finding: Finding) -> str:
        remedy = f": {finding.remedy}" if finding.remedy else ""
        self.stdout.write(f"{finding.level:<8} {name}: {finding.text}{remedy}")
        return finding.level
