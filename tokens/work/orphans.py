"""Deletes what names a client, a person or an authorization that is gone. It is void already: this only makes room.

Each kind is walked by its key, from a random place round to it again, so that a walk that its time ends too early has
been everywhere after some more. A row is deleted only when it is older than the grace: who adds one while its parent is
deleted, or in a store whose parts hear of it late, has long finished by then.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from accounts import claims
from tokens.conf import minter
from tokens.protocol import handles
from tokens.stores import store
from tokens.stores.base.kinds import KINDS
from tokens.stores.base.sweeping import Span

BATCH = 1000
GRACE = timedelta(hours=1)


def delete_orphans(
    *, batch: int = BATCH, grace: timedelta = GRACE, seconds: float = 30, go_on: Callable[[], bool] = lambda: True
) -> Mapping[str, int]:
    """How many rows of each kind were deleted. Each kind has its share of `seconds`; all ends when a batch may not
    `go_on`."""
    sweeping = store().sweeping
    if sweeping is None:
        return {}
    deleted = dict.fromkeys(sweeping.referring, 0)
    for kind in sweeping.referring:
        end = time.monotonic() + seconds / len(sweeping.referring)
        for span in _spans(kind, batch):
            while time.monotonic() < end:
                if not go_on():
                    return deleted
                swept = sweeping.sweep_orphans(kind, span, grace, claims.without_account)
                deleted[kind] += swept.deleted
                if swept.last is None:
                    break
                span = replace(span, after=swept.last)
    return deleted


def _spans(kind: str, limit: int) -> tuple[Span, Span]:
    """All keys of the kind in two parts, the first from a random one on."""
    handle = minter().mint()
    begin = handle if KINDS[kind].key_form == "handle" else handles.key(handle)
    return Span(after=begin, limit=limit), Span(last=begin, limit=limit)
