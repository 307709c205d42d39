"""Sign-ins that are not finished: who, by which methods so far, and which request waits."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

MOST_IDENTIFIER, MOST_FOLLOWING = 254, 2000
"""Characters, at the most."""
MOST_PROOFS = 8
"""Of one sign-in. Nobody has more to prove; the same again, at another instant, is another."""
MOST_METHOD = 100
"""Characters of what names one."""


@dataclass(frozen=True, slots=True)
class Proof:
    """`method`: of `sessions.methods.METHODS`, and when it was proven."""

    method: str
    at: datetime

    def __post_init__(self) -> None:
        """Raises ValueError where it is more than a store has to hold."""
        if len(self.method) > MOST_METHOD:
            raise ValueError("what was proven is named by more than it may be")

    def as_text(self) -> str:
        return f"{self.method} {self.at.isoformat()}"

    @classmethod
    def from_text(cls, text: str) -> "Proof":
        method, _, at = text.rpartition(" ")
        return cls(method, datetime.fromisoformat(at))


def proofs_of(texts: Iterable[str]) -> frozenset[Proof]:
    return frozenset(map(Proof.from_text, texts))


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedSignIn:
    """`key`: of the handle that pages carry. `browser`: the digest of a secret of the browser that began it.
    `identifier`: as it was typed. `following`: the path of what waits. Both are bounded. `subject`: whose it is, once
    anything was proven, and `epoch`: the person's security epoch then. Who finishes it compares that with the one of
    now: another password, or a switch of the account, voids what began before."""

    key: str
    browser: str
    identifier: str
    following: str
    remembered: bool
    created: datetime
    expires: datetime
    subject: str | None = None
    epoch: int = 0
    proofs: frozenset[Proof] = frozenset()

    def __post_init__(self) -> None:
        """Raises ValueError where it is more than a store has to hold."""
        if len(self.identifier) > MOST_IDENTIFIER or len(self.following) > MOST_FOLLOWING:
            raise ValueError("an unfinished sign-in is longer than it may be")


class Unfinished(Protocol):
    def add(self, sign_in: UnfinishedSignIn) -> None:
        """With nothing proven."""

    def get(self, key: str, browser: str, now: datetime) -> UnfinishedSignIn | None:
        """The one that this browser began, unless it expired or was finished."""

    def prove(self, key: str, browser: str, proof: Proof, subject: str, epoch: int, now: datetime) -> bool:
        """Adds a proof, and with the first one whose sign-in it is; whether there is one that it could be added to. One
        of another person, or of the same in another epoch, is none, nor is one with MOST_PROOFS."""

    def finish(self, key: str, browser: str, now: datetime) -> bool:
        """Ends it: true for the one caller who may begin the session."""
