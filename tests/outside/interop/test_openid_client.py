"""A relying party that we did not write (npm's openid-client) goes through every flow against a live server."""

import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.outside.interop.clients import CONFIDENTIAL, KINDS, MACHINES, SIGNED_OUT, Registered
from tests.outside.interop.openid_client import LibraryError, OpenIDClient, discover, in_query
from tests.outside.nodejs.scripts import Conversation, conversation
from tests.servers.nodes import Cluster
from tests.support.messages import NOWHERE
from tests.support.people import EMAIL, USERNAME
from tests.support.person import Person

MakeParty = Callable[..., OpenIDClient]


@pytest.fixture(scope="module")
def library() -> Iterator[Conversation]:
    with conversation("openid_client.mjs") as talking:
        yield talking


@pytest.fixture(scope="module")
def party(provider: Cluster, clients: dict[str, Registered], library: Conversation) -> MakeParty:
    """A relying party of a sort, one for all tests."""

    @cache
    def made(name: str = "basic") -> OpenIDClient:
        client = clients[name]
        method, alg = client.kind.token_endpoint_auth_method, {"id_token_signed_response_alg": client.kind.alg}
        return discover(library, provider.issuer, client.client_id, method, client.credential, **alg)

    return made


# --- Signing in


@pytest.mark.parametrize("name", KINDS)
def test_openid_client_signs_a_person_in(party: MakeParty, person: Person, provider: Cluster, name: str) -> None:
    client = party(name)
    before = int(time.time())
    granted = client.sign_in(person, max_age="600")
    assert granted.tokens["token_type"] == "bearer"
    assert granted.tokens["expires_in"] == 300
    assert granted.tokens["scope"] == "openid profile email"
    assert before <= granted.claims["auth_time"] <= granted.claims["iat"] <= time.time() < granted.claims["exp"]
    assert granted.claims["iss"] == client.metadata["issuer"] == provider.issuer
    told = client.userinfo(granted)
    assert told.pop("updated_at") <= time.time()
    assert told == {
        "sub": granted.claims["sub"],
        "name": USERNAME,
        "preferred_username": USERNAME,
        "email": EMAIL,
        "email_verified": True,
    }


@pytest.mark.parametrize("mode", ["query", "fragment", "form_post"])
def test_openid_client_reads_the_answer_in_every_response_mode(party: MakeParty, regular: Person, mode: str) -> None:
    client = party("basic")
    begun = client.begin(response_mode=mode)
    redirected = regular.go(begun.url, client=NOWHERE)
    parts = urlsplit(redirected)
    assert {"query": bool(parts.query), "fragment": bool(parts.fragment), "form_post": regular.posted is not None} == {
        each: each == mode for each in ("query", "fragment", "form_post")
    }
    granted = client.grant(begun, in_query(redirected), regular.posted)
    assert granted.claims["nonce"] == begun.checks["expectedNonce"]


# --- Refreshing


@pytest.mark.covers("S29 rotate")
@pytest.mark.parametrize(("name", "rotates"), [("spa", True), ("native", True), ("basic", False), ("key", False)])
def test_openid_client_refreshes(party: MakeParty, regular: Person, name: str, rotates: bool) -> None:
    """A public client gets another refresh token each time, a confidential one keeps its own."""
    client = party(name)
    granted = client.sign_in(regular)
    refreshed = client.call("refreshTokenGrant", granted.tokens["refresh_token"])
    assert refreshed["access_token"] != granted.tokens["access_token"]
    replaced = refreshed.get("refresh_token", granted.tokens["refresh_token"]) != granted.tokens["refresh_token"]
    assert replaced is rotates
    told = client.call("fetchUserInfo", refreshed["access_token"], granted.claims["sub"])
    assert told["sub"] == granted.claims["sub"]


def test_openid_client_refreshes_for_less(party: MakeParty, regular: Person) -> None:
    client = party("basic")
    granted = client.sign_in(regular)
    refreshed = client.call("refreshTokenGrant", granted.tokens["refresh_token"], {"scope": "openid email"})
    assert refreshed["scope"] == "openid email"
    told = client.call("fetchUserInfo", refreshed["access_token"], granted.claims["sub"])
    assert told == {"sub": granted.claims["sub"], "email": EMAIL, "email_verified": True}


# --- Without a person


@pytest.mark.parametrize("name", MACHINES)
def test_openid_client_acts_for_itself(party: MakeParty, name: str) -> None:
    granted = party(name).call("clientCredentialsGrant", {"scope": "email"})
    assert granted.pop("access_token")
    assert granted == {"token_type": "bearer", "expires_in": 300, "scope": "email"}


@pytest.mark.parametrize("name", CONFIDENTIAL)
def test_openid_client_introspects_what_it_holds(party: MakeParty, regular: Person, name: str) -> None:
    client = party(name)
    granted = client.sign_in(regular)
    for kind in ("access_token", "refresh_token"):
        told = client.call("tokenIntrospection", granted.tokens[kind])
        assert (told["active"], told["sub"]) == (True, granted.claims["sub"])
    assert client.call("tokenIntrospection", "0.unknown") == {"active": False}


@pytest.mark.covers("S34 access", "S34 refresh")
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
@pytest.mark.parametrize("name", ["basic", "spa", "key"])
def test_openid_client_revokes_a_token_and_all_that_came_with_it(
    party: MakeParty, regular: Person, name: str, kind: str
) -> None:
    client = party(name)
    granted = client.sign_in(regular)
    assert client.call("tokenRevocation", granted.tokens[kind]) is None
    with pytest.raises(LibraryError) as refused:
        client.userinfo(granted)
    assert refused.value.told["class"] == "WWWAuthenticateChallengeError"
    assert refused.value.told["status"] == 401
    _is_error(client, "refreshTokenGrant", granted.tokens["refresh_token"], error="invalid_grant")


