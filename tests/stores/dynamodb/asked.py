"""Which items a client's calls read and write, as botocore tells before each call."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from accounts.ground.dynamodb.items import read
from accounts.ground.dynamodb.tables import PK, SK
from tests.stores.dynamodb.judge import EVENT

READS = frozenset({"GetItem", "BatchGetItem", "Query"})
ANY = ""
"""In place of the `sk`s that a query finds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One item, or all of a key, that a call asks for. `call`: as a permission is called. `decides`: whether it is
    written on a condition."""

    call: str
    table: str
    pk: str
    sk: str
    decides: bool

    @property
    def does(self) -> Literal["reads", "writes"]:
        return "reads" if self.call in READS else "writes"


@contextmanager
def asked(client: Any, prefix: str) -> Iterator[list[Asked]]:
    """What is asked for within it, of tables of the prefix."""
    found: list[Asked] = []

    def look(params: Mapping[str, Any], model: Any, **_: Any) -> None:
        decides = "ConditionExpression" in params
        for call, table, key in _keys(model.name, params):
            if table.startswith(prefix):
                told = read(key)
                name = table.removeprefix(prefix)
                found.append(Asked(call=call, table=name, pk=str(told[PK]), sk=str(told.get(SK, ANY)), decides=decides))

    client.meta.events.register(EVENT, look)
    try:
        yield found
    finally:
        client.meta.events.unregister(EVENT, look)


def _keys(operation: str, params: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    if operation in ("GetItem", "UpdateItem", "DeleteItem"):
        yield operation, params["TableName"], params["Key"]
    elif operation == "PutItem":
        yield operation, params["TableName"], _key(params["Item"])
    elif operation == "Query":
        names = params["ExpressionAttributeNames"]
        (placeholder,) = (each for each, name in names.items() if name == PK)
        value = params["KeyConditionExpression"].split(f"{placeholder} = ")[1].split()[0].strip("()")
        yield operation, params["TableName"], {PK: params["ExpressionAttributeValues"][value]}
    elif operation == "BatchGetItem":
        for table, of_table in params["RequestItems"].items():
            yield from ((operation, table, key) for key in of_table["Keys"])
    elif operation == "BatchWriteItem":
        for table, requests in params["RequestItems"].items():
            yield from ((operation, table, _key(request["PutRequest"]["Item"])) for request in requests)
    elif operation == "TransactWriteItems":
        for each in params["TransactItems"]:
            ((act, told),) = each.items()
            yield f"{act}Item", told["TableName"], told.get("Key") or _key(told["Item"])
    else:
        yield operation, params["TableName"], {PK: {"S": ANY}}


def _key(item: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: item[name] for name in (PK, SK) if name in item}
