"""introspection_endpoint: who is told what a token is worth, and that nobody else learns that there is one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.endpoints.lifecycle import INACTIVE, INTROSPECT, introspect, is_active, refresh, revoke
from tests.support import builders
from tests.support.builders import change_clients
from tests.support.endpoints import exchange, post, tokens_of
from tests.support.held import let_keys_be, only
from tests.support.messages import FORM_TYPE, REDIRECT_URI, Registered, basic, bearer
from tokens import keys
from tokens.conf import conf
from tokens.keys import signer
from tokens.protocol import records
from tokens.stores import store

ISSUER = "http://localhost:8000"
API = "https://api.example/"


@pytest.fixture
def machine() -> Registered:
    return builders.register("machine", "", scope="email")


def serving(*identifiers: str, **columns: Any) -> Registered:
    """An API that owns these resources."""
    owner = builders.register("api", "", **columns)
    for identifier in identifiers:
        if not store().resources.named([identifier]):
            builders.protect(identifier, "read")
        builders.let_serve(owner, identifier)
    return owner


def meant_for(audience: str | list[str], token: str) -> str:
    """The same access token for another audience, as the mint would sign it."""
    claims = signer().verify(token, typ="at+jwt")
    assert claims is not None
    return signer().sign(claims | {"aud": audience}, typ="at+jwt", alg="RS256")


# --- What is told


def test_the_client_of_an_access_token_is_told_exactly_this(
    anybody: Client, alice: User, web: Registered, token_response: dict[str, Any]
) -> None:
    answer = introspect(anybody, web, token_response["access_token"])
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in answer
    claims = signer().verify(token_response["access_token"], typ="at+jwt")
    authorization = only(records.Authorization)
    assert claims is not None
    assert answer.json() == {
        "active": True,
        "token_type": "Bearer",
        "iss": ISSUER,
        "aud": ISSUER,
        "sub": str(alice.pk),
        "client_id": web.client_id,
        "scope": "openid profile email",
        "iat": claims["iat"],
        "exp": claims["iat"] + 300,
        "jti": claims["jti"],
        "auth_time": int(authorization.auth_time.timestamp()),
        "acr": "1",
        "amr": ["pwd"],
        "authorization_id": authorization.id,
    }


@pytest.mark.parametrize("hint", [None, "refresh_token", "access_token", "x"])
def test_the_client_of_a_refresh_token_is_told_exactly_this_whatever_the_hint(
    anybody: Client, alice: User, web: Registered, token_response: dict[str, Any], hint: str | None
) -> None:
    more = {"token_type_hint": hint} if hint else {}
    row = only(records.RefreshToken)
    assert introspect(anybody, web, token_response["refresh_token"], **more).json() == {
        "active": True,
        "iss": ISSUER,
        "sub": str(alice.pk),
        "client_id": web.client_id,
        "scope": "openid profile email",
        "exp": int(row.expires.timestamp()),
    }
    assert only(records.RefreshToken) == row
    assert is_active(anybody, web, token_response["access_token"])


def test_the_token_of_a_client_that_acts_for_itself(anybody: Client, machine: Registered) -> None:
    token = _machine_token(anybody, machine)
    body = introspect(anybody, machine, token).json()
    assert body == {
        "active": True,
        "token_type": "Bearer",
        "iss": ISSUER,
        "aud": ISSUER,
        "sub": machine.client_id,
        "client_id": machine.client_id,
        "scope": "email",
        "iat": body["iat"],
        "exp": body["iat"] + 300,
        "jti": body["jti"],
    }


@pytest.mark.covers(
    "S35 introspect", "S36 audience", "S36 inactive", "CVE-2026-37979", "CVE-2026-18208", "CVE-2024-47077"
)
def test_who_serves_a_resource_of_the_audience_is_told_the_same_as_the_client_and_the_name(
    anybody: Client, web: Registered, token_response: dict[str, Any]
) -> None:
    owner, other = serving(API, "https://other.example/"), serving("https://api.example/x", "https://API.example/")
    builders.change_clients(web.client_id, scope=f"openid profile email {API}#read")
    for audience in (API, [API], [ISSUER, API]):
        token = meant_for(audience, token_response["access_token"])
        assert introspect(anybody, owner, token).json() == introspect(anybody, web, token).json() | {
            "username": "alice"
        }
        assert introspect(anybody, other, token).json() == INACTIVE, "a resource is the same string or another one"
    assert introspect(anybody, owner, token_response["access_token"]).json() == INACTIVE
    assert introspect(anybody, serving(ISSUER), token_response["access_token"]).json()["active"] is True


@pytest.mark.covers("S35 introspect", "S36 audience", "S36 inactive", "CVE-2026-37979")
def test_who_no_longer_serves_the_resource_is_told_nothing(
    anybody: Client, web: Registered, token_response: dict[str, Any]
) -> None:
    owner = serving(API)
    builders.change_clients(web.client_id, scope=f"openid profile email {API}#read")
    token = meant_for(API, token_response["access_token"])
    assert is_active(anybody, owner, token)
    (resource,) = store().resources.all()
    assert store().resources.change(resource, [], resource.updated)
    assert not is_active(anybody, owner, token)


@pytest.fixture
def opaque(anybody: Client, alice: User, web: Registered) -> dict[str, Any]:
    """A token response with an opaque token for API."""
    builders.protect(API, "read", caller=web, access_token_format="opaque")
    return tokens_of(anybody, web, alice.pk, resource=(API,))


@pytest.mark.covers(
    "S35 introspect", "S36 audience", "S36 inactive", "CVE-2026-37979", "CVE-2026-18208", "CVE-2024-47077"
)
@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", "x"])
def test_an_opaque_token_is_told_to_its_client_and_to_all_who_serve_the_api_and_to_nobody_else(
    anybody: Client, web: Registered, opaque: dict[str, Any], hint: str | None
) -> None:
    more = {"token_type_hint": hint} if hint else {}
    body = introspect(anybody, web, opaque["access_token"], **more).json()
    assert body == {
        "active": True,
        "token_type": "Bearer",
        "iss": ISSUER,
        "aud": [API, ISSUER],
        "sub": body["sub"],
        "client_id": web.client_id,
        "scope": "openid profile",
        "iat": body["iat"],
        "exp": body["iat"] + 900,
        "jti": body["jti"],
        "auth_time": body["auth_time"],
        "acr": "1",
        "amr": ["pwd"],
        "authorization_id": body["authorization_id"],
    }
    for owner in (serving(API), serving(API), serving(ISSUER)):
        assert introspect(anybody, owner, opaque["access_token"], **more).json() == body | {"username": "alice"}
        assert introspect(anybody, owner, opaque["refresh_token"], **more).json() == INACTIVE
    for other in (serving("https://other.example/"), builders.register("web"), builders.register("api", "")):
        assert introspect(anybody, other, opaque["access_token"], **more).content == b'{"active": false}'


@pytest.mark.covers("S36 audience", "S36 inactive", "CVE-2026-93999")
def test_an_owner_that_was_switched_off_is_told_nothing_and_the_others_still_are(
    anybody: Client, opaque: dict[str, Any]
) -> None:
    one, other = serving(API), serving(API)
    change_clients(one.client_id, enabled=False)
    answer = introspect(anybody, one, opaque["access_token"])
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert is_active(anybody, other, opaque["access_token"])


@pytest.mark.covers("S36 inactive", "S42 exp")
def test_an_opaque_token_is_active_before_its_end_and_not_at_it(
    anybody: Client, web: Registered, opaque: dict[str, Any], clock: Any
) -> None:
    end = datetime.fromtimestamp(introspect(anybody, web, opaque["access_token"]).json()["exp"], UTC)
    clock(end - timedelta(microseconds=1))
    assert is_active(anybody, web, opaque["access_token"])
    clock(end)
    assert introspect(anybody, web, opaque["access_token"]).json() == INACTIVE


# --- Inactive, in the same words


@pytest.mark.covers(
    "S35 existence",
    "S36 audience",
    "S36 inactive",
    "CVE-2026-37979",
    "CVE-2026-18208",
    "CVE-2024-47077",
    "attacker client",
)
@pytest.mark.parametrize("kind", ["web", "machine", "api"])
@pytest.mark.parametrize("which", ["access_token", "refresh_token", "id_token"])
def test_another_client_cannot_tell_a_token_from_one_that_never_was(
    anybody: Client, token_response: dict[str, Any], kind: str, which: str
) -> None:
    other = builders.register(kind, REDIRECT_URI if kind == "web" else "")
    never = builders.never_given() if which == "refresh_token" else token_response[which][:-4] + "AAAA"
    answers = [introspect(anybody, other, token) for token in (token_response[which], never)]
    one, another = ((answer.status_code, answer.content, {**answer.headers, "X-Request-Id": ""}) for answer in answers)
    assert one == another
    assert answers[0].json() == INACTIVE


@pytest.mark.covers("S36 inactive", "S78 garbage", "CVE-2025-61920")
@pytest.mark.parametrize(
    "token",
    [
        *("x", " ", "..", "a.b.c", "a.b.c.d.e", "0.", "0." + "A" * 43, "\N{SNOWMAN}", "' OR 1=1 --", "{}", "null"),
        *("x" * 100_000, "." * 100_000, "e30." * 20_000, "%00", "\r\nX: y"),
    ],
)
def test_garbage_is_inactive(anybody: Client, web: Registered, token: str) -> None:
    answer = introspect(anybody, web, token)
    assert (answer.status_code, answer.json()) == (200, INACTIVE)


@pytest.mark.covers("S78 garbage")
@pytest.mark.parametrize("token", ["x" * 1_000_000, "\x00", "0." + "A" * 42 + "\x00"])
def test_what_no_form_of_ours_may_hold_is_refused_before_it_is_looked_at(
    anybody: Client, web: Registered, token: str
) -> None:
    answer = introspect(anybody, web, token)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_what_is_neither_an_access_nor_a_refresh_token_is_inactive(
    anybody: Client, alice: User, web: Registered, token_response: dict[str, Any]
) -> None:
    code, kept = builders.save_code(web.client_id, str(alice.pk))
    row = only(records.Authorization)
    for other in (code, kept.key, token_response["id_token"], web.client_secret, web.client_id, row.id, str(alice.pk)):
        assert introspect(anybody, web, other).json() == INACTIVE
    assert exchange(anybody, web, code).status_code == 200


@pytest.mark.covers("S36 inactive", "S42 exp")
@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_a_token_is_active_before_its_end_and_not_at_it(
    anybody: Client, web: Registered, token_response: dict[str, Any], clock: Any, which: str
) -> None:
    claims = signer().verify(token_response["access_token"], typ="at+jwt")
    assert claims is not None
    is_access = which == "access_token"
    end = datetime.fromtimestamp(claims["exp"], UTC) if is_access else only(records.RefreshToken).expires
    clock(end - timedelta(microseconds=1))
    assert is_active(anybody, web, token_response[which])
    clock(end)
    assert introspect(anybody, web, token_response[which]).json() == INACTIVE


@pytest.mark.covers("S34 access", "S34 refresh", "S36 inactive")
@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_a_revoked_token_is_inactive_for_its_client_and_for_the_api(
    anybody: Client, web: Registered, token_response: dict[str, Any], which: str
) -> None:
    owner = serving(ISSUER)
    assert revoke(anybody, web, token_response[which]).status_code == 200
    for client in (web, owner):
        for token in (token_response["access_token"], token_response["refresh_token"]):
            assert introspect(anybody, client, token).json() == INACTIVE


def test_a_refresh_token_that_was_replaced_is_inactive_though_it_may_still_be_retried(
    anybody: Client, alice: User
) -> None:
    client = builders.register("web", rotate_refresh_tokens=True)
    first = tokens_of(anybody, client, alice.pk)["refresh_token"]
    second = refresh(anybody, client, first).json()["refresh_token"]
    assert introspect(anybody, client, first).json() == INACTIVE
    assert is_active(anybody, client, second)
    assert refresh(anybody, client, first).json()["refresh_token"] == second


@pytest.mark.covers("S36 inactive", "S41 overlap")
def test_a_token_under_a_key_that_was_retired_is_inactive(
    anybody: Client, web: Registered, token_response: dict[str, Any]
) -> None:
    let_keys_be("retired")
    keys._made.cache_clear()
    assert introspect(anybody, web, token_response["access_token"]).json() == INACTIVE


@pytest.mark.covers("CVE-2026-93999")
def test_the_token_of_a_client_that_was_switched_off_is_inactive_whatever_the_clocks_say(
    anybody: Client, machine: Registered, clock: Any
) -> None:
    """A node may be up to 10 s ahead of the database: its tokens are no younger for that."""
    from tokens.registration import clients

    owner = serving(ISSUER)
    clock(datetime.now(UTC) + timedelta(seconds=9))
    token = _machine_token(anybody, machine)
    assert is_active(anybody, owner, token)
    change_clients(machine.client_id, enabled=False)
    clients.void(machine.client_id)
    assert introspect(anybody, owner, token).json() == INACTIVE


# --- Who may ask


@pytest.mark.covers("S36 authenticated", "S47 introspect")
def test_a_public_client_is_refused(anybody: Client, alice: User, token_response: dict[str, Any]) -> None:
    spa = builders.register("spa")
    answer = post(anybody, INTROSPECT, {"token": token_response["access_token"], "client_id": spa.client_id})
    assert (answer.status_code, answer.json()["error"], answer.get("WWW-Authenticate")) == (400, "invalid_client", None)


@pytest.mark.covers("S36 authenticated", "S47 introspect")
def test_who_does_not_prove_who_they_are_is_refused_alike_whatever_the_token(
    anybody: Client, web: Registered, token_response: dict[str, Any]
) -> None:
    proofs: list[tuple[dict[str, str], dict[str, str]]] = [
        ({}, {}),
        ({"client_id": web.client_id}, {}),
        ({}, basic(web.client_id, web.client_secret + "x")),
        ({}, basic("0.unknown", web.client_secret)),
        ({}, bearer(token_response["access_token"])),
        ({"client_id": web.client_id, "client_secret": "wrong"}, {}),
    ]
    for more, headers in proofs:
        answers = [
            post(anybody, INTROSPECT, {"token": token, **more}, headers)
            for token in (token_response["access_token"], "x")
        ]
        assert {answer.status_code for answer in answers} == {401 if headers else 400}
        assert answers[0].content == answers[1].content


@pytest.mark.covers("S36 POST")
@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "patch"])
def test_it_takes_a_post_and_nothing_else(
    anybody: Client, web: Registered, token_response: dict[str, Any], method: str
) -> None:
    url = f"{INTROSPECT}?token={token_response['access_token']}"
    answer = getattr(anybody, method)(url, headers=basic(web.client_id, web.client_secret))
    assert (answer.status_code, answer["Allow"]) == (405, "POST, OPTIONS")


@pytest.mark.covers("S14 introspect")
@pytest.mark.parametrize("query", [True, False])
def test_the_token_is_in_the_form_once(
    anybody: Client, web: Registered, token_response: dict[str, Any], query: bool
) -> None:
    url = f"{INTROSPECT}?token={token_response['access_token']}" if query else INTROSPECT
    bodies = ["", "token="] if query else ["", "token=", f"token={token_response['access_token']}&token=x"]
    for body in bodies:
        answer = anybody.post(url, body, content_type=FORM_TYPE, headers=basic(web.client_id, web.client_secret))
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert (
        anybody.post(INTROSPECT, {"token": token_response["access_token"]}, content_type="application/json").json()[
            "error"
        ]
        == "invalid_request"
    )


def test_a_client_that_was_switched_off_is_told_nothing(
    anybody: Client, web: Registered, token_response: dict[str, Any]
) -> None:
    change_clients(enabled=False)
    assert introspect(anybody, web, token_response["access_token"]).status_code == 401


def _machine_token(sender: Client, machine: Registered) -> str:
    form = {"grant_type": "client_credentials", "scope": "email"}
    answer = post(sender, "/oauth2/token", form, basic(machine.client_id, machine.client_secret))
    token: str = answer.json()["access_token"]
    assert conf().access_token_lifetime == answer.json()["expires_in"]
    return token
