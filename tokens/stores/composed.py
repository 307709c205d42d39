"""A store whose parts come from several kinds of stores. What one unit writes comes from one kind: `Tokens.faults`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from accounts.ground.sweep import Ended
from tokens.conf import PARTS
from tokens.stores.base import Store
from tokens.stores.base.kinds import EXPIRING, KINDS, REFERRING
from tokens.stores.base.sweeping import Span, Sweeping, Swept, WithoutAccount
from tokens.stores.base.units import Answer, Units


def composed(store: Store, others: Mapping[str, Store]) -> Store:
    """The store with those of its parts, by their names, that another one has."""
    parts = {name: getattr(other, name) for name, other in others.items()}
    units = tuple({id(each): each.units for each in (store, *others.values())}.values())
    owners = {kind: others.get(line.part, store) for kind, line in KINDS.items()}
    return replace(
        store,
        **parts,
        units=_Units(units),
        sweeping=_sweeping(owners),
        endings=others.get("journal", store).endings,
        lists_by_client=others.get("consents", store).lists_by_client,
        in_tables=frozenset(part for part in PARTS if part in others.get(part, store).in_tables),
        needs_database=any(each.needs_database for each in (store, *others.values())),
        checks={name: check for each in (store, *others.values()) for name, check in each.checks.items()},
    )


class _Units:
    """A unit of each kind: one of them is written to."""

    def __init__(self, units: Sequence[Units]) -> None:
        self._units = units

    @contextmanager
    def unit(self) -> Iterator[None]:
        with ExitStack() as stack:
            for each in self._units:
                stack.enter_context(each.unit())
            yield

    def in_unit(self, work: Callable[[], Answer]) -> Answer:
        for each in self._units:
            work = _within(each, work)
        return work()


def _within(units: Units, work: Callable[[], Answer]) -> Callable[[], Answer]:
    return lambda: units.in_unit(work)


def _sweeping(owners: Mapping[str, Store]) -> Sweeping | None:
    """Of each kind its owner's, where that sweeps."""
    sweeping = {kind: owner.sweeping for kind, owner in owners.items()}
    sweeps = {kind: each for kind, each in sweeping.items() if each is not None}
    return _Sweeping(sweeps) if sweeps else None


class _Sweeping:
    def __init__(self, owners: Mapping[str, Sweeping]) -> None:
        self._owners = owners
        self.expiring = tuple(kind for kind in EXPIRING if kind in owners and kind in owners[kind].expiring)
        self.referring = tuple(kind for kind in REFERRING if kind in owners and kind in owners[kind].referring)

    def delete_expired(self, kind: str, grace: timedelta, limit: int, since: datetime | None = None) -> Ended:
        return self._owners[kind].delete_expired(kind, grace, limit, since)

    def lag(self, grace: timedelta, begins: Mapping[str, datetime]) -> Mapping[str, timedelta]:
        distinct = {id(each): each for each in self._owners.values()}
        lags = {name: each.lag(grace, begins) for name, each in distinct.items()}
        return {kind: lags[id(self._owners[kind])][kind] for kind in self.expiring}

    def sweep_orphans(self, kind: str, span: Span, grace: timedelta, without_account: WithoutAccount) -> Swept:
        return self._owners[kind].sweep_orphans(kind, span, grace, without_account)
