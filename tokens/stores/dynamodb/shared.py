"""The items that requests of strangers share: what each costs a request, and the rate at which its key throttles."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from accounts.ground.dynamodb.kinds import Kind
from tokens.stores.dynamodb.kinds import KINDS

READ_UNIT, WRITE_UNIT = 4096, 1024
"""Bytes that a unit reads consistently, or writes."""
MOST_READ, MOST_WRITTEN = 3000, 1000
"""Units a second of a partition, and so of a key."""

What = Literal["request", "sign-out", "password", "no request"]
WHAT: Mapping[What, str] = {
    "request": "a request",
    "sign-out": "a sign-out, for each client that it is told",
    "password": "a password that is judged",
    "no request": "no request: processes, by their clocks",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A kind of item. `among`: whose requests share one. `reads` and `writes`: how often one of `of` does, at the most.
    `besides`: what else reads and writes it, and what keeps that small."""

    kind: str
    among: str
    of: What = "request"
    reads: int = 0
    writes: int = 0
    besides: str

    @property
    def item(self) -> Kind:
        return KINDS[self.kind]

    @property
    def read_units(self) -> int:
        return self.reads * units(self.item.size, READ_UNIT)

    @property
    def write_units(self) -> int:
        return self.writes * units(self.item.size, WRITE_UNIT)

    @property
    def most(self) -> int | None:
        """How many of `of` a second its key serves; None: they do not ask for it."""
        rates = [MOST_READ // self.read_units] if self.reads else []
        rates += [MOST_WRITTEN // self.write_units] if self.writes else []
        return min(rates, default=None)


def units(size: int, of: int) -> int:
    return -(-size // of)


OF_CLIENT, OF_ALL = "those of a client", "all of a region"
SHARED: Mapping[str, Shared] = {
    each.kind: each
    for each in (
        Shared(
            kind="client",
            among=OF_CLIENT,
            reads=2,
            besides="twice where a client introspects a token of its own, else once; written when it is edited",
        ),
        Shared(
            kind="what is noted of a client",
            among=OF_CLIENT,
            reads=1,
            besides="with its client; a use is noted once in some minutes by all requests, as a condition sees to",
        ),
        Shared(
            kind="client void up to an instant",
            among=OF_CLIENT,
            reads=1,
            besides="read where there is none, too; written when it is disabled",
        ),
        Shared(
            kind="everything void up to an instant",
            among=OF_ALL,
            reads=1,
            besides="read where there is none, too; written by `manage.py void`",
        ),
        Shared(
            kind="ring of signing keys",
            among=OF_ALL,
            of="no request",
            besides="every process reads it once in 5 s: 1 unit a second each; a few writes a rotation",
        ),
        Shared(
            kind="settings that fit the database",
            among="starts of nodes of the same settings",
            of="no request",
            besides="a node that starts reads and writes it",
        ),
        Shared(
            kind="lease of a task",
            among=OF_ALL,
            of="no request",
            besides="a worker that runs a task writes it three times; `/metrics` reads all of them",
        ),
        Shared(
            kind="run of a task",
            among=OF_ALL,
            of="no request",
            besides="two writes a run, of which one task makes one in a few seconds",
        ),
        Shared(
            kind="logout notice",
            among=OF_CLIENT,
            of="sign-out",
            writes=1,
            besides="who delivers writes it twice more, in transactions, one after the other",
        ),
        Shared(
            kind="lead to a notice that is due",
            among=OF_CLIENT,
            of="sign-out",
            writes=1,
            besides="it moves with each attempt to deliver its notice",
        ),
        Shared(
            kind="client that is owed notices",
            among=OF_ALL,
            of="sign-out",
            reads=1,
            besides="written once in 10 minutes for a client; who delivers reads all of them every few seconds",
        ),
        Shared(
            kind="second look at an end",
            among="an eighth of a region's",
            of="sign-out",
            writes=1,
            besides="there are eight keys, of which each sign-out takes one; who looks writes it twice more",
        ),
        Shared(
            kind="failures at an account",
            among="those at an account",
            of="password",
            writes=3,
            besides="a source and the account itself have one each; a right password deletes them, in place of that",
        ),
        Shared(
            kind="what is counted of a source",
            among="those of an internet address",
            of="password",
            writes=2,
            besides="an authorization request that waits for a person writes one, and one more when it is answered",
        ),
    )
}
"""By the names of their kinds."""
