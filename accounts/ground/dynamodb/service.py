"""DynamoDB, asked as long as a request has time: what an answer means, and what is sent again.

botocore sends each call once. Here it is sent again where it was not done, or may not have been: every verb that
writes is one that may be done twice (the same item, or one condition with the nonce of its request).
"""

import logging
import random
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from accounts.ground.dynamodb import deadline, throttles
from accounts.ground.dynamodb.answers import OF_ONE, code_of, is_sent_again, is_throttled
from accounts.ground.dynamodb.conf import dynamodb
from accounts.ground.dynamodb.deadline import Deadline
from accounts.ground.dynamodb.explaining import ERRORS, TOO_MUCH, explain
from accounts.ground.unavailable import Unavailable

logger = logging.getLogger(__name__)

CONNECT, READ = 0.3, 0.6
"""Seconds that an attempt may take to connect, and to be answered."""
PAUSE, LONGEST_PAUSE = 0.025, 0.4
"""Seconds, twice as many after each attempt: the most that is waited before the next, and the most of all."""
RETRY_AFTER = timedelta(seconds=2)


class Service:
    """`client`: botocore's, told to try once, with CONNECT and READ for its time-outs."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __call__(self, operation: str, /, **parameters: Any) -> Mapping[str, Any]:
        """The answer. Raises Unavailable, where there is none in time, and ClientError for what is an answer of its
        own: a condition that does not hold, or a transaction cancelled by one."""
        time_left = deadline.current()
        with time_left.waiting():
            return self._until_answered(operation, parameters, time_left)

    def until_all(self, operation: str, items: Mapping[str, Any], left: str) -> Iterator[Mapping[str, Any]]:
        """The answers to a batch: what the service left, which `left` names, is asked for until nothing is. Raises
        Unavailable, where some is left at the end of the time, or because it is throttled."""
        time_left, attempt = deadline.current(), 0
        while items:
            with time_left.waiting():
                answer = self._until_answered(operation, {"RequestItems": items}, time_left)
            yield answer
            before, items, attempt = _number(items), answer.get(left) or {}, attempt + 1
            pause = partial(_wait, attempt, time_left)
            with time_left.waiting():
                goes_on = not items or throttles.wait(time_left, pause, counts=_number(items) == before)
            if not goes_on:
                logger.error("DynamoDB %s was left undone %d times: %s", operation, attempt, TOO_MUCH)
                raise Unavailable(RETRY_AFTER)

    def _until_answered(self, operation: str, parameters: Mapping[str, Any], time_left: Deadline) -> Mapping[str, Any]:
        """Begins nothing that cannot end in the time."""
        call = getattr(self._client, operation)
        attempt, error = 0, None
        while time_left.left() >= CONNECT + READ:
            attempt += 1
            try:
                answer: Mapping[str, Any] = call(**parameters)
            except ERRORS as raised:
                error = raised
                if not is_sent_again(raised) or not _waits(raised, attempt, time_left):
                    break
            else:
                return answer
        raise _unavailable(operation, attempt, error) from error


def _waits(error: Exception, attempt: int, time_left: Deadline) -> bool:
    """Whether the call is sent again, now that it was waited."""
    pause = partial(_wait, attempt, time_left)
    if is_throttled(error):
        return throttles.wait(time_left, pause)
    pause()
    return True


def _wait(attempt: int, time_left: Deadline) -> None:
    """At random, so that who met once do not meet again, and never less than half, so that a service in trouble is not
    asked many times. No longer than there is time for."""
    longest = min(LONGEST_PAUSE, PAUSE * 2**attempt)
    pause = random.uniform(longest / 2, longest)  # noqa: S311 nobody gains by guessing it
    time.sleep(max(0.0, min(pause, time_left.left())))


def _unavailable(operation: str, attempts: int, error: Exception | None) -> Unavailable:
    """Says it in one line, with the setting to mend where one is wrong."""
    if error is None:
        logger.error("DynamoDB %s failed: no time was left", operation)
        return Unavailable(RETRY_AFTER)
    code = code_of(error)
    logger.error("DynamoDB %s failed after %d attempts (%s): %s", operation, attempts, code, explain(error, dynamodb()))
    return Unavailable(RETRY_AFTER, for_everybody=code not in OF_ONE)


def _number(items: Mapping[str, Any]) -> int:
    """Of the items that a batch asks for, or writes."""
    return sum(len(each["Keys"] if isinstance(each, Mapping) else each) for each in items.values())
