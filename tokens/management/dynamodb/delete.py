"""`dynamodb delete PREFIX`: deletes the tables, with all that is in them."""

from django.core.management.base import CommandError, CommandParser

from accounts.ground.dynamodb.conf import dynamodb
from accounts.ground.verbs import Answer, Typed, Verb
from tokens.stores.dynamodb.operating import tables


def _delete(typed: Typed) -> Answer:
    if typed["prefix"] != dynamodb().prefix:
        raise CommandError(
            f"PREFIX: the tables are those of {dynamodb().prefix!a} (IDP_DYNAMODB_PREFIX): nothing is deleted"
        )
    with tables() as there:
        deleted = there.delete()
    return Answer(lines=[f"deleted {name}" for name in deleted] or ["there was none"], value=deleted)


def _arguments(parser: CommandParser) -> None:
    text = "the prefix of the tables, IDP_DYNAMODB_PREFIX, typed in to say that they are meant"
    parser.add_argument("prefix", metavar="PREFIX", help=text)


VERB = Verb(help="delete the tables, and all that is in them", run=_delete, arguments=_arguments)
