"""`dynamodb reconcile`: publishes what requests find of clients otherwise than SQL has it, and tells what that was."""

from django.core.management.base import CommandError, CommandParser

from accounts.ground.verbs import Answer, Typed, Verb
from tokens.conf import conf
from tokens.stores.dynamodb.operating import tables

WAS = {
    "unpublished": "was never published, and is now",
    "different": "was not as in SQL, and is now",
    "unknown": "is not in SQL: {}",
}
ENDED, LEFT = "it has ended", "requests find it still; --end ends it, with all that it was given"


def _reconcile(typed: Typed) -> Answer:
    with tables() as there:
        missing = there.missing()
    if missing:
        raise CommandError(f"{', '.join(missing)}: run `manage.py dynamodb create` first")
    # Here: who has another store need not read it.
    from tokens.stores.dynamodb.reconciling import publisher, reconcile, unknown

    published = publisher() if conf().on_dynamodb else None
    if published is None:
        raise CommandError("IDP_TOKENS_STORE: clients are read where they are written")
    found = [*reconcile(published), *unknown(published, end=typed["end"])]
    told = ENDED if typed["end"] else LEFT
    lines = [f"{each.client_id} {WAS[each.fault].format(told)}" for each in found]
    value = [{"client_id": each.client_id, "was": each.fault} for each in found]
    is_left = not typed["end"] and any(each.fault == "unknown" for each in found)
    return Answer(lines=lines or ["every client was as in SQL"], value=value, fails=is_left)


def _arguments(parser: CommandParser) -> None:
    text = "end the clients that SQL does not have: make sure first that it is the right database, and is whole"
    parser.add_argument("--end", action="store_true", help=text)


VERB = Verb(
    help="publish the clients that requests find otherwise than SQL has them", run=_reconcile, arguments=_arguments
)
