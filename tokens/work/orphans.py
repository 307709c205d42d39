"""Deletes what names a client, a person or an authorization that is gone. It is void already: this only makes room.

Each kind is walked by its key, from a random place round to it again, so that a walk that its time ends too early has
been everywhere after some more. A row is deleted only when it is older than the grace: whoever adds one beside the
deletion of its parent, or in a store whose parts are told apart late, has long finished by then.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from accounts import claims
from tokens.conf import minter
from tokens.protocol import handles
from tokens.protocol.records import Referrer
from tokens.stores import store
from tokens.stores.base.kinds import REFERRING

BATCH = 1000
GRACE = 3600.0
"""Seconds."""
KNOWN_BY_ID = ("consent", "authorization")
"""The kinds whose key is a handle; the others' is a handle's digest."""


def delete_orphans(
    *, batch: int = BATCH, grace: float = GRACE, seconds: float = 30, go_on: Callable[[], bool] = lambda: True
) -> Mapping[str, int]:
    """How many rows of each kind were deleted. Each kind has its share of `seconds`; all ends when a batch may not
    `go_on`."""
    deleted = dict.fromkeys(REFERRING, 0)
    for kind in REFERRING:
        end = time.monotonic() + seconds / len(REFERRING)
        for page in _pages(kind, batch):
            if time.monotonic() >= end:
                break
            if not go_on():
                return deleted
            orphans = _orphans(page)
            deleted[kind] += store().sweeping.delete_orphans(kind, orphans, grace) if orphans else 0
    return deleted


def _pages(kind: str, size: int) -> Iterator[Sequence[Referrer]]:
    begin = _somewhere(kind)
    after = begin
    while page := store().sweeping.referrers(kind, after, size):
        yield page
        after = page[-1].key
    after = ""
    while page := [row for row in store().sweeping.referrers(kind, after, size) if row.key <= begin]:
        yield page
        after = page[-1].key


def _somewhere(kind: str) -> str:
    handle = minter().mint()
    return handle if kind in KNOWN_BY_ID else handles.key(handle)


def _orphans(page: Sequence[Referrer]) -> list[str]:
    clients = store().sweeping.gone("client", {row.client_id for row in page if row.client_id is not None})
    ids = {row.authorization_id for row in page if row.authorization_id is not None}
    authorizations = store().sweeping.gone("authorization", ids) if ids else set()
    subjects = {row.subject for row in page if row.subject is not None}
    people = claims.without_account(subjects) if subjects else set()
    return [
        row.key
        for row in page
        if row.client_id in clients or row.authorization_id in authorizations or row.subject in people
    ]
