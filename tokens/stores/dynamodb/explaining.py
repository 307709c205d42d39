"""What is wrong where DynamoDB cannot be used: one line, which begins with the setting, or AWS's variable, to mend."""

from collections.abc import Mapping, Sequence

from botocore import exceptions
from botocore.parsers import ResponseParserError

from tokens.conf.dynamodb import DynamoDB

CREDENTIALS = "AWS_ACCESS_KEY_ID, AWS_PROFILE"
CLOCK = "the clock of this machine is wrong: set it by NTP"
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
    "ThrottlingException": "too much is asked of this account's tables at a time: try again",
    "LimitExceededException": "too many tables of this account are being changed, or there are too many: try again",
}
"""What an answer's code means."""
CALLERS: Sequence[tuple[tuple[type[Exception], ...], str]] = (
    ((exceptions.NoRegionError,), "IDP_DYNAMODB_REGION: there is no region: set it, or AWS_REGION"),
    (
        (exceptions.InvalidRegionError, exceptions.UnknownRegionError, exceptions.UnknownEndpointError),
        "IDP_DYNAMODB_REGION: {text}",
    ),
    (
        (exceptions.NoCredentialsError,),
        f"{CREDENTIALS}: there are no credentials, in variables, in AWS's files or of a role",
    ),
    ((exceptions.PartialCredentialsError,), f"{CREDENTIALS}: the credentials are not whole ({{text}})"),
    ((exceptions.ProfileNotFound,), "AWS_PROFILE: {text}"),
    ((exceptions.ConfigParseError, exceptions.ConfigNotFound), "AWS_CONFIG_FILE: {text}"),
    ((exceptions.SSLError,), "{place}, AWS_CA_BUNDLE: {text}"),
    ((exceptions.ProxyConnectionError,), "HTTPS_PROXY: {text}"),
    ((exceptions.HTTPClientError, exceptions.ConnectionError), "{place}: nothing answers there ({text})"),
    ((ResponseParserError,), "{place}: what answers there is not DynamoDB"),
    ((exceptions.BotoCoreError,), f"{CREDENTIALS}: {{text}}"),
)
"""What it means that nothing was answered; the first that is of the error's kind."""
DENIED = frozenset({"AccessDeniedException", "AccessDenied", "NotAuthorized"})
LATE = ("expired", "not yet current")
"""What a refused signature says of itself where the time in it is wrong."""


ERRORS = (exceptions.ClientError, exceptions.BotoCoreError, ResponseParserError)
"""What a call fails with."""


def explain(error: Exception, settings: DynamoDB) -> str:
    """One line, without anything of the credentials."""
    if isinstance(error, exceptions.ClientError):
        return _of_answer(error)
    return _of_caller(error, settings)


def _of_answer(error: exceptions.ClientError) -> str:
    code, message = error.response["Error"].get("Code", ""), _line(error.response["Error"].get("Message", ""))
    if code in DENIED:
        return f"{CREDENTIALS}: the credentials may not do dynamodb:{error.operation_name}"
    if code == "InvalidSignatureException" and any(word in message for word in LATE):
        return CLOCK
    if "KMS" in code or "KMS" in message:
        return f"IDP_DYNAMODB_KMS_KEY: {message}"
    if code in CODES:
        return CODES[code]
    if code.isdigit() or not message:
        return f"IDP_DYNAMODB_ENDPOINT: what answers there is not DynamoDB (status {_status(error)})"
    return f"{error.operation_name} is refused ({code}): {message}"


def _of_caller(error: Exception, settings: DynamoDB) -> str:
    place = "IDP_DYNAMODB_ENDPOINT" if settings.endpoint else "IDP_DYNAMODB_REGION"
    line = next(line for kinds, line in CALLERS if isinstance(error, kinds))
    return line.format(place=place, text=_line(str(error)))


def _status(error: exceptions.ClientError) -> int:
    status: int = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return status


def _line(text: str) -> str:
    return " ".join(text.split())
