"""Signing keys, a registered client, a person who is signed in, and what is asked of the endpoints in their names."""

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client

from accounts.models import User
from tests import assertions, builders
from tests.builders import CHALLENGE, VERIFIER, Registered
from tokens import endpoint, keys
from tokens.conf import SIGNING_ALGS, conf
from tokens.keys import local
from tokens.protocol import handles
from tokens.protocol.records import SigningKey
from tokens.stores import store

AUTHORIZE, CONSENT, TOKEN, USERINFO = "/oauth2/authorize", "/oauth2/consent", "/oauth2/token", "/oauth2/userinfo"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="session")
def pairs() -> list[SigningKey]:
    """A key pair an algorithm, made once: an RSA key takes a while."""
    return [local.generate(alg, datetime.now(UTC)) for alg in SIGNING_ALGS]


@pytest.fixture(autouse=True)
def signing_keys(db: None, pairs: list[SigningKey]) -> Iterator[dict[str, SigningKey]]:
    """The active keys by algorithm, in the store, and a signer that has not read them yet."""
    for pair in pairs:
        assert store().keys.add(pair)
    keys._made.cache_clear()
    yield {pair.alg: pair for pair in pairs}
    keys._made.cache_clear()


@pytest.fixture
def anybody() -> Client:
    """A browser or a program that nobody is signed in with. What fails inside shows as the 500 that it is."""
    return Client(raise_request_exception=False)


@pytest.fixture
def alice() -> User:
    return builders.person(
        "alice", name="Alice Liddell", given_name="Alice", family_name="Liddell", email_verified=True
    )


@pytest.fixture
def browser(alice: User) -> Client:
    """Alice's browser, signed in."""
    signed_in = Client(raise_request_exception=False)
    signed_in.force_login(alice, backend="accounts.sign_in.backends.PasswordBackend")
    return signed_in


@pytest.fixture
def web() -> Registered:
    """A confidential client that need not ask for consent."""
    return builders.register("web", skip_consent=True)


@pytest.fixture
def found(anybody: Client, alice: User, web: Registered) -> dict[str, Any]:
    """A token response for alice with all scopes."""
    return tokens_of(anybody, web, alice.pk, scope=("openid", "profile", "email"))


@pytest.fixture
def token(found: dict[str, Any]) -> str:
    access_token: str = found["access_token"]
    return access_token


def request_of(client: Registered, **changes: str | None) -> dict[str, str]:
    """The parameters of a good authorization request, but for `changes`; None takes one away."""
    good: dict[str, str | None] = {
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uri,
        "response_type": "code",
        "scope": "openid profile email",
        "state": "af0ifjsldkj",
        "nonce": "n-0S6_WzA2Mj",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def form_of(client: Registered, code: str, /, **changes: str | None) -> dict[str, str]:
    """The parameters of a good token request, without the client's authentication."""
    good: dict[str, str | None] = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.redirect_uri,
        "code_verifier": VERIFIER,
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def basic(client_id: str, client_secret: str) -> dict[str, str]:
    """The header of client_secret_basic; what we mint needs no form-encoding."""
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def post(sender: Client, path: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Any:
    """A form as programs send it. The answer is Django's, with what its test client adds."""
    return sender.post(path, urlencode(form), content_type=FORM, headers=headers)


def exchange(sender: Client, client: Registered, code: str, /, **changes: str | None) -> Any:
    """Redeems the code with client_secret_basic."""
    return post(sender, TOKEN, form_of(client, code, **changes), basic(client.client_id, client.client_secret))


def redeem(sender: Client, client: Registered, code: str, presented: str, /, **changes: str | None) -> Any:
    """Redeems the code, showing who asks in the way that `presented` names."""
    named = {"client_id": client.client_id}
    secret = {"client_secret": client.client_secret}
    header = basic(client.client_id, client.client_secret)
    extra: dict[str, tuple[dict[str, str], dict[str, str] | None]] = {
        "client_secret_basic": ({}, header),
        "client_secret_post": (named | secret, None),
        "private_key_jwt": (assertions.assertion_form(client.client_id), None),
        "none": (named, None),
        "basic and id": (named, header),
        "basic and post": (named | secret, header),
        "basic, another id": ({"client_id": "0.other"}, header),
        "nothing": ({}, None),
    }
    form, headers = extra[presented]
    return post(sender, TOKEN, form_of(client, code, **changes) | form, headers)


def is_unspent(code: handles.Handle, client: Registered) -> bool:
    """Whether the client's code still waits to be redeemed."""
    kept = store().codes.get(handles.key(code), client.client_id)
    return kept is not None and kept.spent_at is None


def tokens_of(sender: Client, client: Registered, subject: object, **changes: Any) -> dict[str, Any]:
    """A token response for a code that needed no browser."""
    code, _ = builders.save_code(client.client_id, str(subject), **changes)
    answer = exchange(sender, client, code)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def location(answer: Any) -> tuple[str, dict[str, str]]:
    """Where a redirect leads: the address without its query, and the query."""
    assert answer.status_code == 303, (answer.status_code, answer.content)
    parts = urlsplit(answer["Location"])
    query = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    assert all(len(values) == 1 for values in query.values())
    return parts._replace(query="").geturl(), {name: values[0] for name, values in query.items()}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Sets the one clock reading that every endpoint makes."""

    def stands_at(instant: datetime) -> None:
        class Stopped(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]  # it always answers an aware one
                return instant

        monkeypatch.setattr(endpoint, "datetime", Stopped)

    return stands_at


@pytest.fixture
def allow(settings: Any) -> Callable[..., None]:
    """Names the hosts that outbound requests may go to wherever they are."""

    def allowed(*hosts: str) -> None:
        settings.TOKENS = replace(conf(), fetch_allow=hosts)

    return allowed


@pytest.fixture
def loopback(allow: Callable[..., None]) -> None:
    """Lets 127.0.0.1 be asked, so that what else is wrong comes to light."""
    allow("127.0.0.1")
