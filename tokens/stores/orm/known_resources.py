"""What a process knows of protected resources: what it read stays true as long as the version that came with it does.
Every client is read with the version of that moment, so nothing that was changed is used again, on any node."""

from collections.abc import Collection, Mapping
from uuid import UUID

from tokens.protocol.records import Resource
from tokens.stores.orm.resources import resource_of
from tokens.stores.orm.statements import resources

Known = Mapping[str, Resource]
_kept: tuple[UUID | None, Known] = (None, {})
"""Replaced as a whole: threads see one state or another, and one that is lost is read again."""


def of(identifiers: Collection[str], version: UUID | None) -> tuple[Resource, ...]:
    """Those of the resources that there are: as they are at this version, or as they have become since. `version`: None
    where none was written, by a store that never added a resource; nothing is kept of that."""
    held, known = _kept
    if held != version:
        known = {}
    if not known.keys() >= set(identifiers):
        known = _read(identifiers, known, version)
    return tuple(known[each] for each in identifiers if each in known)


def _read(identifiers: Collection[str], known: Known, version: UUID | None) -> Known:
    global _kept
    rows = list(resources.named([each for each in identifiers if each not in known]))
    found = {row.identifier: resource_of(row) for row in rows}
    told = {**known, **found}
    now: UUID | None = rows[0].version if rows else None  # type: ignore[attr-defined]  # annotated
    if now is not None:
        # Where they changed since the client was read, what was known before is left to the next who asks.
        _kept = now, told if now == version else found
    return told
