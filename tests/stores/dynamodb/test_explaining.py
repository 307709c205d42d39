"""What DynamoDB answers to what is wrong here is one line, which names what to mend and nothing of the credentials."""

import re
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from botocore import exceptions
from botocore.parsers import ResponseParserError
from django.conf import settings

from accounts.ground.dynamodb import answers, deadline
from accounts.ground.dynamodb.conf import DynamoDB
from accounts.ground.dynamodb.explaining import ERRORS, explain, explain_to_anybody
from accounts.ground.dynamodb.service import Service
from accounts.ground.dynamodb.state import State
from accounts.ground.unavailable import Unavailable
from tests.stores.dynamodb.clock import Clock, clock
from tokens.stores.dynamodb.readiness import checks

__all__ = ["clock"]

WHO = "AWS_ACCESS_KEY_ID, AWS_PROFILE"
CLOCK = "the clock of this machine is wrong: set it by NTP"


def answer(code: str, message: str = "…", status: int = 400) -> exceptions.ClientError:
    said = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return exceptions.ClientError(said, "CreateTable")


LINES: dict[str, tuple[Exception, str]] = {
    "unknown credentials": (
        answer("UnrecognizedClientException", "The security token included in the request is invalid."),
        f"{WHO}: the credentials are unknown in this region",
    ),
    "another secret": (
        answer("InvalidSignatureException", "The request signature we calculated does not match: AKIA s3cr3t"),
        f"AWS_SECRET_ACCESS_KEY: the signature is wrong: another secret, or {CLOCK}",
    ),
    "a clock that is late": (
        answer("InvalidSignatureException", "Signature expired: 20261127T180000Z is now earlier than 20261127T181000Z"),
        CLOCK,
    ),
    "a clock that is early": (answer("InvalidSignatureException", "Signature not yet current: 2026…"), CLOCK),
    "expired credentials": (
        answer("ExpiredTokenException", "The security token included in the request is expired"),
        "AWS_SESSION_TOKEN: the credentials have expired",
    ),
    "no right": (
        answer("AccessDeniedException", "User: arn:aws:sts::111122223333:x is not authorized to perform"),
        f"{WHO}: the credentials may not do dynamodb:CreateTable",
    ),
    "a region that is off": (
        answer("OptInRequired"),
        "IDP_DYNAMODB_REGION: this account may not use the region",
    ),
    "no such table": (
        answer("ResourceNotFoundException"),
        "IDP_DYNAMODB_PREFIX: there is no such table: `manage.py dynamodb status` tells which",
    ),
    "no such key": (
        answer("ValidationException", "KMS key\n arn:aws:kms:… does not exist"),
        "IDP_DYNAMODB_KMS_KEY: it cannot be used (KMS key arn:aws:kms:… does not exist)",
    ),
    "another value": (
        answer("ValidationException", "1 validation error\ndetected"),
        "CreateTable is refused: ValidationException (1 validation error detected)",
    ),
    "too much": (
        answer("ThrottlingException"),
        "more is asked of these items, or of the account's tables, than they serve: try again",
    ),
    "an error of its own": (
        answer("InternalServerError", status=500),
        "the service has an error of its own: try again",
    ),
    "a conflict": (answer("TransactionCanceledException"), "two wrote the same at once: try again"),
    "another server": (
        answer("404", "Not Found", 404),
        "IDP_DYNAMODB_REGION: what answers there is not DynamoDB (status 404)",
    ),
    "a page": (ResponseParserError("<html>"), "IDP_DYNAMODB_REGION: what answers there is not DynamoDB"),
    "another operation": (
        answer("UnknownOperationException"),
        "IDP_DYNAMODB_ENDPOINT: what answers there does not know what was asked",
    ),
    "no answer": (
        exceptions.ReadTimeoutError(endpoint_url="https://dynamodb.eu-central-1.amazonaws.com/"),
        "IDP_DYNAMODB_REGION: nothing answers there (Read timeout on endpoint URL:"
        ' "https://dynamodb.eu-central-1.amazonaws.com/")',
    ),
    "another authority": (
        exceptions.SSLError(endpoint_url="https://x", error="self-signed certificate"),
        "IDP_DYNAMODB_REGION, AWS_CA_BUNDLE: there is no TLS with what answers there (SSL validation failed for https://x"
        " self-signed certificate)",
    ),
    "a role that gives none": (
        exceptions.CredentialRetrievalError(provider="assume-role", error_msg="no"),
        f"{WHO}: the credentials cannot be had (Error when retrieving credentials from assume-role: no)",
    ),
    "a proxy": (
        exceptions.ProxyConnectionError(proxy_url="http://proxy:3128"),
        'HTTPS_PROXY: the proxy cannot be reached (Failed to connect to proxy URL: "http://proxy:3128")',
    ),
    "a file that cannot be read": (
        exceptions.ConfigParseError(path="/x"),
        "AWS_CONFIG_FILE: it cannot be read (Unable to parse config file: /x)",
    ),
}


@pytest.mark.parametrize("wrong", LINES)
def test_it_is_one_line_that_names_what_to_mend(wrong: str) -> None:
    error, line = LINES[wrong]
    assert isinstance(error, ERRORS)
    assert explain(error, DynamoDB()) == line


OF_OTHERS = re.compile(r" \((?!status).*\)$")
"""Words of others."""


@pytest.mark.parametrize("wrong", LINES)
def test_anybody_is_told_the_same_but_for_the_words_of_others(wrong: str) -> None:
    error, line = LINES[wrong]
    assert explain_to_anybody(error, DynamoDB()) == OF_OTHERS.sub("", line)
    assert not re.search("arn:|://|/x|expired:|3128", explain_to_anybody(error, DynamoDB()))


OPERATORS = frozenset({"another value", "no such key"})
"""What no request asks for: only who makes tables is told so."""


@pytest.mark.parametrize("wrong", LINES.keys() - OPERATORS)
def test_the_log_of_a_request_and_readiness_tell_the_same(
    wrong: str, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    error, line = LINES[wrong]

    def fails(**_: object) -> None:
        raise error

    service = Service(SimpleNamespace(batch_get_item=fails))
    state = State(service, "a.", "0", lambda: datetime(2027, 1, 1, tzinfo=UTC))
    there = settings.DYNAMODB
    assert checks(state)["store"]() == explain_to_anybody(error, there)
    with pytest.raises(Unavailable), deadline.of_a_request():
        service("batch_get_item")
    of_readiness, of_request = [record.getMessage() for record in caplog.records]
    for told in (of_readiness, of_request):
        assert re.sub(r"^DynamoDB batch_get_item failed after \d+ attempts \(\w+\): ", "", told) == explain(
            error, there
        )
    assert explain(error, DynamoDB()) == line


def test_each_code_after_which_is_sent_again_has_its_line() -> None:
    for code in answers.AGAIN | {answers.CANCELLED}:
        assert not explain(answer(code), DynamoDB()).startswith("CreateTable is refused")


def test_who_named_an_endpoint_is_told_of_that_one() -> None:
    error = exceptions.EndpointConnectionError(endpoint_url="http://127.0.0.1:1/")
    assert explain(error, DynamoDB(endpoint="http://127.0.0.1:1")).startswith("IDP_DYNAMODB_ENDPOINT: ")
