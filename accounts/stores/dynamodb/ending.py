"""When an item of this store goes."""

from collections.abc import Mapping
from datetime import datetime

from accounts.ground.dynamodb import items
from accounts.ground.dynamodb.items import Value

KEPT = 300
"""Seconds after its end, by as much as two clocks may differ and more: no node still asks for it."""


def ending(ends: datetime) -> Mapping[str, Value]:
    return items.ending(ends, KEPT)
