"""What an answer of the service says, or that there was none: whether the same call may succeed a moment later, and of
whom it tells."""

from botocore import exceptions
from botocore.parsers import ResponseParserError

THROTTLED = frozenset(
    {
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
    }
)
"""Codes of what is asked for more often than it is served."""
AGAIN = THROTTLED | {
    "LimitExceededException",
    "TransactionConflictException",
    "TransactionInProgressException",
    "InternalServerError",
    "InternalFailure",
    "ServiceUnavailable",
    "RequestTimeout",
    "RequestTimeoutException",
}
"""Codes of answers after which the same call may well succeed a moment later."""
CONDITION_FAILED, CANCELLED = "ConditionalCheckFailedException", "TransactionCanceledException"
CONDITION = "ConditionalCheckFailed"
"""Of a reason why a transaction was cancelled: an answer, as to a single write."""
REASONS_THROTTLED = frozenset({"ThrottlingError", "ProvisionedThroughputExceeded"})
REASONS = REASONS_THROTTLED | {"TransactionConflict", "None", CONDITION}
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
    ResponseParserError,
)
"""Nobody knows whether the call was done."""


def code_of(error: Exception) -> str:
    """Where nothing was answered, the name of what failed."""
    return str(error.response["Error"]["Code"]) if isinstance(error, exceptions.ClientError) else type(error).__name__


def is_throttled(error: Exception) -> bool:
    return code_of(error) in THROTTLED or not REASONS_THROTTLED.isdisjoint(_reasons(error))


def is_sent_again(error: Exception) -> bool:
    """Raises it where it is an answer."""
    if isinstance(error, NOT_REACHED):
        return True
    if not isinstance(error, exceptions.ClientError):
        return False
    code = code_of(error)
    if code in (CONDITION_FAILED, "ValidationException"):
        raise error
    if code == CANCELLED:
        reasons = _reasons(error)
        if CONDITION in reasons or not reasons <= REASONS:
            raise error
        return True
    return code in AGAIN or error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500


def _reasons(error: Exception) -> frozenset[str]:
    """Why a transaction was cancelled."""
    said = error.response.get("CancellationReasons", []) if isinstance(error, exceptions.ClientError) else []
    return frozenset(reason["Code"] for reason in said)
