"""Records as items, and back: the record as JSON, beside it what conditions and indexes name."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from accounts.ground.dynamodb import items
from accounts.ground.dynamodb.items import Item, Value
from tokens.conf import conf
from tokens.protocol.records import codec

Record = TypeVar("Record")
RECORD = "record"


def item_of(record: Any, *, ends: datetime, **attributes: Value | None) -> Mapping[str, Value | None]:
    """`ends`: until when it is kept."""
    return {RECORD: json.dumps(codec.to_json(record), separators=(",", ":")), **ending(ends), **attributes}


def ending(ends: datetime) -> Mapping[str, Value]:
    return items.ending(ends, conf().cleanup_grace)


def record_of(kind: type[Record], item: Item, **values: Any) -> Record:
    """The record, with these fields replaced."""
    replaced = {name: codec.plain(value) for name, value in values.items()}
    return codec.from_json(kind, json.loads(str(item[RECORD])) | replaced)
