"""What DynamoDB answers to what is wrong here is one line, which names what to mend and nothing of the credentials."""

import pytest
from botocore import exceptions
from botocore.parsers import ResponseParserError

from tokens.conf.dynamodb import DynamoDB
from tokens.stores.dynamodb.explaining import ERRORS, explain

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
        "IDP_DYNAMODB_KMS_KEY: KMS key arn:aws:kms:… does not exist",
    ),
    "another value": (
        answer("ValidationException", "1 validation error\ndetected"),
        "CreateTable is refused (ValidationException): 1 validation error detected",
    ),
    "too much": (
        answer("ThrottlingException"),
        "too much is asked of this account's tables at a time: try again",
    ),
    "another server": (
        answer("404", "Not Found", 404),
        "IDP_DYNAMODB_ENDPOINT: what answers there is not DynamoDB (status 404)",
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
        "IDP_DYNAMODB_REGION, AWS_CA_BUNDLE: SSL validation failed for https://x self-signed certificate",
    ),
    "a role that gives none": (
        exceptions.CredentialRetrievalError(provider="assume-role", error_msg="no"),
        f"{WHO}: Error when retrieving credentials from assume-role: no",
    ),
    "a proxy": (
        exceptions.ProxyConnectionError(proxy_url="http://proxy:3128"),
        'HTTPS_PROXY: Failed to connect to proxy URL: "http://proxy:3128"',
    ),
    "a file that cannot be read": (
        exceptions.ConfigParseError(path="/x"),
        "AWS_CONFIG_FILE: Unable to parse config file: /x",
    ),
}


@pytest.mark.parametrize("wrong", LINES)
def test_it_is_one_line_that_names_what_to_mend(wrong: str) -> None:
    error, line = LINES[wrong]
    assert isinstance(error, ERRORS)
    assert explain(error, DynamoDB()) == line


def test_who_named_an_endpoint_is_told_of_that_one() -> None:
    error = exceptions.EndpointConnectionError(endpoint_url="http://127.0.0.1:1/")
    assert explain(error, DynamoDB(endpoint="http://127.0.0.1:1")).startswith("IDP_DYNAMODB_ENDPOINT: ")
