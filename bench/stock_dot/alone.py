"""Figures of one request at a time, in this process, by Django's test client."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.contrib.auth.hashers import check_password, make_password
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from stock_dot import seed
from tests.support.messages import FORM_TYPE, Registered, authorization_request

TRANSACTION_CONTROL = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")
TIMED_CALLS = 7

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Statements:
    data: int
    transaction_control: int
    """BEGIN, COMMIT, SAVEPOINT, RELEASE."""

    def __str__(self) -> str:
        return f"{self.data} data statements, {self.data + self.transaction_control} with transaction control"


def _statements(call: Callable[[], Result]) -> tuple[Result, Statements]:
    with CaptureQueriesContext(connection) as queries:
        result = call()
    control = sum(query["sql"].startswith(TRANSACTION_CONTROL) for query in queries.captured_queries)
    return result, Statements(len(queries) - control, control)


def _post(path: str, form: dict[str, str], headers: dict[str, str]) -> dict[str, Any]:
    response = Client(headers=headers).post(path, urlencode(form), content_type=FORM_TYPE)
    assert response.status_code == 200, (path, response.status_code, response.content)
    body: dict[str, Any] = response.json()
    return body


def exchange_and_refresh(client: seed.StockClient) -> tuple[Statements, Statements]:
    """What a code exchange takes of the database, and the refresh that follows it."""
    headers = client.authorization()
    form = seed.code_form(client, seed.authorization_code(client))
    tokens, exchange = _statements(lambda: _post("/o/token/", form, headers))
    assert "id_token" in tokens
    form = seed.refresh_form(client, tokens["refresh_token"])
    _, refresh = _statements(lambda: _post("/o/token/", form, headers))
    return exchange, refresh


def prompt_none_without_session(scope: str) -> str:
    """What a relying party gets that asks, without a page, whether somebody is signed in. Due: login_required."""
    client = Registered(seed.public_client().client_id, redirect_uri=seed.REDIRECT_URI)
    query = authorization_request(client, scope=scope, nonce=None, prompt="none")
    return _outcome(Client(raise_request_exception=False).get("/o/authorize/", query))


def device_authorization() -> str:
    """What a device gets that asks for its codes (RFC 8628 §3.1). Due: 200."""
    form = {"client_id": seed.device_client().client_id, "scope": "openid"}
    device = Client(raise_request_exception=False)
    return _outcome(device.post("/o/device-authorization/", urlencode(form), content_type=FORM_TYPE))


def _outcome(response: Any) -> str:
    if response.status_code >= 500:
        exception = response.exc_info[0].__name__ if response.exc_info else "no exception"
        return f"{response.status_code} ({exception})"
    if response.status_code == 302:
        return f"302 {response['Location'].partition('?')[2]}"
    return str(response.status_code)


def password_hash() -> float:
    """Milliseconds of one check of a client secret by Django's default hasher."""
    stored = make_password("secret")
    return _milliseconds(lambda: check_password("secret", stored))


def client_credentials(*, hash_client_secret: bool) -> float:
    """Milliseconds of a token for a machine."""
    client = seed.machine_client(hash_client_secret=hash_client_secret)
    form = {"grant_type": "client_credentials", "scope": "introspection"}
    return _milliseconds(lambda: _post("/o/token/", form, client.authorization()))


def introspection(*, hash_client_secret: bool) -> float:
    """Milliseconds of an introspection by a resource server that authenticates as a client."""
    client = seed.machine_client(hash_client_secret=hash_client_secret)
    form = {"token": _access_token()}
    return _milliseconds(lambda: _post("/o/introspect/", form, client.authorization()))


def userinfo() -> float:
    """Milliseconds of userinfo: a Bearer token and no client authentication."""
    headers = {"Authorization": f"Bearer {_access_token()}"}
    return _milliseconds(lambda: _post("/o/userinfo/", {}, headers))


def _access_token() -> str:
    client = seed.public_client()
    return str(_post("/o/token/", seed.code_form(client, seed.authorization_code(client)), {})["access_token"])


def _milliseconds(call: Callable[[], object]) -> float:
    """The median of a few calls, after one that warms up."""
    call()
    taken = []
    for _ in range(TIMED_CALLS):
        start = time.perf_counter()
        call()
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)
