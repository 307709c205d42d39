"""What goes wrong between botocore and the service, by botocore's own events: the request is really sent, or not, and
what the caller learns of it is another matter."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore import exceptions
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from accounts.ground import clock as ground_clock
from accounts.ground.dynamodb.client import client_of
from accounts.ground.dynamodb.conf import DynamoDB
from accounts.ground.dynamodb.service import CONNECT, READ, Service
from accounts.ground.dynamodb.state import State
from tests.stores.dynamodb.clock import Clock, real_time

ENDPOINT = "https://dynamodb.invalid"
Send = Callable[[AWSPreparedRequest], AWSResponse]
TARGET = "DynamoDB_20120810."


class Body:
    """As urllib3's response, which botocore reads the answer from."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._content


def answer(body: Mapping[str, Any], status: int = 200) -> AWSResponse:
    headers = {"Content-Type": "application/x-amz-json-1.0"}
    return AWSResponse(ENDPOINT, status, headers, Body(json.dumps(body).encode()))


def failure(code: str, status: int = 400, **more: Any) -> AWSResponse:
    return answer(
        {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "as the test wants it"} | more, status
    )


def operation(request: AWSPreparedRequest) -> str:
    target = request.headers["X-Amz-Target"]
    return (target.decode() if isinstance(target, bytes) else str(target)).removeprefix(TARGET)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`happens`: what the caller gets, who may send the request. `takes`: seconds until the caller knows. `of`: the
    operations that it can happen to; none: all."""

    happens: Callable[[AWSPreparedRequest, Send], AWSResponse]
    takes: float = 0.0
    of: frozenset[str] = frozenset()
    passes: bool = True
    """Whether it may be over a moment later, so that the request is sent again."""
    may_be_done: bool = False
    """Though the caller is told, or thinks, that it was not."""

    def fits(self, name: str) -> bool:
        return not self.of or name in self.of


def told(code: str, status: int = 400, **more: Any) -> Callable[[AWSPreparedRequest, Send], AWSResponse]:
    """An answer of the service, which did nothing."""
    return lambda request, send: failure(code, status, **more)


def raised(error: Exception, *, done: bool = False) -> Callable[[AWSPreparedRequest, Send], AWSResponse]:
    """No answer. `done`: though the service did what was asked."""

    def happens(request: AWSPreparedRequest, send: Send) -> AWSResponse:
        if done:
            send(request)
        raise error

    return happens


def cancelled(reason: str) -> Callable[[AWSPreparedRequest, Send], AWSResponse]:
    def happens(request: AWSPreparedRequest, send: Send) -> AWSResponse:
        count = len(json.loads(request.body)["TransactItems"])
        reasons = [{"Code": "None"} for _ in range(count - 1)] + [{"Code": reason, "Message": "…"}]
        return failure("TransactionCanceledException", CancellationReasons=reasons)

    return happens


def done_but_told(code: str, status: int) -> Callable[[AWSPreparedRequest, Send], AWSResponse]:
    def happens(request: AWSPreparedRequest, send: Send) -> AWSResponse:
        send(request)
        return failure(code, status)

    return happens


def part_of(list_name: str, most: int) -> Callable[[AWSPreparedRequest, Send], AWSResponse]:
    """Of a batch the service does up to `most` of each table, and names the rest."""
    return _leaving(list_name, lambda number, _: number >= most)


def throttled(text: str) -> Callable[[AWSPreparedRequest, Send], AWSResponse]:
    """One key is throttled, which is this text; of a batch all others are done."""

    def has(asked: Any) -> bool:
        return json.dumps(text) in json.dumps(asked)

    def happens(request: AWSPreparedRequest, send: Send) -> AWSResponse:
        name, asked = operation(request), json.loads(request.body)
        if not has(asked):
            return send(request)
        if name in LEFT:
            return _leaving(LEFT[name], lambda _, item: has(item))(request, send)
        return failure("ProvisionedThroughputExceededException")

    return happens


LEFT = {"BatchGetItem": "UnprocessedKeys", "BatchWriteItem": "UnprocessedItems"}


def _leaving(list_name: str, is_left: Callable[[int, Any], bool]) -> Callable[[AWSPreparedRequest, Send], AWSResponse]:
    """`is_left`: of an item's number in its table, and the item."""

    def happens(request: AWSPreparedRequest, send: Send) -> AWSResponse:
        asked = json.loads(request.body)["RequestItems"]
        left: dict[str, Any] = {}
        wanted: dict[str, Any] = {}
        for table, told in asked.items():
            items = told["Keys"] if isinstance(told, dict) else told
            later = [item for number, item in enumerate(items) if is_left(number, item)]
            now = [item for item in items if item not in later]
            left |= {table: {**told, "Keys": later} if isinstance(told, dict) else later} if later else {}
            wanted |= {table: {**told, "Keys": now} if isinstance(told, dict) else now} if now else {}
        done: dict[str, Any] = {"Responses": {}} if list_name == "UnprocessedKeys" else {}
        if wanted:
            request.body = json.dumps({"RequestItems": wanted}).encode()
            request.headers["Content-Length"] = str(len(request.body))
            done = json.loads(send(request).content)
        return answer({**done, list_name: left})

    return happens


WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})
TOGETHER = frozenset({"TransactWriteItems"})
ALONE = WRITES - {"BatchWriteItem"}
GONE = exceptions.ReadTimeoutError(endpoint_url=ENDPOINT)
CLOSED = exceptions.ConnectionClosedError(endpoint_url=ENDPOINT)

FAULTS: Mapping[str, Fault] = {
    "throttled, as 400": Fault(happens=told("ThrottlingException")),
    "throttled, as 400 of the table": Fault(happens=told("ProvisionedThroughputExceededException")),
    "throttled, as 503": Fault(happens=told("ServiceUnavailable", 503)),
    "time-out before it was sent": Fault(
        happens=raised(exceptions.ConnectTimeoutError(endpoint_url=ENDPOINT)), takes=CONNECT
    ),
    "time-out before it was done": Fault(happens=raised(GONE), takes=READ),
    "time-out after it was done": Fault(happens=raised(GONE, done=True), takes=READ, may_be_done=True),
    "lost answer": Fault(happens=raised(CLOSED, done=True), may_be_done=True),
    "half an answer": Fault(
        happens=raised(exceptions.IncompleteReadError(actual_bytes=1, expected_bytes=9), done=True), may_be_done=True
    ),
    "conflict with a transaction": Fault(happens=told("TransactionConflictException"), of=ALONE - TOGETHER),
    "conflict of transactions": Fault(happens=cancelled("TransactionConflict"), of=TOGETHER),
    "conflict with our own retry": Fault(happens=told("TransactionInProgressException"), of=TOGETHER),
    "throttled within a transaction": Fault(happens=cancelled("ThrottlingError"), of=TOGETHER),
    "nothing of a batch": Fault(happens=part_of("UnprocessedItems", 0), of=frozenset({"BatchWriteItem"})),
    "part of a batch": Fault(happens=part_of("UnprocessedItems", 1), of=frozenset({"BatchWriteItem"})),
    "no keys of a batch": Fault(happens=part_of("UnprocessedKeys", 0), of=frozenset({"BatchGetItem"})),
    "some keys of a batch": Fault(happens=part_of("UnprocessedKeys", 1), of=frozenset({"BatchGetItem"})),
    "connection refused": Fault(happens=raised(exceptions.EndpointConnectionError(endpoint_url=ENDPOINT))),
    "kept connection closed by the server": Fault(happens=raised(CLOSED)),
    "name not resolved": Fault(
        happens=raised(exceptions.EndpointConnectionError(endpoint_url=ENDPOINT, error="Name or service not known"))
    ),
    "credentials expired": Fault(happens=told("ExpiredTokenException"), passes=False),
    "credentials cannot be renewed": Fault(
        happens=raised(exceptions.CredentialRetrievalError(provider="x", error_msg="y")), passes=False
    ),
    "access denied": Fault(happens=told("AccessDeniedException"), passes=False),
    "table gone": Fault(happens=told("ResourceNotFoundException"), passes=False),
    "clock off for the signature": Fault(happens=told("InvalidSignatureException"), passes=False),
    "internal error": Fault(happens=told("InternalServerError", 500)),
    "internal error after it was done": Fault(happens=done_but_told("InternalServerError", 500), may_be_done=True),
    "a proxy's page": Fault(
        happens=lambda request, send: AWSResponse(ENDPOINT, 502, {"Content-Type": "text/html"}, Body(b"<html>502"))
    ),
    "another server's page": Fault(
        happens=lambda request, send: AWSResponse(ENDPOINT, 200, {"Content-Type": "text/html"}, Body(b"<html>Welcome"))
    ),
}
"""There is no index that could be throttled, or lag."""


@dataclass(slots=True)
class Wire:
    """Between a client and its service. `asked`: the operations so far, since the last `clear`."""

    client: Any
    sleep: Callable[[float], None]
    asked: list[str] = field(default_factory=list)
    _planned: dict[int, Fault] = field(default_factory=dict)
    _from: tuple[int, Fault] | None = None

    def clear(self) -> None:
        self.asked, self._planned, self._from = [], {}, None

    def once(self, number: int, fault: Fault) -> None:
        """Of the calls from now on this one has the fault; 0 is the next."""
        self.clear()
        self._planned[number] = fault

    def on(self, number: int, fault: Fault) -> None:
        """From this call on all that it can happen to have the fault."""
        self.clear()
        self._from = number, fault

    def before_send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
        number = len(self.asked)
        self.asked.append(name := operation(request))
        fault = self._planned.get(number)
        if self._from is not None and number >= self._from[0] and self._from[1].fits(name):
            fault = self._from[1]
        if fault is None:
            return None
        self.sleep(fault.takes)  # on the clock of the test
        return fault.happens(request, self.client._endpoint.http_session.send)


@contextmanager
def wired(client: Any, sleep: Callable[[float], None]) -> Iterator[Wire]:
    wire = Wire(client, sleep)
    client.meta.events.register("before-send.dynamodb", wire.before_send)
    try:
        yield wire
    finally:
        client.meta.events.unregister("before-send.dynamodb", wire.before_send)


@contextmanager
def wired_state(tables: DynamoDB, region: str, clock: Clock) -> Iterator[tuple[State, Wire]]:
    """What a store of these tables is made of, in a request's real time, with what lies between it and the service."""
    client: Any = client_of(tables, 1)
    with real_time(), wired(client, clock.sleep) as wire:
        yield State(Service(client), tables.prefix, region, ground_clock.now), wire