# --- Signing out


@pytest.mark.covers("S73 exact")
def test_openid_client_signs_a_person_out(party: MakeParty, person: Person) -> None:
    client = party("basic")
    granted = client.sign_in(person)
    parameters = {
        "post_logout_redirect_uri": SIGNED_OUT,
        "id_token_hint": granted.tokens["id_token"],
        "state": "left",
    }
    url = client.call("buildEndSessionUrl", parameters)
    assert person.visit(url, client=SIGNED_OUT) == f"{SIGNED_OUT}?state=left"
    begun = client.begin(prompt="none")
    with pytest.raises(LibraryError) as refused:
        client.grant(begun, person.go(begun.url, client=NOWHERE))
    assert refused.value.told["class"] == "AuthorizationResponseError"
    assert refused.value.told["error"] == "login_required"


# --- What the library refuses, and what it makes of our refusals


@pytest.mark.covers("S7 error", "S15 exact")
def test_openid_client_tells_a_no_as_access_denied(party: MakeParty, regular: Person) -> None:
    client = party("basic")
    begun = client.begin(prompt="consent")
    with pytest.raises(LibraryError) as refused:
        client.grant(begun, regular.go(begun.url, client=NOWHERE, answer="deny"))
    assert refused.value.told["class"] == "AuthorizationResponseError"
    assert refused.value.told["error"] == "access_denied"


def test_openid_client_refuses_an_answer_with_another_state(party: MakeParty, regular: Person) -> None:
    client = party("basic")
    begun = client.begin()
    redirected = regular.go(begun.url, client=NOWHERE)
    with pytest.raises(LibraryError, match="state") as refused:
        client.grant(begun, redirected, expectedState="another")
    assert refused.value.told["code"] == "OAUTH_INVALID_RESPONSE"


@pytest.mark.covers("S7 success")
@pytest.mark.parametrize("iss", [None, "https://mallory.example"])
def test_openid_client_refuses_an_answer_without_our_iss(party: MakeParty, regular: Person, iss: str | None) -> None:
    """RFC 9207 §2.4: it knows from our metadata that every answer has it."""
    client = party("basic")
    begun = client.begin()
    parts = urlsplit(regular.go(begun.url, client=NOWHERE))
    given = {name: value for name, [value] in parse_qs(parts.query).items() if name != "iss"}
    forged = parts._replace(query=urlencode(given | ({"iss": iss} if iss else {}))).geturl()
    with pytest.raises(LibraryError, match="iss") as refused:
        client.grant(begun, forged)
    assert refused.value.told["code"] == "OAUTH_INVALID_RESPONSE"


def test_openid_client_refuses_an_id_token_with_another_nonce(party: MakeParty, regular: Person) -> None:
    client = party("basic")
    begun = client.begin()
    redirected = regular.go(begun.url, client=NOWHERE)
    with pytest.raises(LibraryError, match="nonce") as refused:
        client.grant(begun, redirected, expectedNonce="another")
    assert refused.value.told["code"] == "OAUTH_JWT_CLAIM_COMPARISON_FAILED"


@pytest.mark.covers("S19 second")
def test_openid_client_cannot_use_a_code_twice(party: MakeParty, regular: Person) -> None:
    client = party("basic")
    begun = client.begin()
    redirected = regular.go(begun.url, client=NOWHERE)
    client.grant(begun, redirected)
    with pytest.raises(LibraryError) as refused:
        client.grant(begun, redirected)
    _is_told(refused.value, error="invalid_grant")


@pytest.mark.covers("S22 verifier")
def test_openid_client_with_another_verifier_gets_nothing(party: MakeParty, regular: Person) -> None:
    client = party("basic")
    begun = client.begin()
    redirected = regular.go(begun.url, client=NOWHERE)
    with pytest.raises(LibraryError) as refused:
        client.grant(begun, redirected, pkceCodeVerifier="x" * 43)
    _is_told(refused.value, error="invalid_grant")


def test_openid_client_is_told_what_is_wrong_with_its_token_requests(party: MakeParty) -> None:
    _is_error(party("basic"), "refreshTokenGrant", "0.unknown", error="invalid_grant")
    _is_error(party("machine"), "clientCredentialsGrant", {"scope": "openid"}, error="invalid_scope")
    _is_error(party("spa"), "clientCredentialsGrant", {}, error="unauthorized_client")
    _is_error(party("basic"), "genericGrantRequest", "urn:example:unknown", {}, error="unsupported_grant_type")


def test_openid_client_with_a_wrong_secret_is_challenged(
    provider: Cluster, library: Conversation, party: MakeParty
) -> None:
    stranger = discover(library, provider.issuer, "0.nobody", "client_secret_basic", "wrong")
    with pytest.raises(LibraryError) as refused:
        stranger.call("clientCredentialsGrant", {})
    assert refused.value.told["class"] == "WWWAuthenticateChallengeError"
    assert refused.value.told["status"] == 401


def _is_error(client: OpenIDClient, function: str, *arguments: Any, error: str) -> None:
    with pytest.raises(LibraryError) as refused:
        client.call(function, *arguments)
    _is_told(refused.value, error=error)


def _is_told(refused: LibraryError, *, error: str) -> None:
    """As the library types what a token endpoint says (RFC 6749 §5.2)."""
    assert refused.told["class"] == "ResponseBodyError"
    assert (refused.told["status"], refused.told["error"]) == (400, error)
    assert refused.told["error_description"]
