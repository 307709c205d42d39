"""A call is sent again while its request has time, and begins nothing that cannot end in it."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from botocore import exceptions
from botocore.parsers import ResponseParserError

from accounts.ground.dynamodb import deadline, service
from accounts.ground.dynamodb.answers import is_throttled
from accounts.ground.dynamodb.service import CONNECT, READ, Service
from accounts.ground.unavailable import Unavailable
from tests.stores.dynamodb.clock import Clock, clock

__all__ = ["clock"]

ENDPOINT = "http://localhost:1"
DONE: dict[str, Any] = {"Attributes": {}}
CONDITION = "ConditionalCheckFailedException"


def answer(code: str, status: int = 400, reasons: tuple[str, ...] = ()) -> exceptions.ClientError:
    said = {"Error": {"Code": code, "Message": "…"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    if reasons:
        said["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return exceptions.ClientError(said, "UpdateItem")


PASSES = {
    "throttled, as 400": answer("ThrottlingException"),
    "throttled, as 400 of the table": answer("ProvisionedThroughputExceededException"),
    "throttled, as 503": answer("ServiceUnavailable", 503),
    "an internal error": answer("InternalServerError", 500),
    "a status of a proxy": answer("502", 502),
    "a conflict": answer("TransactionConflictException"),
    "a conflict within a transaction": answer("TransactionCanceledException", 400, ("None", "TransactionConflict")),
    "throttled within a transaction": answer("TransactionCanceledException", 400, ("ThrottlingError", "None")),
    "no time left to connect": exceptions.ConnectTimeoutError(endpoint_url=ENDPOINT),
    "no answer": exceptions.ReadTimeoutError(endpoint_url=ENDPOINT),
    "refused": exceptions.EndpointConnectionError(endpoint_url=ENDPOINT),
    "closed": exceptions.ConnectionClosedError(endpoint_url=ENDPOINT),
    "reset": exceptions.HTTPClientError(error="reset"),
    "no TLS": exceptions.SSLError(endpoint_url=ENDPOINT, error="x"),
    "a page": ResponseParserError("<html>"),
}
"""What may be over a moment later."""
STAYS = {
    "no right": answer("AccessDeniedException"),
    "unknown credentials": answer("UnrecognizedClientException"),
    "expired credentials": answer("ExpiredTokenException"),
    "a wrong clock": answer("InvalidSignatureException", 403),
    "no table": answer("ResourceNotFoundException"),
    "no credentials": exceptions.NoCredentialsError(),
    "credentials that cannot be renewed": exceptions.CredentialRetrievalError(provider="x", error_msg="y"),
}
"""What is wrong at this node."""
ANSWERS = {
    "a condition": answer(CONDITION),
    "a condition within a transaction": answer(
        "TransactionCanceledException", 400, ("ConditionalCheckFailed", "TransactionConflict")
    ),
    "what nobody may ask": answer("ValidationException"),
}


@pytest.fixture(autouse=True)
def _one_request() -> Iterator[None]:
    with deadline.of_a_request():
        yield


def asked(clock: Clock, failures: list[Exception], takes: float = 0.0) -> tuple[Service, list[float]]:
    """A service that fails in this way, and then answers; and when it was asked."""
    at: list[float] = []

    def update_item(**parameters: Any) -> dict[str, Any]:
        at.append(clock.now)
        clock.now += takes
        if failures:
            raise failures.pop(0)
        return DONE

    return Service(SimpleNamespace(update_item=update_item)), at


@pytest.mark.parametrize("failure", PASSES.values(), ids=PASSES)
def test_what_may_be_over_a_moment_later_is_sent_again(clock: Clock, failure: Exception) -> None:
    ask, at = asked(clock, [failure, failure])
    assert ask("update_item") == DONE
    assert len(at) == 3


@pytest.mark.parametrize("failure", PASSES.values(), ids=PASSES)
@pytest.mark.parametrize(
    ("draws", "takes", "attempts", "throttled"),
    [(min, 0.001, 8, 5), (max, 0.001, 5, 5), (min, 0.3, 4, 4), (max, 0.3, 3, 4), (min, 0.9, 2, 2), (max, 0.9, 2, 2)],
)
def test_a_request_ends_within_its_time_whatever_fails(
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    failure: Exception,
    draws: Callable[[float, float], float],
    takes: float,
    attempts: int,
    throttled: int,
) -> None:
    monkeypatch.setattr(service, "random", SimpleNamespace(uniform=draws))
    ask, at = asked(clock, [failure] * 10_000, takes)
    began = clock.now
    for _ in range(3):
        with pytest.raises(Unavailable):
            ask("update_item")
    assert clock.now - began <= deadline.SECONDS
    assert max(at) - began <= deadline.SECONDS - CONNECT - READ
    assert len(at) == (throttled if is_throttled(failure) else attempts)


@pytest.mark.parametrize("failure", STAYS.values(), ids=STAYS)
def test_what_is_wrong_here_is_told_at_once(clock: Clock, failure: Exception, caplog: pytest.LogCaptureFixture) -> None:
    ask, at = asked(clock, [failure] * 9)
    with pytest.raises(Unavailable):
        ask("update_item")
    assert len(at) == 1
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith("DynamoDB update_item failed after 1 attempts (")


@pytest.mark.parametrize("failure", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_is_the_callers(clock: Clock, failure: Exception) -> None:
    ask, at = asked(clock, [failure])
    with pytest.raises(exceptions.ClientError):
        ask("update_item")
    assert len(at) == 1


def test_a_request_that_begins_has_its_time_anew(clock: Clock) -> None:
    ask, at = asked(clock, [], takes=1.5)
    ask("update_item")
    with pytest.raises(Unavailable):
        ask("update_item")
    deadline.begin()
    ask("update_item")
    assert len(at) == 2


def test_what_a_request_does_between_calls_is_not_counted(clock: Clock) -> None:
    ask, at = asked(clock, [], takes=0.4)
    for _ in range(3):
        ask("update_item")
        clock.now += 60  # to check a password, say
    with pytest.raises(Unavailable):
        ask("update_item")
    assert len(at) == 3


def test_outside_of_requests_each_call_has_as_long(clock: Clock) -> None:
    deadline.end()
    ask, at = asked(clock, [], takes=1.5)
    for _ in range(3):
        ask("update_item")
    assert len(at) == 3


def test_a_batch_is_asked_for_until_all_is_done_or_the_time_is_over(clock: Clock) -> None:
    left = [{"a": [1, 2]}, {"a": [2]}, {}]
    asked: list[Any] = []

    def batch_write_item(**parameters: Any) -> dict[str, Any]:
        asked.append(parameters["RequestItems"])
        return {"UnprocessedItems": left.pop(0)}

    ask = Service(SimpleNamespace(batch_write_item=batch_write_item))
    assert len(list(ask.until_all("batch_write_item", {"a": [0, 1, 2]}, "UnprocessedItems"))) == 3
    assert asked == [{"a": [0, 1, 2]}, {"a": [1, 2]}, {"a": [2]}]
    deadline.end()  # nobody waits with a turn
    left, began = [{"a": [2]}] * 10_000, clock.now
    with pytest.raises(Unavailable):
        list(ask.until_all("batch_write_item", {"a": [2]}, "UnprocessedItems"))
    assert 0.5 < clock.now - began <= deadline.SECONDS


OF_ONE = ("throttled, as 400", "throttled, as 400 of the table", "a conflict", "throttled within a transaction")
"""What was said of the items that were asked for."""


@pytest.mark.parametrize("name", [*PASSES, *STAYS])
def test_only_what_all_meet_is_everybodys(clock: Clock, name: str) -> None:
    ask, _ = asked(clock, [(PASSES | STAYS)[name]] * 10_000, 0.3)
    with pytest.raises(Unavailable) as raised:
        ask("update_item")
    assert raised.value.for_everybody is (name not in (*OF_ONE, "a conflict within a transaction"))


def test_who_has_no_time_left_says_nothing_of_the_service(clock: Clock) -> None:
    ask, _ = asked(clock, [], takes=1.5)
    ask("update_item")
    with pytest.raises(Unavailable) as raised:
        ask("update_item")
    assert not raised.value.for_everybody
