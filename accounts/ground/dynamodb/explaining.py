"""What is wrong where DynamoDB cannot be used: one line, which begins with the setting, or AWS's variable, to mend, if
one is.

All who tell of it tell this: the commands and the start of a node, the log of a request, readiness.
"""

from collections.abc import Mapping, Sequence

from botocore import exceptions
from botocore.parsers import ResponseParserError

from accounts.ground.dynamodb.answers import code_of, is_throttled
from accounts.ground.dynamodb.conf import DynamoDB

CREDENTIALS = "AWS_ACCESS_KEY_ID, AWS_PROFILE"
CLOCK = "the clock of this machine is wrong: set it by NTP"
TOO_MUCH = "more is asked of these items, or of the account's tables, than they serve: try again"
BROKEN = "the service has an error of its own: try again"
MET = "two wrote the same at once: try again"
CODES: Mapping[str, str] = {
    "UnrecognizedClientException": f"{CREDENTIALS}: the credentials are unknown in this region",
    "InvalidClientTokenId": f"{CREDENTIALS}: the credentials are unknown in this region",
    "MissingAuthenticationTokenException": f"{CREDENTIALS}: there are no credentials",
    "IncompleteSignatureException": f"{CREDENTIALS}: the credentials cannot be used",
    "InvalidSignatureException": f"AWS_SECRET_ACCESS_KEY: the signature is wrong: another secret, or {CLOCK}",
    "ExpiredTokenException": "AWS_SESSION_TOKEN: the credentials have expired",
    "ExpiredToken": "AWS_SESSION_TOKEN: the credentials have expired",
    "RequestExpired": CLOCK,
    "RequestTimeTooSkewed": CLOCK,
    "OptInRequired": "IDP_DYNAMODB_REGION: this account may not use the region",
    "SubscriptionRequiredException": "IDP_DYNAMODB_REGION: this account may not use DynamoDB",
    "ResourceNotFoundException": "IDP_DYNAMODB_PREFIX: there is no such table: `manage.py dynamodb status` tells which",
    "UnknownOperationException": "IDP_DYNAMODB_ENDPOINT: what answers there does not know what was asked",
    "LimitExceededException": "too many tables of this account are being changed, or there are too many: try again",
    "TransactionCanceledException": MET,
    "TransactionConflictException": MET,
    "TransactionInProgressException": MET,
    "InternalServerError": BROKEN,
    "InternalFailure": BROKEN,
    "ServiceUnavailable": BROKEN,
    "RequestTimeout": BROKEN,
    "RequestTimeoutException": BROKEN,
}
"""What an answer's code means."""
CALLERS: Sequence[tuple[tuple[type[Exception], ...], str]] = (
    ((exceptions.NoRegionError,), "IDP_DYNAMODB_REGION: there is no region: set it, or AWS_REGION"),
    (
        (exceptions.InvalidRegionError, exceptions.UnknownRegionError, exceptions.UnknownEndpointError),
        "IDP_DYNAMODB_REGION: there is no such region",
    ),
    (
        (exceptions.NoCredentialsError,),
        f"{CREDENTIALS}: there are no credentials, in variables, in AWS's files or of a role",
    ),
    ((exceptions.PartialCredentialsError,), f"{CREDENTIALS}: the credentials are not whole"),
    ((exceptions.ProfileNotFound,), "AWS_PROFILE: there is no such profile"),
    ((exceptions.ConfigParseError, exceptions.ConfigNotFound), "AWS_CONFIG_FILE: it cannot be read"),
    ((exceptions.SSLError,), "{place}, AWS_CA_BUNDLE: there is no TLS with what answers there"),
    ((exceptions.ProxyConnectionError,), "HTTPS_PROXY: the proxy cannot be reached"),
    (
        (
            exceptions.HTTPClientError,
            exceptions.ConnectionError,
            exceptions.ResponseStreamingError,
            exceptions.IncompleteReadError,
        ),
        "{place}: nothing answers there",
    ),
    ((ResponseParserError,), "{place}: what answers there is not DynamoDB"),
    ((exceptions.BotoCoreError,), f"{CREDENTIALS}: the credentials cannot be had"),
)
"""What it means that nothing was answered; the first that is of the error's kind."""
SAY_IT_ALL = (exceptions.NoRegionError, exceptions.NoCredentialsError, ResponseParserError)
"""Errors whose own text says no more, or is somebody's page."""
DENIED = frozenset({"AccessDeniedException", "AccessDenied", "NotAuthorized"})
LATE = ("expired", "not yet current")
"""What a refused signature says of itself where the time in it is wrong."""


ERRORS = (exceptions.ClientError, exceptions.BotoCoreError, ResponseParserError)
"""What a call fails with."""


def explain(error: Exception, settings: DynamoDB) -> str:
    """One line for an operator, without anything of the credentials. Others' words stand in brackets at its end."""
    said, words = _read(error, settings)
    return f"{said} ({words})" if words else said


def explain_to_anybody(error: Exception, settings: DynamoDB) -> str:
    """The same for anybody: without others' words, in which there may be addresses, paths and names of ours."""
    return _read(error, settings)[0]


def _read(error: Exception, settings: DynamoDB) -> tuple[str, str]:
    """What is wrong, and in whose words else."""
    place = "IDP_DYNAMODB_ENDPOINT" if settings.endpoint else "IDP_DYNAMODB_REGION"
    if isinstance(error, exceptions.ClientError):
        return _of_answer(error, place)
    said = next(line for kinds, line in CALLERS if isinstance(error, kinds)).format(place=place)
    return said, "" if isinstance(error, SAY_IT_ALL) else _line(str(error))


def _of_answer(error: exceptions.ClientError, place: str) -> tuple[str, str]:
    code, message = code_of(error), _line(error.response["Error"].get("Message", ""))
    if code in DENIED:
        return f"{CREDENTIALS}: the credentials may not do dynamodb:{error.operation_name}", ""
    if code == "InvalidSignatureException" and any(word in message for word in LATE):
        return CLOCK, ""
    if "KMS" in code or "KMS" in message:
        return "IDP_DYNAMODB_KMS_KEY: it cannot be used", message
    if is_throttled(error):
        return TOO_MUCH, ""
    if code in CODES:
        return CODES[code], ""
    if code.isdigit() or not message:
        return f"{place}: what answers there is not DynamoDB (status {_status(error)})", ""
    return f"{error.operation_name} is refused: {code}", message


def _status(error: exceptions.ClientError) -> int:
    status: int = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return status


def _line(text: str) -> str:
    return " ".join(text.split())
