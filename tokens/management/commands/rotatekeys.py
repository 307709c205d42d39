"""Signing keys: `rotatekeys --ensure` makes those that are missing."""

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tokens.keys import CannotUnseal, create_missing


class Command(BaseCommand):
    help = "Makes an active signing key of every algorithm that has none, once however many nodes run it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--ensure", action="store_true", required=True, help="make what is missing, rotate nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = create_missing(datetime.now(UTC))
        except CannotUnseal as error:
            raise CommandError(f"signing key {error}: set IDP_SECRETS to the folder that it was made with") from None
        for kid in made:
            self.stdout.write(f"made {kid}")
