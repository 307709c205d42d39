"""Throttles: failures that are counted before they are known to be failures, so that none of many at once slips by.

A counter is one row of a store, and to count one more is one write there, which also decides. Nothing evicts a
counter: it ends when its time is over, or with the success that forgives an account all its failures. Whose failures
are counted, and how many are too many, is said by who counts: `accounts.sign_in.guesses` of passwords.
"""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from accounts.ground.unavailable import Unavailable
from accounts.stores import store
from accounts.stores.base.throttles import Count, Counter, Limit, Throttles

__all__ = ["Count", "Counter", "Limit", "Refusal", "Throttles", "digest", "give_back", "rising", "spend", "throttles"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """`counter`: the one that is full. `wait`: how long until it lets the next one through."""

    counter: Counter
    wait: timedelta


def throttles() -> Throttles:
    """Where they are counted."""
    return store().throttles


def spend(counters: Sequence[Counter]) -> Refusal | None:
    """Counts one more for each, or for none: where one is full, the ones before it get back what was counted. What
    many share comes first, and what an outsider must not be able to fill comes last."""
    for number, counter in enumerate(counters):
        try:
            wait = throttles().spend(counter)
        except Unavailable:
            # Nothing is judged. What the store has counted meanwhile is no failure.
            with suppress(Unavailable):
                give_back(counters[:number])
            raise
        if wait is not None:
            give_back(counters[:number])
            return Refusal(counter=counter, wait=wait)
    return None


def give_back(counters: Sequence[Counter]) -> None:
    """What was counted last of each was none."""
    for counter in counters:
        throttles().give_back(counter)


def digest(*parts: str) -> str:
    """One key for these texts in this order, whatever is in them."""
    told = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(told.encode(errors="surrogatepass")).hexdigest()


def rising(after: int, first: timedelta, most: timedelta) -> tuple[tuple[int, timedelta], ...]:
    """Waits for `Limit.waits`: the first after so many failures, each further one twice as long, up to the longest."""
    waits = [(after, first)]
    while waits[-1][1] < most:
        failures, wait = waits[-1]
        waits.append((failures + 1, min(2 * wait, most)))
    return tuple(waits)
