"""A database that does not answer: 503 and when to come back, as JSON or as a page, and never a half truth."""

import time
from dataclasses import replace
from typing import Any

import pytest
from django.db import InternalError, OperationalError, connections, transaction
from django.test import Client

from accounts.models import User
from tests.endpoints.lifecycle import END_SESSION, introspect, refresh, revoke
from tests.support.builders import save_code
from tests.support.endpoints import post
from tests.support.messages import (
    AUTHORIZE,
    CONSENT,
    TOKEN,
    USERINFO,
    Registered,
    authorization_request,
    basic,
    bearer,
    code_form,
)
from tokens import keys
from tokens.interaction.interactions import COOKIE

SOMEBODY = "0." + "A" * 43


@pytest.mark.covers("CVE-2020-15223")
@pytest.mark.sql("elsewhere it is away in other ways")
def test_protocol_endpoints_answer_json_and_say_when_to_come_back(
    token: str, anybody: Client, web: Registered, down: None
) -> None:
    keys._made.cache_clear()
    for answer in (
        post(anybody, TOKEN, code_form(web, SOMEBODY), basic(web.client_id, web.client_secret)),
        anybody.get(USERINFO, headers=bearer(token)),
        introspect(anybody, web, token),
        revoke(anybody, web, token),
        refresh(anybody, web, SOMEBODY),
        anybody.get("/oauth2/jwks"),
    ):
        assert (answer.status_code, answer["Content-Type"]) == (503, "application/json")
        assert answer.json() == {
            "error": "temporarily_unavailable",
            "error_description": f"request {answer['X-Request-Id']}",
            "error_uri": "http://localhost:8000/oauth2/errors#temporarily_unavailable",
        }
        assert (answer["Retry-After"], answer["Cache-Control"]) == ("2", "no-store")


@pytest.mark.sql("elsewhere an id that nobody was given is known to be none")
def test_pages_answer_a_page_and_never_a_redirect(
    token_response: dict[str, Any], browser: Client, anybody: Client, web: Registered, down: None
) -> None:
    cookie = Client(raise_request_exception=False)
    cookie.cookies[COOKIE] = SOMEBODY
    for answer in (
        anybody.get(AUTHORIZE, authorization_request(web)),
        browser.get(AUTHORIZE, authorization_request(web)),
        browser.get(AUTHORIZE, authorization_request(web, prompt="none")),
        post(anybody, AUTHORIZE, authorization_request(web)),
        cookie.get(CONSENT, {"interaction": SOMEBODY}),
        post(cookie, CONSENT, {"interaction": SOMEBODY, "answer": "allow"}),
        cookie.get("/oauth2/select_account", {"interaction": SOMEBODY}),
        browser.get(END_SESSION, {"id_token_hint": token_response["id_token"]}),
        browser.get("/"),
        browser.get("/accounts/login/"),
    ):
        assert (answer.status_code, answer["Content-Type"]) == (503, "text/html; charset=utf-8")
        assert (answer["Retry-After"], answer["Cache-Control"]) == ("2", "no-store")
        assert "Location" not in answer
        assert answer["X-Request-Id"] in answer.content.decode()
        assert "Traceback" not in answer.content.decode()


def test_what_needs_no_database_goes_on(anybody: Client, down: None) -> None:
    for path in ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/healthz"):
        assert anybody.get(path).status_code == 200
    # What is refused only by its form is refused all the same.
    assert post(anybody, TOKEN, {"x": "y"}).status_code == 400
    assert anybody.get(USERINFO).status_code == 401
    assert anybody.get(USERINFO, headers=bearer("x")).status_code == 401
    assert anybody.get(f"{AUTHORIZE}?a=1&a=2").status_code == 400


def test_the_jwk_set_is_served_from_memory_for_as_long_as_it_takes(
    warm_jwks: bytes, anybody: Client, down: None
) -> None:
    signer: Any = keys.signer()
    signer._ring = replace(signer._ring, read_at=time.monotonic() - 3600)
    for _ in range(2):
        answer = anybody.get("/oauth2/jwks")
        assert (answer.status_code, answer.content) == (200, warm_jwks)


@pytest.mark.sql("elsewhere it is away in other ways")
def test_nothing_is_signed_with_keys_that_could_not_be_read_again(warm_jwks: bytes, down: None) -> None:
    """Within a transaction an error that is passed over would let it end as if it had been committed."""
    signer: Any = keys.signer()
    signer._ring = replace(signer._ring, read_at=time.monotonic() - 3600)
    with pytest.raises(OperationalError):
        signer.sign({}, typ="JWT", alg="RS256")


@pytest.mark.sql("elsewhere it is away in other ways")
def test_a_standby_that_takes_no_writes_is_503_and_any_other_internal_error_500(
    anybody: Client, alice: User, web: Registered, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tokens.stores import store

    if connections["default"].vendor != "postgresql":
        pytest.skip("SQLite has no standby")
    code, _ = save_code(web.client_id, str(alice.pk))
    with transaction.atomic():
        with connections["default"].cursor() as cursor:
            cursor.execute("SET LOCAL transaction_read_only = on")
        answer = post(anybody, TOKEN, code_form(web, code), basic(web.client_id, web.client_secret))
        transaction.set_rollback(True)
    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")

    def broken(*_: Any) -> None:
        raise InternalError("a page is corrupt")

    monkeypatch.setattr(type(store().codes), "consume", broken)
    answer = post(anybody, TOKEN, code_form(web, code), basic(web.client_id, web.client_secret))
    assert (answer.status_code, answer.json()["error"]) == (500, "server_error")


@pytest.fixture
def warm_jwks(anybody: Client) -> bytes:
    content: bytes = anybody.get("/oauth2/jwks").content
    return content


@pytest.mark.covers("S19 crash")
def test_a_connection_that_breaks_in_the_middle_of_an_exchange_burns_nothing(
    anybody: Client, alice: User, web: Registered, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tokens.stores import store

    code, _ = save_code(web.client_id, str(alice.pk))

    def broken(*_: Any) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(type(store().authorizations), "add", broken)
    answer = post(anybody, TOKEN, code_form(web, code), basic(web.client_id, web.client_secret))
    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
    monkeypatch.undo()
    assert post(anybody, TOKEN, code_form(web, code), basic(web.client_id, web.client_secret)).status_code == 200
