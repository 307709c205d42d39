"""The key of a sender travels from the request through code, tokens and introspection (RFC 7800 §3, RFC 8705 §3, RFC
9449 §5 to §7). How one is shown is made up here: a header says it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from accounts.models import User
from tests.support import builders
from tests.support.endpoints import is_unspent, post
from tests.support.messages import TOKEN, USERINFO, Registered, basic, bearer, code_form
from tokens.endpoint import endpoint
from tokens.endpoint.sender import SENDER_CONSTRAINTS, SenderConstraint
from tokens.protocol.errors import InvalidRequest, InvalidToken
from tokens.protocol.records import NO_KEY, Confirmation
from tokens.resource_server import OAuth2Validator
from tokens.stores import store
from tokens.verifier import ShownAccessToken, read_access_token, read_token, verify_access_token

ISSUER = "http://localhost:8000"
INTROSPECT = "/oauth2/introspect"
INVALID = "the access token is expired, revoked or malformed, or meant for somebody else"


def read(request: HttpRequest, access_token: str | None, now: datetime) -> Confirmation:
    key = request.headers.get("Key")
    if key == "bad":
        raise InvalidRequest("the proof is not good")
    return Confirmation(jkt=key)


@pytest.fixture
def constraint(monkeypatch: pytest.MonkeyPatch) -> None:
    made_up = SenderConstraint(
        read=read, scheme="DPoP", challenge='algs="ES256"', request_headers=("Key",), response_headers=("Key-Nonce",)
    )
    assert isinstance(SENDER_CONSTRAINTS, dict)
    monkeypatch.setitem(SENDER_CONSTRAINTS, "made_up", made_up)


@pytest.fixture
def spa() -> Registered:
    return builders.register("spa", token_endpoint_auth_method="none")


def redeemed(sender: Client, client: Registered, alice: User, key: str | None) -> Any:
    code, _ = builders.save_code(client.client_id, str(alice.pk), scope=("openid", "profile", "offline_access"))
    headers = {"Key": key} if key else {}
    return post(sender, TOKEN, code_form(client, code, client_id=client.client_id), headers)


def introspected(sender: Client, asks: Registered, token: str) -> Any:
    return post(sender, INTROSPECT, {"token": token}, basic(asks.client_id, asks.client_secret)).json()


def test_there_is_no_way_to_show_a_key_yet() -> None:
    assert SENDER_CONSTRAINTS == {}


@pytest.mark.usefixtures("constraint")
def test_a_token_of_a_sender_without_a_key_is_a_bearer_token(anybody: Client, alice: User, spa: Registered) -> None:
    answer = redeemed(anybody, spa, alice, None).json()
    verified = read_access_token(answer["access_token"], datetime.now(UTC))
    assert verified is not None
    assert (answer["token_type"], verified.confirmation, "cnf" in verified.claims) == ("Bearer", NO_KEY, False)
    assert anybody.get(USERINFO, headers=bearer(answer["access_token"])).status_code == 200
    dpop = {"Authorization": f"DPoP {answer['access_token']}", "Key": "k"}
    assert anybody.get(USERINFO, headers=dpop).json()["error"] == "invalid_token"


@pytest.mark.usefixtures("constraint")
def test_the_key_goes_from_the_code_to_the_tokens_and_their_introspection(
    anybody: Client, alice: User, spa: Registered, web: Registered
) -> None:
    answer = redeemed(anybody, spa, alice, "k").json()
    assert answer["token_type"] == "DPoP"
    verified = read_access_token(answer["access_token"], datetime.now(UTC))
    assert verified is not None
    assert (verified.claims["cnf"], verified.confirmation) == ({"jkt": "k"}, Confirmation(jkt="k"))
    form = {"grant_type": "refresh_token", "refresh_token": answer["refresh_token"], "client_id": spa.client_id}
    assert post(anybody, TOKEN, form).json()["error"] == "invalid_grant"
    assert post(anybody, TOKEN, form, {"Key": "another"}).json()["error"] == "invalid_grant"
    renewed = post(anybody, TOKEN, form, {"Key": "k"}).json()
    assert renewed["token_type"] == "DPoP"
    verified = read_access_token(renewed["access_token"], datetime.now(UTC))
    assert verified is not None
    assert verified.claims["cnf"] == {"jkt": "k"}


@pytest.mark.usefixtures("constraint")
@pytest.mark.parametrize("token_format", ["jwt", "opaque"])
def test_introspection_tells_the_key_and_the_type(
    anybody: Client, alice: User, web: Registered, token_format: str
) -> None:
    api = builders.protect("https://api.example", "read", owner=web, caller=web, access_token_format=token_format)
    code, _ = builders.save_code(web.client_id, str(alice.pk), scope=("profile",), resource=(api,))
    headers = {**basic(web.client_id, web.client_secret), "Key": "k"}
    token = post(anybody, TOKEN, code_form(web, code), headers).json()["access_token"]
    answer = introspected(anybody, web, token)
    assert (answer["active"], answer["token_type"], answer["cnf"]) == (True, "DPoP", {"jkt": "k"})


@pytest.mark.usefixtures("constraint")
@pytest.mark.parametrize(
    ("scheme", "key"), [("Bearer", None), ("Bearer", "k"), ("DPoP", None), ("DPoP", "another"), ("Basic", "k")]
)
def test_a_token_that_is_bound_to_a_key_is_worth_nothing_without_it(
    anybody: Client, alice: User, spa: Registered, scheme: str, key: str | None
) -> None:
    token = redeemed(anybody, spa, alice, "k").json()["access_token"]
    headers = {"Authorization": f"{scheme} {token}", **({"Key": key} if key else {})}
    refused = anybody.get(USERINFO, headers=headers)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
    good = {"Authorization": f"dpop {token}", "Key": "k"}
    assert anybody.get(USERINFO, headers=good).status_code == 200


def test_a_bound_token_is_refused_where_nothing_reads_keys(
    anybody: Client, alice: User, spa: Registered, monkeypatch: pytest.MonkeyPatch, constraint: None
) -> None:
    token = redeemed(anybody, spa, alice, "k").json()["access_token"]
    monkeypatch.delitem(SENDER_CONSTRAINTS, "made_up")
    refused = anybody.get(USERINFO, headers=bearer(token))
    assert (refused.status_code, refused.json()["error_description"]) == (401, INVALID)
    assert OAuth2Validator()._load_access_token(token) is None
    unbound = redeemed(anybody, spa, alice, None).json()["access_token"]
    assert OAuth2Validator()._load_access_token(unbound) is not None
    for shown in (
        ShownAccessToken(token=token),
        ShownAccessToken(token=token, scheme="DPoP"),
        ShownAccessToken(token=token, sender=Confirmation(jkt="k")),
    ):
        with pytest.raises(InvalidToken):
            verify_access_token(shown, audience=ISSUER, now=datetime.now(UTC))
    good = ShownAccessToken(token=token, scheme="DPoP", sender=Confirmation(jkt="k"))
    assert verify_access_token(good, audience=ISSUER, now=datetime.now(UTC)).confirmation == Confirmation(jkt="k")


def test_what_a_newer_node_bound_is_worth_nothing_here_but_can_be_revoked(
    anybody: Client, alice: User, spa: Registered, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = SenderConstraint(read=lambda request, token, now: Confirmation.of({"new": "k"}))
    assert isinstance(SENDER_CONSTRAINTS, dict)
    client = store().clients.get(spa.client_id)
    assert client is not None

    def renewed(given: Any) -> Any:
        form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"], "client_id": spa.client_id}
        return post(anybody, TOKEN, form)

    with monkeypatch.context() as there:
        there.setitem(SENDER_CONSTRAINTS, "newer", newer)
        given = redeemed(anybody, spa, alice, None).json()
    assert renewed(given).json()["error"] == "invalid_grant"
    assert anybody.get(USERINFO, headers=bearer(given["access_token"])).status_code == 401
    assert read_token(given["access_token"], None, client, datetime.now(UTC)) is None
    assert read_token(given["refresh_token"], None, client, datetime.now(UTC)) is None
    with monkeypatch.context() as there:
        there.setitem(SENDER_CONSTRAINTS, "newer", newer)
        given = renewed(given).json()
    form = {"token": given["refresh_token"], "client_id": spa.client_id}
    assert post(anybody, "/oauth2/revoke", form).status_code == 200
    with monkeypatch.context() as there:
        there.setitem(SENDER_CONSTRAINTS, "newer", newer)
        assert renewed(given).json()["error"] == "invalid_grant"


@pytest.mark.usefixtures("constraint")
def test_a_proof_that_is_not_good_is_refused_and_spends_nothing(anybody: Client, alice: User, spa: Registered) -> None:
    code, _ = builders.save_code(spa.client_id, str(alice.pk))
    refused = post(anybody, TOKEN, code_form(spa, code, client_id=spa.client_id), {"Key": "bad"})
    assert (refused.status_code, refused.json()["error_description"]) == (400, "the proof is not good")
    assert is_unspent(code, spa)


@pytest.mark.usefixtures("constraint")
def test_challenges_and_cors_follow_from_the_table(anybody: Client) -> None:
    refused = anybody.get(USERINFO)
    assert refused["WWW-Authenticate"] == f'Bearer realm="{ISSUER}", DPoP realm="{ISSUER}", algs="ES256"'

    @endpoint("GET", cors=True)
    def view(request: HttpRequest, now: datetime) -> HttpResponse:
        return HttpResponse()

    assert view(RequestFactory().options("/"))["Access-Control-Allow-Headers"] == "Authorization, Content-Type, Key"
    assert view(RequestFactory().get("/"))["Access-Control-Expose-Headers"] == (
        "WWW-Authenticate, X-Request-Id, Retry-After, Key-Nonce"
    )
