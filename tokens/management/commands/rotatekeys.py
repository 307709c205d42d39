"""Signing keys: `rotatekeys --ensure` makes those that are missing."""

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from tokens.keys import create_missing


class Command(BaseCommand):
    help = "Makes an active signing key of every algorithm that has none, once however many nodes run it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--ensure", action="store_true", required=True, help="make what is missing, rotate nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        for kid in create_missing(datetime.now(UTC)):
            self.stdout.write(f"made {kid}")
