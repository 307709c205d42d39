"""Draining: for a while after SIGTERM this node serves on, and says in /readyz that it should be sent nothing more."""

import mmap
import signal
from collections.abc import Callable
from types import FrameType

Handler = Callable[[int, FrameType | None], object]

_mark = mmap.mmap(-1, 1)
"""One byte that gunicorn's master shares with every worker it forks: so each knows at once, by any signal it
ends."""


def draining() -> bool:
    """Whether the master was told to stop."""
    return _mark[0] == 1


def drain_before(stop: Handler, seconds: int) -> None:
    """From now on a SIGTERM to this process, gunicorn's master, is told to its workers at once, and to `stop` after
    `seconds`; a second one at once."""

    def note(number: int, frame: FrameType | None) -> None:
        repeated, _mark[0] = draining(), 1
        if repeated or seconds == 0:
            over(number, frame)
        else:
            signal.setitimer(signal.ITIMER_REAL, seconds)

    def over(number: int, frame: FrameType | None) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        stop(signal.SIGTERM, frame)

    signal.signal(signal.SIGTERM, note)
    signal.signal(signal.SIGALRM, over)
