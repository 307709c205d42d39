"""What a request costs: SQL statements as exact numbers, and what must never happen on the hot paths."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, PBKDF2PasswordHasher
from django.db import close_old_connections, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from joserfc.jwk import ECKey, OctKey, RSAKey

from accounts.models import LoginSession, User
from idp.postgresql.connection import Connection
from tests.endpoints.hot_paths import APIS, Ask
from tests.support.builders import register
from tests.support.endpoints import location, post, tokens_of
from tests.support.held import held
from tests.support.messages import (
    TOKEN,
    Registered,
    basic,
)
from tokens.grants import GRANTS
from tokens.issuer import WRITTEN_AS
from tokens.keys import local
from tokens.protocol import client_authentication, records

SESSION = 1
METHODS = {
    "client_secret_basic": 0,
    "client_secret_post": 0,
    # That the assertion is new.
    "private_key_jwt": 1,
    "none": 0,
}
"""What each client authentication costs beyond the look at the client."""

FORMATS = {
    "jwt": 0,
    # Its row: written once, read whenever it is shown.
    "opaque": 1,
}
SIGN_OUT = SESSION + 7
"""The client, the sign-in's end, the journal, who is to be told, the second look, the session's data,
and for our page alone, who could not be told. One more for the notices, where anybody is told."""
PERSON = 1
"""The person's claims, which the ID token says."""

EXCHANGE = {
    "code": 3 + PERSON,
    "refresh, rotating": 4 + PERSON,
    "refresh, not rotating": 3 + PERSON,
    "retry of a refresh": 5 + PERSON,
}
ISSUED = {
    **{f"{grant} by {method}": cost + more for grant, cost in EXCHANGE.items() for method, more in METHODS.items()},
    **{f"client_credentials by {method}": 1 + more for method, more in METHODS.items() if method != "none"},
    **{f"code for a resource, {each}": 3 + PERSON + more for each, more in FORMATS.items()},
    **{f"refresh for a resource, {each}": 4 + PERSON + more for each, more in FORMATS.items()},
    **{f"client_credentials for a resource, {each}": 1 + more for each, more in FORMATS.items()},
    "code, claims asked for one by one": 3 + PERSON,
    "code, no claims in the ID token": 3,
    "code, for some groups": 3 + PERSON,
    "refresh, not rotating, for some groups": 3 + PERSON,
}
SHOWN = {
    **{f"userinfo, {each}": 2 + more for each, more in FORMATS.items()},
    "userinfo, for some groups": 2,
    "userinfo, signed": 2,
    **{f"introspection, {each} of a person": 2 + more for each, more in FORMATS.items()},
    **{f"introspection, {each} of a machine": 2 + more for each, more in FORMATS.items()},
    # What the API wants to be told, and the person's name (RFC 7662 §2.2).
    **{f"introspection by the API, {each} of a person": 3 + more for each, more in FORMATS.items()},
    "introspection, for some groups": 2 + PERSON,
    # Their groups come with their name.
    "introspection by the API, for some groups": 2 + PERSON,
    "introspection, refresh token": 3,
    "introspection, refresh token with its hint": 3,
    "introspection, refresh token, for some groups": 3 + PERSON,
    "introspection, an opaque token that never was": 2,
    "introspection, a refresh token that never was": 2,
    "introspection, no token at all": 1,
    "revocation, jwt": 2,
    "revocation, opaque": 3,
    "revocation, opaque with its hint": 3,
    "revocation, refresh token": 3,
    "revocation, an opaque token that never was": 2,
    "revocation, a refresh token that never was": 2,
    "revocation, no token at all": 1,
}
BUDGETS = {
    "authorize, signed in, consent remembered": SESSION + 3,
    "authorize, prompt=none": SESSION + 3,
    "authorize, with all that needs no statement of its own": SESSION + 3,
    "authorize, for a resource": SESSION + 3,
    "authorize, for some groups": SESSION + 3 + PERSON,
    **ISSUED,
    **SHOWN,
    "jwks": 0,
    "discovery": 0,
}
TRANSACTION = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
UNITS = {
    **dict.fromkeys(BUDGETS, 0),
    # What consumes something and adds what it is exchanged for is one act: a statement begins it and one ends it.
    **{name: 1 for name in ISSUED if not name.startswith(("client_credentials", "refresh, not rotating"))},
}
"""Transactions of each."""
HELD = {
    # The successor, which travels with the question who the person is.
    **{name: 1 for name in ISSUED if name.startswith(("refresh, rotating", "refresh for a resource"))},
}
OPAQUE = ("code for a resource, opaque", "refresh for a resource, opaque")
"""Their token's row travels with COMMIT."""
ROUND_TRIPS = {name: cost + UNITS[name] - HELD.get(name, 0) - (name in OPAQUE) for name, cost in BUDGETS.items()}
"""How often each waits for the database. BEGIN never travels alone."""


