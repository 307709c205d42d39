"""DynamoDB, asked as long as a request has time: what an answer means, and what is sent again.

botocore sends each call once. Here it is sent again where it was not done, or may not have been: every verb that
writes is one that may be done twice (the same item, or one condition with the nonce of its request).
"""

import logging
import random
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from botocore import exceptions

from tokens.stores.base.unavailable import Unavailable
from tokens.stores.dynamodb import deadline
from tokens.stores.dynamodb.deadline import Deadline

logger = logging.getLogger(__name__)

CONNECT, READ = 0.3, 0.6
"""Seconds that an attempt may take to connect, and to be answered."""
PAUSE, LONGEST_PAUSE = 0.025, 0.4
"""Seconds, twice as many after each attempt: the most that is waited before the next, and the most of all."""
RETRY_AFTER = timedelta(seconds=2)

AGAIN = frozenset(
    {
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "LimitExceededException",
        "TransactionConflictException",
        "TransactionInProgressException",
        "InternalServerError",
        "InternalFailure",
        "ServiceUnavailable",
        "RequestTimeout",
        "RequestTimeoutException",
    }
)
"""Codes of answers after which the same call may well succeed a moment later."""
CONDITION_FAILED, CANCELLED = "ConditionalCheckFailedException", "TransactionCanceledException"
CONDITION = "ConditionalCheckFailed"
"""Of a reason why a transaction was cancelled: an answer, as to a single write."""
REASONS = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded", "None", CONDITION})
OF_ONE = frozenset(
    {
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "TransactionConflictException",
        "TransactionInProgressException",
        CANCELLED,
    }
)
"""Codes that tell of the items that were asked for, and nothing of others."""
NOT_REACHED = (
    exceptions.HTTPClientError,
    exceptions.ConnectionError,
    exceptions.ResponseStreamingError,
    exceptions.IncompleteReadError,
)
"""Nobody knows whether the call was done."""
SETTINGS: Mapping[str, str] = {
    "AccessDeniedException": "IDP_DYNAMODB_REGION, AWS_PROFILE and the like: the credentials may not do this",
    "UnrecognizedClientException": "the credentials are unknown in this region: IDP_DYNAMODB_REGION",
    "InvalidSignatureException": "the credentials or the machine's clock are wrong",
    "ExpiredTokenException": "the credentials have expired",
    "ResourceNotFoundException": "IDP_DYNAMODB_PREFIX: a table is missing; `manage.py dynamodb status` tells which",
}
"""What is wrong at this node, where an answer says so."""


class Service:
    """`client`: botocore's, told to try once, with CONNECT and READ for its time-outs."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __call__(self, operation: str, /, **parameters: Any) -> Mapping[str, Any]:
        """The answer. Raises Unavailable, where there is none in time, and ClientError for what is an answer of its
        own: a condition that does not hold, or a transaction cancelled by one."""
        return self._until_answered(operation, parameters, deadline.current())

    def until_all(self, operation: str, items: Mapping[str, Any], left: str) -> Iterator[Mapping[str, Any]]:
        """The answers to a batch: what the service left, which `left` names, is asked for until nothing is. Raises
        Unavailable, where some is left at the end of the time."""
        time_left, attempt = deadline.current(), 0
        while items:
            if attempt:
                _wait(attempt, time_left)
            answer = self._until_answered(operation, {"RequestItems": items}, time_left)
            yield answer
            items, attempt = answer.get(left) or {}, attempt + 1

    def _until_answered(self, operation: str, parameters: Mapping[str, Any], time_left: Deadline) -> Mapping[str, Any]:
        """Begins nothing that cannot end in the time."""
        call = getattr(self._client, operation)
        attempt, error = 0, None
        while time_left.left() >= CONNECT + READ:
            attempt += 1
            try:
                answer: Mapping[str, Any] = call(**parameters)
            except (exceptions.BotoCoreError, exceptions.ClientError) as raised:
                error = raised
                if not _is_sent_again(raised):
                    break
                _wait(attempt, time_left)
            else:
                return answer
        raise _unavailable(operation, attempt, error) from error


def _wait(attempt: int, time_left: Deadline) -> None:
    """At random, so that who met once do not meet again. No longer than there is time for."""
    pause = random.uniform(PAUSE / 2, min(LONGEST_PAUSE, PAUSE * 2**attempt))  # noqa: S311 nobody gains by guessing it
    time.sleep(max(0.0, min(pause, time_left.left())))


def _is_sent_again(error: Exception) -> bool:
    """Raises it where it is an answer."""
    if isinstance(error, NOT_REACHED):
        return True
    if not isinstance(error, exceptions.ClientError):
        return False
    code = error.response["Error"]["Code"]
    if code == CONDITION_FAILED:
        raise error
    if code == CANCELLED:
        reasons = {reason["Code"] for reason in error.response.get("CancellationReasons", [])}
        if CONDITION in reasons or not reasons <= REASONS:
            raise error
        return True
    if code == "ValidationException":
        raise error
    return code in AGAIN or error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500


def wrong_here(error: BaseException | None) -> str | None:
    """What of this node's settings is wrong, where that is why the service refused."""
    return SETTINGS.get(error.response["Error"]["Code"]) if isinstance(error, exceptions.ClientError) else None


def _unavailable(operation: str, attempts: int, error: Exception | None) -> Unavailable:
    """Says it in one line, with the setting that is wrong where that is known."""
    if isinstance(error, exceptions.ClientError):
        code = error.response["Error"]["Code"]
    else:
        code = "no time was left" if error is None else type(error).__name__
    wrong = wrong_here(error)
    said = f": {wrong}" if wrong is not None else ""
    logger.error("DynamoDB %s failed after %d attempts (%s)%s", operation, attempts, code, said)
    return Unavailable(RETRY_AFTER, for_everybody=error is not None and code not in OF_ONE)
