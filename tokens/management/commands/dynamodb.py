"""The store on DynamoDB: tables (`create`, `status`, `enable-stream`, `warm`, `delete`), clients (`reconcile`)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.ground.verbs import add_verbs, answer
from tokens.management.dynamodb import VERBS
from tokens.stores.dynamodb.creating import Refused


class Command(BaseCommand):
    help = "Makes the tables of the store on DynamoDB, looks at them, changes and deletes them."

    def add_arguments(self, parser: CommandParser) -> None:
        add_verbs(parser, VERBS)

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        try:
            answer(VERBS[verb].run, options, self, str)
        except Refused as error:
            raise CommandError(str(error)) from None
