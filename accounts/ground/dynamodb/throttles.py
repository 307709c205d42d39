"""Of a process's requests few wait because what they ask for is asked for too often, and none of them for long.

Who waits holds a turn at its endpoint, which others need who are not throttled: a client that sends more than its item
serves would hold them all. AWS's own clients send a throttled call three times in all, of DynamoDB four times, and
fewer where many fail, by a quota of the process, which a success fills up (their mode `standard`). Here a request is
sent again twice, whichever of its calls is throttled. In place of the quota, which one hot client would spend for all
and others' successes would fill up for it, there are few places to wait in: that bounds what is sent again, too.
"""

from collections.abc import Callable
from threading import BoundedSemaphore

from accounts.ground.dynamodb.deadline import Deadline

AT_ONCE = 2
"""Requests of this process that wait."""

_places = BoundedSemaphore(AT_ONCE)


def wait(time_left: Deadline, pause: Callable[[], None], *, counts: bool = True) -> bool:
    """Whether the call may be sent again: then the pause is over. `counts`: as one of the times that a request has.
    Outside of requests nobody needs the thread meanwhile."""
    if not time_left.of_a_request:
        pause()
        return True
    if counts and not time_left.take_again():
        return False
    if not _places.acquire(blocking=False):
        return False
    try:
        pause()
    finally:
        _places.release()
    return True