@pytest.fixture(autouse=True)
def the_signers_clock_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys are read again after `local.RELOAD` seconds: on a slow machine within a request that is counted."""
    monkeypatch.setattr(local, "time", SimpleNamespace(monotonic=lambda: 0.0))


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the budgets are counted on PostgreSQL")
@pytest.mark.server("the budgets are counted on PostgreSQL")
@pytest.mark.sql("it counts its statements")
@pytest.mark.parametrize("told", [0, 1, 20])
def test_a_sign_out_costs_the_same_however_many_clients_are_told(
    browser: Client, anybody: Client, alice: User, web: Registered, told: int
) -> None:
    sid = LoginSession.objects.get(user=alice).sid
    hint = tokens_of(anybody, web, alice.pk, sid=sid)["id_token"]
    for _ in range(told):
        tokens_of(anybody, register(backchannel_logout_uri="https://rp.example/logout"), alice.pk, sid=sid)
    with CaptureQueriesContext(connection) as captured:
        answer = browser.get("/oauth2/logout", {"id_token_hint": hint})
    assert answer.status_code == 200
    assert len(held(records.LogoutDelivery)) == told
    made = [sql for query in captured if not (sql := query["sql"]).startswith(TRANSACTION)]
    assert len(made) == SIGN_OUT + (1 if told else 0), made


def test_every_grant_authentication_and_format_has_its_budget() -> None:
    assert tuple(METHODS) == tuple(client_authentication.METHODS)
    assert FORMATS.keys() == APIS.keys() == WRITTEN_AS.keys()
    assert GRANTS.keys() == {"authorization_code", "refresh_token", "client_credentials"}, "it needs a line above"


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the budgets are counted on PostgreSQL")
@pytest.mark.server("the budgets are counted on PostgreSQL")
@pytest.mark.sql("it counts its statements")
def test_each_request_makes_exactly_the_statements_of_its_budget(warm: dict[str, Ask]) -> None:
    made, units = {}, {}
    for name, ask in warm.items():
        with CaptureQueriesContext(connection) as captured:
            answer = ask()
        assert answer.status_code in (200, 303)
        assert answer.status_code == 200 or "code" in location(answer)[1]
        assert not name.startswith("introspection") or answer.json()["active"] is not (
            " no " in name or "never" in name
        )
        made[name] = [sql for query in captured if not (sql := query["sql"]).startswith(TRANSACTION)]
        units[name] = (len(captured) - len(made[name])) / 2
    assert units == UNITS
    assert {name: len(statements) for name, statements in made.items()} == BUDGETS, made


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL has what travels with others")
@pytest.mark.server("only PostgreSQL has what travels with others")
@pytest.mark.sql("it counts its statements")
def test_each_request_waits_for_the_database_exactly_so_often(warm: dict[str, Ask], waits: list[str]) -> None:
    made = {}
    for name, ask in warm.items():
        waits.clear()
        assert ask().status_code in (200, 303)
        made[name] = len(waits)
    assert made == ROUND_TRIPS


def test_no_request_loads_a_key_or_hashes_a_password(warm: dict[str, Ask], monkeypatch: pytest.MonkeyPatch) -> None:
    done = _trip_on_keys_and_passwords(monkeypatch)
    assert {name: status for name, ask in warm.items() if (status := ask().status_code) not in (200, 303)} == {}
    assert done == []


def test_the_trap_above_catches_a_key_that_is_loaded_and_a_password_that_is_hashed(
    warm: dict[str, Ask], monkeypatch: pytest.MonkeyPatch
) -> None:
    local._private.cache_clear()
    done = _trip_on_keys_and_passwords(monkeypatch)
    assert warm["code by client_secret_basic"]().status_code == 500
    post(Client(raise_request_exception=False), "/accounts/login/", {"login": "alice", "password": "wrong"})
    assert done == ["RSAKey.import_key", "Argon2PasswordHasher.encode"]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL has connections to speak of")
@pytest.mark.server("only PostgreSQL has connections to speak of")
def test_no_request_connects_to_the_database(warm: dict[str, Ask], connects: list[str]) -> None:
    for ask in warm.values():
        assert ask().status_code in (200, 303)
    assert connects == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL has connections to speak of")
@pytest.mark.server("only PostgreSQL has connections to speak of")
def test_a_thread_takes_its_connection_from_the_pool_and_gives_it_back(anybody: Client, connects: list[str]) -> None:
    def requests() -> list[int]:
        found = []
        for _ in range(5):
            found.append(post(anybody, TOKEN, {"x": "y"}, basic("0.nobody", "secret")).status_code)
            close_old_connections()  # what Django does after each request, and its test client does not
        return found

    with ThreadPoolExecutor(1) as another:
        assert another.submit(requests).result() == [401] * 5
        connects.clear()
        assert another.submit(requests).result() == [401] * 5
    assert connects == []


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """An entry for every time that the database is waited for."""
    made: list[str] = []
    wait = Connection.wait

    def counted(self: Connection, *given: Any, **named: Any) -> Any:
        made.append("wait")
        return wait(self, *given, **named)

    monkeypatch.setattr(Connection, "wait", counted)
    return made


@pytest.fixture
def connects(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """An entry for every connection that is made from now on, in any thread."""
    made: list[str] = []
    connect = Connection.connect

    def counted(_: type[Connection], *given: Any, **named: Any) -> Any:
        made.append("connection")
        return connect(*given, **named)

    monkeypatch.setattr(Connection, "connect", classmethod(counted))
    return made


def _trip_on_keys_and_passwords(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Makes each of these fail when it is used; the names of those that were."""
    done: list[str] = []
    for owner in (RSAKey, ECKey, OctKey):
        for verb in ("import_key", "generate_key"):
            monkeypatch.setattr(owner, verb, _tripped(done, f"{owner.__name__}.{verb}"))
    for hasher in (Argon2PasswordHasher, PBKDF2PasswordHasher):
        for verb in ("encode", "verify"):
            monkeypatch.setattr(hasher, verb, _tripped(done, f"{hasher.__name__}.{verb}"))
    return done


def _tripped(done: list[str], name: str) -> Callable[..., Any]:
    def trip(*arguments: Any, **options: Any) -> Any:
        done.append(name)
        raise AssertionError(name)

    return trip
