"""Codes that are mailed to people: one at a time lives of a holder, and few attempts are judged.

A holder is the digest of whose code it is and what for. The code itself is never here, only its digest under a pepper.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

MOST_ATTEMPTS = 5
"""Of one code, the right one among them."""
Outcome = Literal["right", "wrong", "over"]
"""`over`: nothing was judged, for there is no such code, or none any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """`digest`: of the code. `bound`: the digest of what has to be as it was for the code to be good."""

    digest: str
    bound: str
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """`bound`: the code's, where it was the right one, to be compared with what is so now."""

    outcome: Outcome
    bound: str = ""


class Codes(Protocol):
    def put(self, holder: str, code: Code) -> None:
        """The one before is void."""

    def attempt(self, holder: str, digest: str, now: datetime) -> Attempt:
        """Counts it before it is judged, by one conditional write, so that of many at once no more are judged, the
        right ones among them. It spends nothing: what fails after it leaves the code as good as it was."""

    def spend(self, holder: str, digest: str, now: datetime) -> bool:
        """Spends the code that was right: true for the one caller who may do what it was for, once all else is done."""
