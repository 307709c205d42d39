"""The tables as an operator has them, and a node that starts: whatever is wrong is told in one line."""

import importlib.util
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from accounts.ground.dynamodb.conf import NO_CLIENT, dynamodb
from tokens.stores.dynamodb.creating import Refused, Tables
from tokens.stores.dynamodb.described import Described, Field, drift
from tokens.stores.dynamodb.tables import TABLES

Found = Mapping[str, Described | None]
"""What each table is, by its name; None: it is not there."""
MISSING = "missing"
COMMAND = "run `manage.py dynamodb create`, or set IDP_DYNAMODB_CREATE=true"
ELSEWHERE = "IDP_DYNAMODB_PREFIX, IDP_DYNAMODB_REGION: none of the tables {prefix}* is there"
SOME = "IDP_DYNAMODB_CREATE: {names} cannot be used yet"


@contextmanager
def tables() -> Iterator[Tables]:
    """The tables of the settings. Raises Refused, whatever goes wrong."""
    if importlib.util.find_spec("botocore") is None:
        raise Refused(f"IDP_TOKENS_STORE: {NO_CLIENT}")
    # Here: nobody else needs botocore.
    from accounts.ground.dynamodb import client, explaining

    try:
        yield Tables(client.patient(dynamodb()), dynamodb())
    except explaining.ERRORS as error:
        raise Refused(explaining.explain(error, dynamodb())) from None


@contextmanager
def tables_there() -> Iterator[Tables]:
    """As `tables`, where all are there. Raises Refused, where one is not, or not yet."""
    with tables() as there:
        if missing := there.missing():
            raise Refused(_told(missing, of=len(there.names)))
        yield there


def differences(found: Found) -> list[str]:
    """A line for each field of a table that is not as the settings want it."""
    return [
        f"{name}: {field.name} is {field.found}, not {field.wanted}"
        for name, each in found.items()
        for field in drift_of(name, each)
    ]


def drift_of(name: str, found: Described | None) -> list[Field]:
    if found is None:
        return [Field(name="TableStatus", found=MISSING, wanted="ACTIVE")]
    return drift(found, TABLES[name.removeprefix(dynamodb().prefix)], dynamodb())


def fault() -> str | None:
    """Why the tables cannot be used, for a process that begins. Those that are missing are made, where settings say
    so."""
    try:
        with tables() as there:
            if dynamodb().create:
                there.create()
                return None
            missing = there.missing()
    except Refused as error:
        return str(error)
    return _told(missing, of=len(there.names)) if missing else None


def _told(missing: list[str], of: int) -> str:
    said = ELSEWHERE.format(prefix=dynamodb().prefix) if len(missing) == of else SOME.format(names=", ".join(missing))
    return f"{said}: {COMMAND}"
