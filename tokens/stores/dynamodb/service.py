"""DynamoDB, asked as long as a request has time: what an answer means, and what is sent again.

botocore sends each call once. Here it is sent again where it was not done, or may not have been: every verb that
writes is one that may be done twice (the same item, or one condition with the nonce of its request).
"""

import logging
import random
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from botocore import exceptions

from tokens.stores.base.unavailable import Unavailable
from tokens.stores.dynamodb import deadline

logger = logging.getLogger(__name__)

CONNECT, READ = 0.3, 0.6
"""Seconds that an attempt may take to connect, and to be answered."""
PAUSE = 0.025
"""Seconds before the second attempt, at most twice as many before each further one."""
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
CONDITION = "ConditionalCheckFailed"
"""Of a reason why a transaction was cancelled: an answer, as to a single write."""
REASONS = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded", "None", CONDITION})
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
        call = getattr(self._client, operation)
        return self._until_answered(operation, lambda: call(**parameters))

    def _until_answered(self, operation: str, call: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
        attempt, error = 0, None
        while deadline.left() >= CONNECT + READ:
            attempt += 1
            try:
                return call()
            except (exceptions.BotoCoreError, exceptions.ClientError) as raised:
                error = raised
                if not _is_sent_again(raised):
                    break
            time.sleep(max(0.0, min(_pause(attempt), deadline.left() - CONNECT - READ)))
        raise _unavailable(operation, attempt, error) from error


def _pause(attempt: int) -> float:
    """Seconds, at random, so that who met once do not meet again."""
    return random.uniform(0, PAUSE * 2**attempt)  # noqa: S311 nobody gains by guessing it


def _is_sent_again(error: Exception) -> bool:
    """Raises it where it is an answer."""
    if isinstance(error, NOT_REACHED):
        return True
    if not isinstance(error, exceptions.ClientError):
        return False
    code = error.response["Error"]["Code"]
    if code == "ConditionalCheckFailedException":
        raise error
    if code == "TransactionCanceledException":
        reasons = {reason["Code"] for reason in error.response.get("CancellationReasons", [])}
        if CONDITION in reasons or not reasons <= REASONS:
            raise error
        return True
    if code == "ValidationException":
        raise error
    return code in AGAIN or error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500


def _unavailable(operation: str, attempts: int, error: Exception | None) -> Unavailable:
    """Says it in one line, with the setting that is wrong where that is known."""
    if isinstance(error, exceptions.ClientError):
        code = error.response["Error"]["Code"]
    else:
        code = "no time was left" if error is None else type(error).__name__
    said = f": {SETTINGS[code]}" if code in SETTINGS else ""
    logger.error("DynamoDB %s failed after %d attempts (%s)%s", operation, attempts, code, said)
    return Unavailable(RETRY_AFTER)
