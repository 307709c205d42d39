"""What this process wrote into DynamoDB, for a test to begin without it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from botocore import handlers

from accounts.ground.dynamodb.tables import PK, SK
from tests.servers.dynamodb import PREFIX

MOST_WRITTEN = 25
"""Items of a batch."""

Key = Mapping[str, Any]


class Written:
    """The keys of what this process put into its tables, told by botocore of each call: to delete these takes a call or
    two, and to look for what is there ten."""

    def __init__(self) -> None:
        self._keys: dict[tuple[str, str], tuple[str, Key]] = {}

    def note(self, params: Mapping[str, Any], model: Any, **_: Any) -> None:
        """A handler of `provide-client-params`: of what a call may write."""
        for table, item in _puts(model.name, params):
            if table.startswith(PREFIX):
                self._note(table, item)

    def look(self, client: Any, table: str) -> None:
        """For what another process put there."""
        for item in client.scan(TableName=table)["Items"]:
            self._note(table, item)

    def _note(self, table: str, item: Mapping[str, Any]) -> None:
        key = {name: item[name] for name in (PK, SK) if name in item}
        self._keys[table, repr(key)] = table, key

    def forget(self, client: Any) -> None:
        """Deletes it all by botocore's `client`."""
        left, self._keys = self._keys, {}
        while left:
            requests: dict[str, list[Any]] = {}
            for table, key in _batch(left):
                requests.setdefault(table, []).append({"DeleteRequest": {"Key": key}})
            while requests:
                requests = client.batch_write_item(RequestItems=requests).get("UnprocessedItems") or {}


def _batch(left: dict[tuple[str, str], tuple[str, Key]]) -> Iterable[tuple[str, Key]]:
    """Takes some. No key is in it twice: of two tables it is two items, and moto takes them for one."""
    places = {key: (table, key) for table, key in left}
    return [left.pop(place) for place in list(places.values())[:MOST_WRITTEN]]


def _puts(operation: str, params: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Tables and items, or their keys."""
    match operation:
        case "PutItem":
            yield params["TableName"], params["Item"]
        case "UpdateItem":
            yield params["TableName"], params["Key"]
        case "BatchWriteItem":
            for table, requests in params["RequestItems"].items():
                yield from ((table, each["PutRequest"]["Item"]) for each in requests if "PutRequest" in each)
        case "TransactWriteItems":
            for write in params["TransactItems"]:
                for kind in write.keys() & {"Put", "Update"}:
                    yield write[kind]["TableName"], write[kind].get("Item") or write[kind]["Key"]


written = Written()
# Each client that is made from now on tells of its calls.
handlers.BUILTIN_HANDLERS.append(("provide-client-params.dynamodb", written.note))
