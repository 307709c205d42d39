"""Compares what requests read of clients with what is written in SQL, and publishes what differs: after a restore, or a
change by hand. A client that is changed meanwhile is published once more."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from accounts.ground.dynamodb import calls
from accounts.ground.dynamodb.items import Item, number
from accounts.ground.dynamodb.tables import PK
from accounts.ground.task import GoOn
from tokens.stores import store
from tokens.stores.dynamodb import published
from tokens.stores.dynamodb.clients import Clients
from tokens.stores.dynamodb.publishing import PAGE, Publisher
from tokens.stores.dynamodb.records import RECORD
from tokens.stores.orm.statements import publications

Fault = Literal["unpublished", "different", "unknown"]


@dataclass(frozen=True, slots=True)
class Difference:
    """`unpublished`: it was never owed. `different`: it was published, and is not so. `unknown`: SQL never had it."""

    client_id: str
    fault: Fault


def publisher() -> Publisher | None:
    """That of the store that settings name; None where requests read clients in SQL."""
    clients = store().clients
    return clients.publisher if isinstance(clients, Clients) else None


def reconcile(publisher: Publisher, go_on: GoOn = lambda: True) -> Iterator[Difference]:
    """What was not as in SQL, and is by now; what is owed is published besides. Every client that SQL knows is read,
    or knew: what else there may be, `unknown` tells."""
    publisher.publish(go_on)
    for client_id in _unowed():
        if not go_on():
            return
        _publish(publisher, client_id, least=0, is_new=True)
        yield Difference(client_id, "unpublished")
    for client_id, item in _different(publisher):
        if not go_on():
            return
        _publish(publisher, client_id, least=_after(item), is_new=False)
        yield Difference(client_id, "different")


def unlike(publisher: Publisher) -> Iterator[Difference]:
    """What `reconcile` would publish, but for what is owed: that is on its way. Writes nothing, and tells of those that
    were never published a page."""
    yield from (Difference(client_id, "unpublished") for client_id in publications.unowed(PAGE))
    yield from (Difference(client_id, "different") for client_id, _ in _different(publisher))


def unknown(publisher: Publisher, *, end: bool) -> Iterator[Difference]:
    """What requests find though SQL never had it, as after a restore of a backup from before: reads the whole table.
    `end`: whether it ends, with all that it was given. SQL that is empty by mistake would end everything."""
    for page in _scanned(publisher):
        known = set(publications.known(sorted(page))) if page else set()
        for client_id in sorted(page.keys() - known):
            if end:
                _publish(publisher, client_id, least=_after(page[client_id]), is_new=True)
            yield Difference(client_id, "unknown")


def counted(publisher: Publisher, go_on: GoOn) -> Mapping[str, int]:
    """As a scheduled task tells it."""
    return Counter(difference.fault for difference in reconcile(publisher, go_on))


def _unowed() -> Iterator[str]:
    """Each is owed by who asks for the next."""
    while page := list(publications.unowed(PAGE)):
        yield from page


def _different(publisher: Publisher) -> Iterator[tuple[str, Item | None]]:
    after = ""
    while page := list(publications.publications(after, PAGE)):
        found = publisher.state.several(published.place(client_id) for client_id, _, _ in page)
        for client_id, version, since in page:
            item = found.get(published.place(client_id))
            wanted = published.item_of(publisher.written.get(client_id), version, since)
            if item is None or {**item, PK: ""} != {**wanted, PK: ""}:
                yield client_id, item
            after = client_id


def _scanned(publisher: Publisher) -> Iterator[dict[str, Item]]:
    """Clients by their ids, page by page; what was deleted is none."""
    asked: dict[str, Any] = {"TableName": publisher.state.name(published.place("")), "ConsistentRead": True}
    while True:
        answer = publisher.state.service("scan", **asked)
        placed = calls.placed(published.TABLE, answer["Items"])
        yield {published.client_id(place): item for place, item in placed if RECORD in item}
        if "LastEvaluatedKey" not in answer:
            return
        asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _after(item: Item | None) -> int:
    """A version that is later than the item's, which SQL may have forgotten."""
    return number(item, published.VERSION) + 1 if item is not None else 0


def _publish(publisher: Publisher, client_id: str, *, least: int, is_new: bool) -> None:
    with publisher.changing():
        publisher.owe(client_id, least=least, is_new=is_new)
