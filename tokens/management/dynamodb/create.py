"""`dynamodb create`: makes the tables that are missing, and completes the others."""

from accounts.ground.verbs import Answer, Typed, Verb
from tokens.stores.dynamodb.operating import differences, tables


def _create(typed: Typed) -> Answer:
    with tables() as there:
        made = there.create()
        left = differences(there.described())
    lines = [f"made {name}" for name in made] or ["all tables were there"]
    return Answer(lines=lines, value=made, remarks=left)


VERB = Verb(help="make the tables that are missing, and wait until they can be used", run=_create)
