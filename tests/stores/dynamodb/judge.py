"""Holds every write of a client to the kinds of items that are declared."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from accounts.ground.dynamodb.items import EXPIRES, read
from accounts.ground.dynamodb.kinds import Kind
from accounts.ground.dynamodb.state import BY
from accounts.ground.dynamodb.tables import PK, SK, TTL
from accounts.stores.dynamodb.ending import KEPT
from accounts.stores.dynamodb.kinds import KINDS as OF_PEOPLE
from tokens.conf import conf
from tokens.protocol.journal import CLOSEST_FIRST
from tokens.stores.dynamodb.kinds import at
from tokens.stores.dynamodb.tables import TABLES

NOT_SAID = (BY, "added")
"""What an item does not say, but by whom it was written, and when."""
VOID = ("token", *CLOSEST_FIRST)
"""What a key of the journal begins with."""
EVENT = "provide-client-params.dynamodb"
"""Of botocore, before each call: with what it is asked."""
PUT, UPDATE, DELETE = "Put", "Update", "Delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """`sets`: what the item, or what is set of it, becomes. `condition`: with names in place of placeholders."""

    act: str
    table: str
    key: Mapping[str, Any]
    sets: Mapping[str, Any] = field(default_factory=dict)
    condition: str = ""

    @property
    def may_make(self) -> bool:
        """Whether there may be an item after it that there was not before."""
        return self.act == PUT or (self.act == UPDATE and f"attribute_not_exists({PK})" in self.condition)


class Judge:
    """`region`: of those who write. Raises AssertionError within the call. `sizes`: of each kind that was written
    whole, the bytes of the largest."""

    def __init__(self, prefix: str, region: str) -> None:
        self._prefix, self._region = prefix, region
        self._made: dict[tuple[str, str], Mapping[str, Any]] = {}
        self.seen: set[str] = set()
        self.sizes: dict[str, int] = {}

    @contextmanager
    def watching(self, client: Any) -> Iterator[None]:
        """Within it, every call of the client is judged."""
        client.meta.events.register(EVENT, self._judge)
        try:
            yield
        finally:
            client.meta.events.unregister(EVENT, self._judge)

    def _judge(self, params: Mapping[str, Any], model: Any, **_: Any) -> None:
        for write in _writes(model.name, params):
            if write.table.startswith(self._prefix):
                self._one(write)

    def _one(self, write: Write) -> None:
        table = write.table.removeprefix(self._prefix)
        key = read(write.key)
        if table == "revocation_journal" and str(key[PK]).partition(":")[0] not in VOID:
            return  # a test voids what nothing is called by, and looks that nothing comes of it
        kinds = list(at(table, str(key[PK]), str(key.get(SK, ""))))
        assert len(kinds) == 1, f"{table}: {key} is of {[kind.name for kind in kinds]}, and has to be of one kind"
        (kind,) = kinds
        self.seen.add(kind.name)
        self._attributes(kind, write)
        self._end(kind, write)
        self._writer(kind, write, key)

    def _attributes(self, kind: Kind, write: Write) -> None:
        names = set(write.sets) - {TTL}
        assert all(map(kind.has, names)), f"{kind.name}: {sorted(names)} are not all declared"
        if write.may_make:
            assert names >= {*kind.attributes}, f"{kind.name}: it lacks {sorted({*kind.attributes} - names)}"
            size = _size({**write.key, **write.sets})
            self.sizes[kind.name] = max(size, self.sizes.get(kind.name, 0))

    def _end(self, kind: Kind, write: Write) -> None:
        """What ends has its time to live from when it is made, and another with each other end."""
        if kind.for_ever:
            assert TTL not in write.sets, f"{kind.name}: it never ends, and was given a time to live"
        elif write.may_make or EXPIRES in write.sets:
            told = read(write.sets)
            seconds = -(-int(str(told[EXPIRES])) // 1_000_000)
            assert told[TTL] == seconds + _kept(kind), f"{kind.name}: its time to live is not its end"
        elif write.act == UPDATE:
            # Where it went meanwhile, it would be made again, and stay.
            is_there = f"attribute_exists({PK})" in write.condition or re.search(r"\w+ [=<>] ", write.condition)
            assert is_there, f"{kind.name}: a change of it may make one without an end"

    def _writer(self, kind: Kind, write: Write, key: Mapping[str, Any]) -> None:
        named = kind.form.fullmatch(f"{key[PK]}\n{key.get(SK, '')}")
        assert named is not None
        region = named.groupdict().get("region")
        assert region in (None, self._region), f"{kind.name}: it is {region}'s, and {self._region} wrote it"
        if not TABLES[kind.table].replicated:
            assert kind.writer == "region", f"{kind.name}: its table is the region's own"
            return
        assert kind.writer != "region", f"{kind.name}: its table is replicated"
        if kind.writer == "nobody":
            self._made_once(kind, write, key)
        if kind.writer == "home":
            assert str(key[PK]).partition(".")[0] == self._region, f"{kind.name}: {key} is another region's"
        if kind.writer == "each":
            assert region == self._region, f"{kind.name}: its key has no region"
        if kind.writer == "sql":
            assert "version < " in write.condition, f"{kind.name}: it may take the place of a later version"
        if kind.writer == "any":
            assert set(write.sets) == {EXPIRES, TTL}, f"{kind.name}: it does not say the same everywhere"
            assert f"{EXPIRES} < " in write.condition, f"{kind.name}: it may be kept for less long"
        if write.act == DELETE:
            assert kind.writer == "each", f"{kind.name}: a late write of another region could bring it back"

    def _made_once(self, kind: Kind, write: Write, key: Mapping[str, Any]) -> None:
        assert write.may_make, f"{kind.name}: it is changed after it was made"
        whole = {name: value for name, value in write.sets.items() if name not in NOT_SAID}
        before = self._made.setdefault((kind.name, repr(sorted(key.items()))), whole)
        assert whole == before, f"{kind.name}: it is written again as another one"


def _kept(kind: Kind) -> int:
    """Seconds for which one is kept after its end."""
    return KEPT if kind in OF_PEOPLE else conf().cleanup_grace


def _writes(operation: str, params: Mapping[str, Any]) -> Iterator[Write]:
    if operation in ("PutItem", "UpdateItem", "DeleteItem"):
        yield _write(operation.removesuffix("Item"), params)
    if operation == "BatchWriteItem":
        for table, requests in params["RequestItems"].items():
            for request in requests:
                ((act, asked),) = request.items()
                yield _write(act.removesuffix("Request"), {"TableName": table, **asked})
    if operation == "TransactWriteItems":
        for each in params["TransactItems"]:
            ((act, asked),) = each.items()
            if act in (PUT, UPDATE, DELETE):
                yield _write(act, asked)


def _write(act: str, asked: Mapping[str, Any]) -> Write:
    table = asked["TableName"]
    names = asked.get("ExpressionAttributeNames", {})
    condition = _named(asked.get("ConditionExpression", ""), names)
    if act == PUT:
        item = asked["Item"]
        key = {name: item[name] for name in (PK, SK) if name in item}
        sets = {name: item[name] for name in item if name not in key}
        return Write(act=act, table=table, key=key, sets=sets, condition=condition)
    sets = dict(_set(asked.get("UpdateExpression", ""), names, asked.get("ExpressionAttributeValues", {})))
    return Write(act=act, table=table, key=asked["Key"], sets=sets, condition=condition)


def _set(expression: str, names: Mapping[str, str], values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What is set, and what is added to."""
    for name, value in re.findall(r"(#\d+) (?:= )?(:\d+)", expression):
        yield names[name], values[value]


def _named(expression: str, names: Mapping[str, str]) -> str:
    return re.sub(r"#\d+", lambda found: names[found[0]], expression)


def _size(item: Mapping[str, Mapping[str, Any]]) -> int:
    """Bytes, as the service counts them: names and texts in UTF-8, numbers by their digits."""
    return sum(len(name.encode()) + _size_of(value) for name, value in item.items())


def _size_of(value: Mapping[str, Any]) -> int:
    ((kind, told),) = value.items()
    if kind == "N":
        return len(told) // 2 + 2
    if kind == "SS":
        return 3 + sum(1 + len(each.encode()) for each in told)
    return 1 if kind == "BOOL" else len(told.encode())
