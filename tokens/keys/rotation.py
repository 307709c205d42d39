"""The life of the signing keys. One function, `rotate`, does all that is due; any number of nodes may call it at once.

A new key is published as `next` for so long that every relying party has it by then, even from a cache; then it signs
and the one before is `retiring`, published until all that it signed has expired. How long a key has had its state is
measured by the store, and only it decides; a process that is killed between two steps leaves a state to go on from.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from django.conf import settings

from accounts.ground.sealing import unseal
from tokens.conf import CLOCK_MARGIN, conf, signing_algs
from tokens.keys.local import RELOAD, generate
from tokens.protocol.records import SigningKey
from tokens.stores import store

GoOn = Callable[[], bool]
Act = Literal["make active", "make next", "activate", "withdraw", "retire", "revoke"]


class UnknownKid(Exception):
    """There is no such key."""


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of a key, and when. `kid` is empty while there is no key yet."""

    at: datetime
    act: Act
    alg: str
    kid: str = ""


def lead() -> timedelta:
    """How long a key is published before it signs: a node may publish what it read RELOAD ago, and a relying party
    keeps that for its whole max-age. The margin is for the answer's way, and for a database that takes over with a
    clock of its own."""
    return timedelta(seconds=conf().jwks_max_age + RELOAD) + CLOCK_MARGIN


def overlap() -> timedelta:
    """How long a key is published after another signs: a node may sign with it for RELOAD more, and the clocks of who
    signs and of who verifies may both be off."""
    longest = max(conf().access_token_lifetime, conf().id_token_lifetime)
    return timedelta(seconds=longest + RELOAD) + 2 * CLOCK_MARGIN


def plan(keys: Sequence[SigningKey], now: datetime) -> list[Step]:
    """The next step of every algorithm and of every key that is on its way out, soonest first."""
    held = {(key.alg, key.state): key for key in keys}
    steps = [_succession(held.get((alg, "active")), held.get((alg, "next")), alg, now) for alg in signing_algs()]
    steps += [Step(now, "withdraw", key.alg, key.kid) for key in keys if _is_left_out(key)]
    steps += [Step(key.since + overlap(), "retire", key.alg, key.kid) for key in keys if key.state == "retiring"]
    return sorted(steps, key=lambda step: step.at)


def _is_left_out(key: SigningKey) -> bool:
    return key.state in ("active", "next") and key.alg not in signing_algs()


def _succession(active: SigningKey | None, coming: SigningKey | None, alg: str, now: datetime) -> Step:
    if coming is not None:
        return Step(now if active is None else coming.since + lead(), "activate", alg, coming.kid)
    if active is None:
        return Step(now, "make active", alg)
    return Step(active.since + timedelta(seconds=conf().key_lifetime) - lead(), "make next", alg)


def rotate(now: datetime, go_on: GoOn | None = None) -> list[Step]:
    """Does all that is due; what was done. Raises CannotUnseal, and does nothing, where our sealing keys are not those
    of the keys that sign. `go_on` is asked in the unit of each step, which is done only if it agrees."""
    keys = _keys_of_ours()
    return _do((step for step in plan(keys, now) if step.at <= now), keys, now, go_on)


def create_missing(now: datetime) -> list[Step]:
    """Makes an active key of every algorithm that has none; what was done. Raises CannotUnseal."""
    return _fill(_keys_of_ours(), now)


def begin(algs: Collection[str], now: datetime) -> list[Step]:
    """Begins to replace the active key of these algorithms, at any age; what was done. Raises CannotUnseal."""
    keys = _keys_of_ours()
    begun = {key.alg for key in keys if key.state == "next"}
    return _do((Step(now, "make next", alg) for alg in algs if alg not in begun), keys, now)


def revoke(kids: Collection[str], now: datetime) -> list[Step]:
    """Ends keys at once, and what they signed, on every node within RELOAD seconds; what was done. Where one of them
    signed, its `next` takes over, published for long or not, or a new key. Raises UnknownKid, and does nothing."""
    keys = store().keys.all()
    by_kid = {key.kid: key for key in keys}
    if unknown := set(kids) - by_kid.keys():
        raise UnknownKid(", ".join(sorted(unknown)))
    # In the order in which a rotation locks them: two that waited for one another would both fail.
    ordered = sorted(kids, key=lambda kid: (by_kid[kid].state != "active", kid))

    def work() -> list[Step]:
        revoked = [Step(now, "revoke", by_kid[kid].alg, kid) for kid in ordered if store().keys.revoke(kid)]
        return revoked + _fill(store().keys.all(), now)

    return store().in_unit(work)


def _fill(keys: Sequence[SigningKey], now: datetime) -> list[Step]:
    active = {key.alg for key in keys if key.state == "active"}
    missing = [step for step in plan(keys, now) if step.act in ("make active", "activate") and step.alg not in active]
    return _do(missing, keys, now)


def _do(steps: Iterable[Step], keys: Sequence[SigningKey], now: datetime, go_on: GoOn | None = None) -> list[Step]:
    """The steps that were done: not those that another node was faster with, or that the store says are not due."""
    acts = ((step, *_ACTS[step.act](step, keys, now)) for step in steps)
    return [replace(step, at=now, kid=kid) for step, kid, act in acts if _done(act, go_on)]


def _done(act: Callable[[], bool], go_on: GoOn | None) -> bool:
    return act() if go_on is None else store().in_unit(lambda: go_on() and act())


def _make(step: Step, keys: Sequence[SigningKey], now: datetime) -> tuple[str, Callable[[], bool]]:
    # Outside of any unit: it takes its time.
    key = generate(step.alg, now, "next" if step.act == "make next" else "active")
    return key.kid, lambda: store().keys.add(key)


def _activate(step: Step, keys: Sequence[SigningKey], now: datetime) -> tuple[str, Callable[[], bool]]:
    signs = any((key.alg, key.state) == (step.alg, "active") for key in keys)
    after = lead() if signs else timedelta()
    return step.kid, lambda: store().keys.activate(_of(step, keys), after)


def _withdraw(step: Step, keys: Sequence[SigningKey], now: datetime) -> tuple[str, Callable[[], bool]]:
    return step.kid, lambda: store().keys.withdraw(_of(step, keys))


def _retire(step: Step, keys: Sequence[SigningKey], now: datetime) -> tuple[str, Callable[[], bool]]:
    return step.kid, lambda: store().keys.retire(_of(step, keys), overlap())


_ACTS: Mapping[Act, Callable[[Step, Sequence[SigningKey], datetime], tuple[str, Callable[[], bool]]]] = {
    "make active": _make,
    "make next": _make,
    "activate": _activate,
    "withdraw": _withdraw,
    "retire": _retire,
}


def _of(step: Step, keys: Sequence[SigningKey]) -> SigningKey:
    return next(key for key in keys if key.kid == step.kid)


def _keys_of_ours() -> list[SigningKey]:
    """The keys, if we can open all that sign or will."""
    keys = store().keys.all()
    for key in keys:
        if key.state in ("active", "next"):
            unseal(key.private, key.kid, settings.SEALING_KEYS)
    return keys
