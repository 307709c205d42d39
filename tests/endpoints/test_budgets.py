"""What a request costs: SQL statements as exact numbers, and what must never happen on the hot paths."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, PBKDF2PasswordHasher
from django.db import close_old_connections, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from joserfc.jwk import ECKey, OctKey, RSAKey

from accounts.models import User
from tests.builders import NOW, Registered, register, save_code
from tests.endpoints.conftest import (
    AUTHORIZE,
    TOKEN,
    USERINFO,
    basic,
    bearer,
    exchange,
    location,
    post,
    redeem,
    request_of,
    tokens_of,
)
from tests.endpoints.lifecycle import introspect, refresh, revoke
from tokens import models
from tokens.grants import GRANTS
from tokens.keys import local
from tokens.protocol import handles

SESSION = 1
BUDGETS = {
    "authorize, signed in, consent remembered": SESSION + 3,
    "authorize, prompt=none": SESSION + 3,
    "authorize, with all that needs no statement of its own": SESSION + 3,
    "authorize, for a resource": SESSION + 4,
    "code exchange with client_secret": 3,
    "refresh by a public client": 4,
    "retry of a refresh": 5,
    "refresh by a confidential client": 3,
    "client_credentials": 1,
    "userinfo": 2,
    "introspection of an access token": 2,
    "introspection of a token of a client for itself": 2,
    "introspection of a refresh token": 3,
    "revocation of an access token": 2,
    "revocation of a refresh token": 3,
    "revocation of a token that never was": 2,
    "jwks": 0,
    "discovery": 0,
}
TRANSACTION = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")

Ask = Callable[[], Any]


@pytest.fixture
def asks(anybody: Client, browser: Client, alice: User, web: Registered) -> dict[str, Ask]:
    """A request a budget, ready to be sent as often as wanted, by a client that must ask for consent."""
    models.Client.objects.update(skip_consent=False, grant_types=list(GRANTS))
    models.Consent.objects.create(
        consent_id="0.consent",
        subject=alice.pk,
        client_id=web.client_id,
        scope="openid profile email",
        resource=["urn:api"],
        granted_at=NOW,
        expires=NOW.replace(year=9999),
    )
    models.Resource.objects.create(identifier="urn:api", name="API", scope="email")
    found, given_back = (tokens_of(anybody, web, alice.pk) for _ in range(2))
    codes = [save_code(web.client_id, str(alice.pk))[0] for _ in range(5)]
    own = basic(web.client_id, web.client_secret)
    return {
        **_refreshes(anybody, alice, web, found["refresh_token"]),
        **_looks(anybody, web, found),
        "revocation of an access token": lambda: revoke(anybody, web, given_back["access_token"]),
        "revocation of a refresh token": lambda: revoke(anybody, web, given_back["refresh_token"]),
        "revocation of a token that never was": lambda: revoke(anybody, web, handles.mint("0")),
        "client_credentials": lambda: post(anybody, TOKEN, {"grant_type": "client_credentials", "scope": "email"}, own),
        "authorize, signed in, consent remembered": lambda: browser.get(AUTHORIZE, request_of(web)),
        "authorize, prompt=none": lambda: browser.get(AUTHORIZE, request_of(web, prompt="none")),
        "authorize, with all that needs no statement of its own": lambda: browser.get(
            AUTHORIZE, request_of(web, id_token_hint=found["id_token"], claims='{"userinfo": {"name": null}}')
        ),
        "authorize, for a resource": lambda: browser.get(AUTHORIZE, request_of(web, resource="urn:api")),
        "code exchange with client_secret": lambda: exchange(anybody, web, codes.pop()),
        "userinfo": lambda: anybody.get(USERINFO, headers=bearer(found["access_token"])),
        "jwks": lambda: anybody.get("/oauth2/jwks"),
        "discovery": lambda: anybody.get("/.well-known/openid-configuration"),
    }


def _refreshes(sender: Client, person: User, web: Registered, token: str) -> dict[str, Ask]:
    spa = register("spa")
    code, retried = (save_code(spa.client_id, str(person.pk))[0] for _ in range(2))
    newest = [redeem(sender, spa, code, "none").json()["refresh_token"]]
    first = redeem(sender, spa, retried, "none").json()["refresh_token"]
    refresh(sender, spa, first)

    def rotate() -> Any:
        answer = refresh(sender, spa, newest[0])
        newest[0] = answer.json()["refresh_token"]
        return answer

    return {
        "refresh by a public client": rotate,
        "retry of a refresh": lambda: refresh(sender, spa, first),
        "refresh by a confidential client": lambda: refresh(sender, web, token),
    }


def _looks(sender: Client, web: Registered, found: dict[str, Any]) -> dict[str, Ask]:
    form = {"grant_type": "client_credentials", "scope": "email"}
    machine = post(sender, TOKEN, form, basic(web.client_id, web.client_secret)).json()["access_token"]
    return {
        "introspection of an access token": lambda: introspect(sender, web, found["access_token"]),
        "introspection of a token of a client for itself": lambda: introspect(sender, web, machine),
        "introspection of a refresh token": lambda: introspect(sender, web, found["refresh_token"]),
    }


@pytest.fixture
def warm(asks: dict[str, Ask]) -> dict[str, Ask]:
    """The same, when each was asked once before: what is loaded once has been loaded."""
    for ask in asks.values():
        assert ask().status_code in (200, 303)
    return asks


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the budgets are PostgreSQL's (decision 7)")
def test_each_request_makes_exactly_the_statements_of_its_budget(warm: dict[str, Ask]) -> None:
    made = {}
    for name, ask in warm.items():
        with CaptureQueriesContext(connection) as captured:
            answer = ask()
        assert answer.status_code in (200, 303)
        assert answer.status_code == 200 or "code" in location(answer)[1]
        assert not name.startswith("introspection") or answer.json()["active"] is True
        made[name] = [sql for query in captured if not (sql := query["sql"]).startswith(TRANSACTION)]
    assert {name: len(statements) for name, statements in made.items()} == BUDGETS, made


@pytest.mark.parametrize("name", BUDGETS)
def test_no_request_loads_a_key_or_hashes_a_password(
    warm: dict[str, Ask], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    done = _trip_on_keys_and_passwords(monkeypatch)
    assert warm[name]().status_code in (200, 303)
    assert done == []


def test_the_trap_above_catches_a_key_that_is_loaded_and_a_password_that_is_hashed(
    warm: dict[str, Ask], monkeypatch: pytest.MonkeyPatch
) -> None:
    local._private.cache_clear()
    done = _trip_on_keys_and_passwords(monkeypatch)
    assert warm["code exchange with client_secret"]().status_code == 500
    post(Client(raise_request_exception=False), "/accounts/login/", {"login": "alice", "password": "wrong"})
    assert done == ["ECKey.import_key", "Argon2PasswordHasher.encode"]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL has connections to speak of")
def test_no_request_connects_to_the_database(warm: dict[str, Ask], connects: list[str]) -> None:
    for ask in warm.values():
        assert ask().status_code in (200, 303)
    assert connects == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL has connections to speak of")
def test_a_thread_takes_its_connection_from_the_pool_and_gives_it_back(anybody: Client, connects: list[str]) -> None:
    def requests() -> list[int]:
        found = []
        for _ in range(5):
            found.append(anybody.get("/readyz").status_code)
            close_old_connections()  # what Django does after each request, and its test client does not
        return found

    with ThreadPoolExecutor(1) as another:
        assert another.submit(requests).result() == [200] * 5
        connects.clear()
        assert another.submit(requests).result() == [200] * 5
    assert connects == []


@pytest.fixture
def connects(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """An entry for every connection that psycopg makes from now on, in whatever thread."""
    made: list[str] = []
    connect = psycopg.Connection.connect

    def counted(*given: Any, **named: Any) -> Any:
        made.append("connection")
        return connect(*given, **named)

    monkeypatch.setattr(psycopg.Connection, "connect", counted)
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
