"""`dynamodb status`: what each table is, and what of it is not as the settings want it. Exit code 1 where anything is
not."""

from accounts.ground.verbs import Answer, Typed, Verb, table
from tokens.stores.dynamodb.described import Described, Field, mode, stream
from tokens.stores.dynamodb.operating import MISSING, differences, drift_of, tables

HEADER = ("table", "status", "mode", "ttl", "stream", "recovery", "items")


def _status(typed: Typed) -> Answer:
    with tables() as there:
        found = there.described()
    left = differences(found)
    rows = [HEADER, *(_row(name, each) for name, each in found.items())]
    value = [
        {"table": name, "status": _state(each), "drift": [_as_json(field) for field in drift_of(name, each)]}
        for name, each in found.items()
    ]
    return Answer(lines=[*table(rows), *left], value=value, fails=bool(left))


def _as_json(field: Field) -> dict[str, str]:
    return {"field": field.name, "found": field.found, "wanted": field.wanted}


def _state(found: Described | None) -> str:
    return found.status if found is not None else MISSING


def _row(name: str, found: Described | None) -> tuple[str, ...]:
    if found is None:
        return (name, MISSING, *["-"] * (len(HEADER) - 2))
    told = found.told
    recovery = "on" if found.recovers else "off"
    return (name, found.status, mode(told), found.ttl or "off", stream(told), recovery, str(told.get("ItemCount", 0)))


VERB = Verb(help="show what each table is, and each field that is not as the settings want it", run=_status)
