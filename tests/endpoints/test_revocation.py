"""revocation_endpoint: the pair dies together, only its own client's, and never with a yes that was none."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from accounts.models import User
from tests.endpoints.lifecycle import REFUSED, REVOKE, is_active, opens_userinfo, refresh, revoke
from tests.support import builders
from tests.support.endpoints import exchange, post, redeem, tokens_of
from tests.support.held import let_end, only, voided
from tests.support.messages import FORM_TYPE, REDIRECT_URI, Registered, basic, bearer
from tokens.conf import minter
from tokens.protocol import handles, records
from tokens.stores import store

SCOPE = ("openid", "profile", "email")


@pytest.fixture
def api(web: Registered) -> Registered:
    """Whom the tokens are meant for."""
    owner = builders.register("api", "")
    builders.protect("http://localhost:8000", owner=owner)
    return owner


def given_to(sender: Client, client: Registered, person: User) -> dict[str, Any]:
    code, _ = builders.save_code(client.client_id, str(person.pk), scope=SCOPE)
    method = "client_secret_basic" if client.client_secret else "none"
    answer: dict[str, Any] = redeem(sender, client, code, method).json()
    return answer


@pytest.mark.covers("S34 access", "S34 refresh", "CVE-2023-0091")
@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
@pytest.mark.parametrize("kind", ["web", "spa", "native"])
@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", "unknown"])
def test_revoking_either_token_ends_both_whatever_the_hint(
    anybody: Client, alice: User, api: Registered, kind: str, which: str, hint: str | None
) -> None:
    client = builders.register(kind)
    found = given_to(anybody, client, alice)
    answer = revoke(anybody, client, found[which], **({"token_type_hint": hint} if hint else {}))
    assert (answer.status_code, answer.content, answer["Cache-Control"]) == (200, b"", "no-store")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert refresh(anybody, client, found["refresh_token"]).json() == REFUSED
    assert not opens_userinfo(anybody, found["access_token"])
    assert not is_active(anybody, api, found["access_token"])


@pytest.mark.covers("S34 refresh", "DOT #1510")
def test_revoking_a_token_that_was_replaced_or_a_sibling_ends_the_whole_family(
    anybody: Client, alice: User, web: Registered
) -> None:
    client = builders.register("spa")
    for member in range(3):
        family = [given_to(anybody, client, alice)]
        for _ in range(2):
            family.append(refresh(anybody, client, family[-1]["refresh_token"]).json())
        for which in ("access_token", "refresh_token"):
            assert revoke(anybody, client, family[member][which]).status_code == 200
        for each in family:
            assert not opens_userinfo(anybody, each["access_token"])
            assert refresh(anybody, client, each["refresh_token"]).json() == REFUSED


@pytest.mark.covers("S34 access")
@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_a_token_that_has_expired_still_ends_what_it_came_with(
    anybody: Client, web: Registered, token_response: dict[str, Any], clock: Any, which: str
) -> None:
    other = refresh(anybody, web, token_response["refresh_token"]).json()
    if which == "refresh_token":
        let_end(records.RefreshToken, datetime.now(UTC))
        assert refresh(anybody, web, token_response["refresh_token"]).json() == REFUSED
    else:
        clock(datetime.now(UTC) + timedelta(minutes=10))
        other = refresh(anybody, web, token_response["refresh_token"]).json()
        assert not opens_userinfo(anybody, token_response["access_token"])
    assert opens_userinfo(anybody, other["access_token"])
    assert revoke(anybody, web, token_response[which]).status_code == 200
    assert not opens_userinfo(anybody, other["access_token"])
    assert refresh(anybody, web, token_response["refresh_token"]).json() == REFUSED


@pytest.mark.covers("CVE-2023-0091")
def test_the_token_of_a_client_that_acts_for_itself_ends_alone(anybody: Client, api: Registered) -> None:
    machine = builders.register("machine", "", scope="email")
    form, header = {"grant_type": "client_credentials"}, basic(machine.client_id, machine.client_secret)
    one, other = (post(anybody, "/oauth2/token", form, header).json()["access_token"] for _ in range(2))
    assert revoke(anybody, machine, one).status_code == 200
    for client in (machine, api):
        assert not is_active(anybody, client, one)
        assert is_active(anybody, client, other)


@pytest.mark.covers("S34 access", "CVE-2023-0091")
@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", "unknown"])
@pytest.mark.parametrize("expired", [False, True])
def test_revoking_an_opaque_token_ends_the_pair_whatever_the_hint_used_up_or_not(
    anybody: Client, alice: User, web: Registered, hint: str | None, expired: bool
) -> None:
    orders = builders.protect("urn:orders", "read", caller=web, access_token_format="opaque")
    tokens = tokens_of(anybody, web, alice.pk, resource=(orders,))
    other = refresh(anybody, web, tokens["refresh_token"]).json()["access_token"]
    if expired:
        key = handles.key(handles.Handle(tokens["access_token"]))
        let_end(records.AccessToken, datetime.now(UTC) - timedelta(hours=1), key=key)
    assert opens_userinfo(anybody, tokens["access_token"]) is not expired
    answer = revoke(anybody, web, tokens["access_token"], **({"token_type_hint": hint} if hint else {}))
    assert (answer.status_code, answer.content) == (200, b"")
    assert not opens_userinfo(anybody, tokens["access_token"])
    assert not opens_userinfo(anybody, other)
    assert refresh(anybody, web, tokens["refresh_token"]).json() == REFUSED


@pytest.mark.covers("S35 revoke", "DOT #727")
def test_nobody_else_revokes_an_opaque_token_not_even_who_serves_its_resource(
    anybody: Client, alice: User, web: Registered, api: Registered
) -> None:
    orders = builders.protect("urn:orders", "read", caller=web, owner=api, access_token_format="opaque")
    token = tokens_of(anybody, web, alice.pk, resource=(orders,))["access_token"]
    for other in (api, builders.register("web"), builders.register("spa")):
        assert revoke(anybody, other, token).status_code == 200
    assert opens_userinfo(anybody, token)


@pytest.mark.covers("CVE-2023-0091")
def test_a_client_s_own_opaque_token_ends_alone(anybody: Client, api: Registered) -> None:
    orders = builders.protect("urn:orders", "read", owner=api, access_token_format="opaque")
    machine = builders.register("machine", "", scope="read", default_resource=[orders])
    form, header = {"grant_type": "client_credentials"}, basic(machine.client_id, machine.client_secret)
    one, other = (post(anybody, "/oauth2/token", form, header).json()["access_token"] for _ in range(2))
    assert handles.parse(one)
    jti = only(records.AccessToken, key=handles.key(handles.Handle(one))).claims["jti"]
    assert revoke(anybody, machine, one).status_code == 200
    assert list(voided()) == [f"token:{jti}"]
    for client in (machine, api):
        assert not is_active(anybody, client, one)
        assert is_active(anybody, client, other)


def test_it_ends_no_other_sign_in_and_a_second_time_changes_nothing(
    anybody: Client, alice: User, web: Registered, token_response: dict[str, Any]
) -> None:
    other = tokens_of(anybody, web, alice.pk)
    for _ in range(2):
        assert revoke(anybody, web, token_response["refresh_token"]).status_code == 200
    assert opens_userinfo(anybody, other["access_token"])
    assert refresh(anybody, web, other["refresh_token"]).status_code == 200
    assert len(voided()) == 1


@pytest.mark.covers("S35 existence", "DOT #727")
@pytest.mark.parametrize("kind", ["web", "spa", "api", "machine"])
@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_another_client_s_token_is_left_alone_and_nobody_learns_that_there_is_one(
    anybody: Client, web: Registered, api: Registered, token_response: dict[str, Any], kind: str, which: str
) -> None:
    """Not even by who serves the resource that it is meant for: to ask is not to end."""
    other = api if kind == "api" else builders.register(kind, REDIRECT_URI if kind != "machine" else "")
    answers = [
        revoke(anybody, other, token) for token in (token_response[which], minter().mint(), builders.never_given(), "x")
    ]
    alike = {(answer.status_code, answer.content, answer["Cache-Control"]) for answer in answers}
    assert alike == {(200, b"", "no-store")}
    assert not voided()
    assert opens_userinfo(anybody, token_response["access_token"])
    assert refresh(anybody, web, token_response["refresh_token"]).status_code == 200


@pytest.mark.covers("S35 revoke")
@pytest.mark.parametrize(
    "token", ["x", " ", "a.b.c", "..", "0." + "A" * 43, "x" * 100_000, "e30." * 20_000, "\N{SNOWMAN}", "' OR 1=1 --"]
)
def test_an_unknown_token_is_a_200_and_ends_nothing(
    anybody: Client, web: Registered, token_response: dict[str, Any], token: str
) -> None:
    assert revoke(anybody, web, token).status_code == 200
    assert not voided()


@pytest.mark.covers("CVE-2026-4282")
def test_what_is_neither_an_access_nor_a_refresh_token_ends_nothing(
    anybody: Client, alice: User, web: Registered, token_response: dict[str, Any]
) -> None:
    code, kept = builders.save_code(web.client_id, str(alice.pk))
    row = only(records.Authorization)
    for other in (code, kept.key, token_response["id_token"], row.id, f"authorization:{row.id}", str(alice.pk)):
        assert revoke(anybody, web, other).status_code == 200
    assert not voided()
    assert exchange(anybody, web, code).status_code == 200


@pytest.mark.covers("S14 revoke", "S78 garbage")
@pytest.mark.parametrize("body", ["", "token=", "token_type_hint=access_token", "token=%00", "token=%FF", "REPEATED"])
@pytest.mark.parametrize("query", ["", "?token=x"])
def test_a_request_without_one_readable_token_is_refused(
    anybody: Client, web: Registered, token_response: dict[str, Any], body: str, query: str
) -> None:
    sent = f"token={token_response['access_token']}&token=x" if body == "REPEATED" else body
    header = basic(web.client_id, web.client_secret)
    answer = anybody.post(REVOKE + query, sent, content_type=FORM_TYPE, headers=header)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert not voided()


@pytest.mark.covers("S47 revoke")
def test_a_confidential_client_proves_who_it_is_and_a_public_one_says_it(
    anybody: Client, alice: User, web: Registered, token_response: dict[str, Any]
) -> None:
    proofs: list[tuple[dict[str, str], dict[str, str]]] = [
        ({}, {}),
        ({"client_id": web.client_id}, {}),
        ({}, basic(web.client_id, web.client_secret + "x")),
        ({}, basic("0.unknown", web.client_secret)),
        ({}, bearer(token_response["access_token"])),
    ]
    for more, headers in proofs:
        answer = post(anybody, REVOKE, {"token": token_response["access_token"], **more}, headers)
        assert (answer.status_code, answer.json()["error"]) == (401 if headers else 400, "invalid_client")
    assert opens_userinfo(anybody, token_response["access_token"])


@pytest.mark.covers("S36 POST")
@pytest.mark.parametrize("method", ["get", "head", "put", "delete"])
def test_it_takes_a_post_and_nothing_else(
    anybody: Client, web: Registered, token_response: dict[str, Any], method: str
) -> None:
    url = f"{REVOKE}?token={token_response['access_token']}"
    answer = getattr(anybody, method)(url, headers=basic(web.client_id, web.client_secret))
    assert (answer.status_code, answer["Allow"]) == (405, "POST, OPTIONS")
    assert opens_userinfo(anybody, token_response["access_token"])


@pytest.mark.covers("CVE-2020-15223")
@pytest.mark.parametrize(("part", "verb"), [("journal", "revoke_authorization"), ("refresh_tokens", "get")])
def test_a_store_that_fails_is_never_a_yes(
    anybody: Client,
    web: Registered,
    token_response: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    part: str,
    verb: str,
) -> None:
    def fails(*_: Any) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as patched:
        patched.setattr(type(getattr(store(), part)), verb, fails)
        answer = revoke(anybody, web, token_response["refresh_token"])
        assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
        assert answer["Retry-After"] == "2"
    assert opens_userinfo(anybody, token_response["access_token"])
    assert revoke(anybody, web, token_response["refresh_token"]).status_code == 200
    assert not opens_userinfo(anybody, token_response["access_token"])
