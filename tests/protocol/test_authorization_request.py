"""Authorization requests: what is shown on a page, what goes back to the client, and what a good one becomes."""

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import client_record
from tests.support.messages import CHALLENGE, REDIRECT_URI
from tokens.protocol import prompts
from tokens.protocol.authorization_request import (
    MAX_NONCE,
    AuthorizationRequest,
    ReturnAddress,
    judge,
    known_client,
    return_address,
)
from tokens.protocol.errors import (
    InvalidRequest,
    InvalidScope,
    OAuthError,
    RequestNotSupported,
    RequestUriNotSupported,
    UnauthorizedClient,
    UnsupportedResponseType,
)
from tokens.protocol.records import ApplicationType, ClaimsRequest, Client
from tokens.protocol.response_modes import RESPONSE_MODES, can_carry

GOOD = {
    "client_id": "0.client",
    "redirect_uri": REDIRECT_URI,
    "response_type": "code",
    "scope": "openid email",
    "state": "af0ifjsldkj",
    "nonce": "n-0S6_WzA2Mj",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
STAGE_TWO: list[tuple[dict[str, str | None], type[OAuthError]]] = [
    ({"response_type": None}, InvalidRequest),
    ({"response_type": "token"}, UnsupportedResponseType),
    ({"response_type": "code id_token"}, UnsupportedResponseType),
    ({"response_type": "CODE"}, UnsupportedResponseType),
    ({"response_mode": "query.jwt"}, InvalidRequest),
    ({"request": "eyJhbGciOiJub25lIn0.e30."}, RequestNotSupported),
    ({"request_uri": "https://evil.example/request"}, RequestUriNotSupported),
    ({"scope": None}, InvalidScope),
    ({"scope": "openid  email"}, InvalidScope),
    ({"scope": "admin"}, InvalidScope),
    ({"scope": " ".join(map(str, range(101)))}, InvalidScope),
    ({"code_challenge": None}, InvalidRequest),
    ({"code_challenge": None, "code_challenge_method": None}, InvalidRequest),
    ({"code_challenge_method": "plain"}, InvalidRequest),
    ({"code_challenge_method": None}, InvalidRequest),
    ({"code_challenge": "short"}, InvalidRequest),
    ({"nonce": "n" * (MAX_NONCE + 1)}, InvalidRequest),
    ({"nonce": "é" * (MAX_NONCE // 6 + 1)}, InvalidRequest),
    ({"prompt": "none login"}, InvalidRequest),
    ({"prompt": "none select_account"}, InvalidRequest),
    ({"prompt": "create"}, InvalidRequest),
    ({"max_age": "-1"}, InvalidRequest),
    ({"max_age": "1.5"}, InvalidRequest),
    ({"max_age": "1e3"}, InvalidRequest),
    ({"max_age": "٣"}, InvalidRequest),
    ({"max_age": "²"}, InvalidRequest),
    ({"max_age": "9" * 10}, InvalidRequest),
    ({"max_age": "9" * 100_000}, InvalidRequest),
]
"""One request a class of error that stage two knows: none may show before stage one has passed."""
BAD_ADDRESSES: list[str | None] = [
    None,
    "https://rp.example.evil/callback",
    "https://evil.example/callback",
    f"{REDIRECT_URI}/",
    f"{REDIRECT_URI}?x=1",
    f"{REDIRECT_URI}#",
    f"{REDIRECT_URI};x",
    f" {REDIRECT_URI}",
    f"{REDIRECT_URI}\n",
    "https://rp.example:443/callback",
    "https://RP.example/callback",
    "https://rp.example/%63allback",
    "https://rp.example@evil.example/callback",
    "https://user@rp.example/callback",
    "https://rp.example/../callback",
    "//rp.example/callback",
    "/callback",
    "javascript:alert(1)",
    "https://[",
    "x" * 1_000_000,
]

NAMES = ("name", "family_name")


def test_a_good_request_becomes_a_record_with_what_the_client_may_have() -> None:
    assert judge(GOOD, client_record(scope=("email", "openid")), pkce_floor="required") == AuthorizationRequest(
        client_id="0.client",
        redirect_uri=REDIRECT_URI,
        scope=("openid", "email"),
        nonce="n-0S6_WzA2Mj",
        code_challenge=CHALLENGE,
        prompt=frozenset(),
        max_age=None,
        resource=(),
        claims=ClaimsRequest(),
        subjects=None,
        acr=None,
    )
    assert return_address(GOOD, client_record()) == ReturnAddress(
        redirect_uri=REDIRECT_URI, response_mode="query", state="af0ifjsldkj"
    )


@pytest.mark.parametrize(
    ("scope", "claims", "mapping", "beyond"),
    [
        ("openid email", {}, (), ()),
        ("openid email", {"userinfo": {"name": None}}, (), ("name",)),
        ("openid email", {"id_token": {"name": None, "family_name": None}, "userinfo": {"name": None}}, (), NAMES),
        # The scope says it already.
        ("openid email", {"userinfo": {"email": None}, "id_token": {"email_verified": None}}, (), ()),
        ("openid email", {"userinfo": {"mail": None}}, ("email mail email",), ()),
        ("openid", {"userinfo": {"mail": None}}, ("email mail email",), ("email",)),
        # A mapping puts more under it than it says.
        ("openid email", {}, ("email dept attribute:department",), ("attribute:department",)),
        ("openid email", {}, ("profile dept attribute:department",), ()),
        ("openid", {"userinfo": {"dept": None}}, ("profile dept attribute:department",), ("attribute:department",)),
        ("openid groups", {}, ("groups roles groups:shop-*",), ()),
        ("openid email", {}, ("email roles groups:shop-*",), ("groups:shop-*",)),
        # Without openid there is nothing to put claims into.
        ("email", {"userinfo": {"name": None}}, ("email dept attribute:department",), ()),
    ],
)
def test_what_is_asked_for_beyond_the_words_of_the_scopes_is_known_by_its_source(
    scope: str, claims: dict[str, Any], mapping: tuple[str, ...], beyond: tuple[str, ...]
) -> None:
    client = client_record(scope=("openid", "profile", "email", "groups"), claims_mapping=mapping)
    asked = judge(_with({"scope": scope, "claims": json.dumps(claims)}), client, pkce_floor="required")
    assert sorted(asked.claim_names) == sorted(beyond)
    assert {source for source in beyond if ":" in source} <= {*asked.claims.mapped}


def test_prompt_and_max_age_are_read() -> None:
    asked = judge(_with({"prompt": "consent login", "max_age": "0"}), client_record(), pkce_floor="required")
    assert (asked.prompt, asked.max_age) == (frozenset({"login", "consent"}), timedelta(0))
    asked = judge(_with({"max_age": "999999999"}), client_record(), pkce_floor="required")
    assert asked.max_age == timedelta(seconds=999_999_999)


def test_no_client_an_unknown_and_a_disabled_one_are_told_apart() -> None:
    for client_id, client, words in (
        (None, None, "client_id is missing"),
        ("x", None, "client_id x is not that of a client registered here"),
        ("x", client_record(enabled=False), "the client x is registered here and disabled"),
    ):
        with pytest.raises(InvalidRequest, match=words):
            known_client(client_id, client)


@pytest.mark.covers(
    "S2 redirect_uri", "S2 prompt", "S2 response_type", "S2 scope", "DOT #1719", "CVE-2026-41479", "CVE-2026-44681"
)
@pytest.mark.parametrize("redirect_uri", BAD_ADDRESSES, ids=lambda uri: str(uri)[:40])
@pytest.mark.parametrize("prompt", [None, *prompts.VALUES, "none login", "bogus"])
def test_a_bad_redirect_uri_stops_every_request_before_there_is_an_address(
    redirect_uri: str | None, prompt: str | None
) -> None:
    for changes, _ in STAGE_TWO:
        parameters = _with({"prompt": prompt, **changes, "redirect_uri": redirect_uri})
        with pytest.raises(InvalidRequest, match="redirect_uri"):
            return_address(parameters, client_record())


@pytest.mark.covers("S1 own")
def test_a_client_without_redirect_uris_allows_none() -> None:
    for uri in ("", REDIRECT_URI):
        with pytest.raises(InvalidRequest, match="redirect_uri"):
            return_address(_with({"redirect_uri": uri}), client_record(redirect_uris=()))


@pytest.mark.covers("S1 exact")
def test_a_single_redirect_uri_is_still_required_in_the_request() -> None:
    with pytest.raises(InvalidRequest, match="redirect_uri is missing"):
        return_address(_with({"redirect_uri": None}), client_record(redirect_uris=(REDIRECT_URI,)))


@pytest.mark.covers("S8 types", "S22 plain", "S22 absent")
@pytest.mark.parametrize(("changes", "error"), STAGE_TWO, ids=lambda value: str(value)[:40])
def test_each_fault_past_stage_one_has_its_own_error(changes: dict[str, str | None], error: type[OAuthError]) -> None:
    parameters = _with(changes)
    assert return_address(parameters, client_record()).redirect_uri == REDIRECT_URI
    with pytest.raises(OAuthError) as refused:
        judge(parameters, client_record(), pkce_floor="required")
    assert type(refused.value) is error


@pytest.mark.covers("S8 modes")
@pytest.mark.parametrize("mode", ["form_post.jwt", "query.jwt", "web_message", "QUERY", "\r\n"])
def test_a_mode_that_is_not_known_is_refused_by_the_default_one(mode: str) -> None:
    assert return_address(_with({"response_mode": mode}), client_record()).response_mode == "query"


MODE_SETS = [modes for size in (1, 2, 3) for modes in combinations(RESPONSE_MODES, size)]


@pytest.mark.covers("S8 modes")
@pytest.mark.parametrize("modes", MODE_SETS, ids=" ".join)
@pytest.mark.parametrize("asked", [None, *RESPONSE_MODES, "query.jwt"])
@pytest.mark.parametrize(
    ("application_type", "redirect_uri"),
    [("web", REDIRECT_URI), ("native", "http://127.0.0.1/callback"), ("native", "com.example.app:/callback")],
)
def test_a_mode_is_taken_only_where_it_is_the_clients_and_refused_by_one_that_is(
    modes: tuple[str, ...], asked: str | None, application_type: ApplicationType, redirect_uri: str
) -> None:
    client = client_record(response_modes=modes, application_type=application_type, redirect_uris=(redirect_uri,))
    parameters = _with({"response_mode": asked, "redirect_uri": redirect_uri})
    used = return_address(parameters, client).response_mode
    reaching = [mode for mode in modes if can_carry(mode, redirect_uri)]
    wanted = asked or "query"
    if wanted in reaching:
        assert used == wanted
        assert judge(parameters, client, pkce_floor="required").redirect_uri == redirect_uri
        return
    # Nobody may register one that nothing reaches.
    assert used == ("query" if "query" in reaching or not reaching else reaching[0])
    with pytest.raises(UnauthorizedClient if can_carry(wanted, redirect_uri) else InvalidRequest) as refused:
        judge(parameters, client, pkce_floor="required")
    assert "response_mode" in refused.value.description
    assert wanted in refused.value.description


@pytest.mark.parametrize(
    ("application_type", "public", "modes"),
    [
        ("web", False, ("query", "form_post")),
        ("web", True, ("fragment", "query")),
        ("native", True, ("query",)),
        ("native", False, ("query",)),
    ],
)
def test_a_client_that_names_no_mode_has_those_of_its_kind(
    application_type: ApplicationType, public: bool, modes: tuple[str, ...]
) -> None:
    method = "none" if public else "client_secret_basic"
    client = client_record(application_type=application_type, token_endpoint_auth_method=method)
    assert client.answered_by == modes
    assert replace(client, response_modes=("form_post",)).answered_by == ("form_post",)


@pytest.mark.covers("S51 allow-list")
@pytest.mark.parametrize(
    "changes", [{"response_types": ()}, {"grant_types": ()}, {"grant_types": ("client_credentials",)}]
)
def test_a_client_that_is_not_registered_for_codes_gets_none(changes: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(UnauthorizedClient):
        judge(GOOD, client_record(**changes), pkce_floor="required")


@pytest.mark.covers("S15 bound")
@pytest.mark.parametrize("state", ["s" * 100_000, "\N{SNOWMAN}" * 2500, " ", "\r\n"])
def test_state_has_no_bound_of_its_own(state: str) -> None:
    """The whole request has one, where it is read."""
    assert return_address(_with({"state": state}), client_record()).state == state


@pytest.mark.covers("S78 length", "CVE-2022-36087", "CVE-2026-4634")
@pytest.mark.parametrize("name", ["redirect_uri", "scope", "prompt", "max_age", "code_challenge", "response_type"])
@pytest.mark.parametrize("hostile", ["[" * 500_000, "http://[::1" + ":" * 500_000, "a " * 500_000, "9" * 1_000_000])
def test_a_megabyte_in_any_parameter_is_judged_within_50_ms(name: str, hostile: str) -> None:
    client = client_record(application_type="native")
    began = time.process_time()
    with pytest.raises(OAuthError):
        _judged(_with({name: hostile}), client)
    assert time.process_time() - began < 0.05


@given(st.dictionaries(st.sampled_from(sorted({*GOOD, "prompt", "max_age", "request", "response_mode"})), st.text()))
def test_whatever_a_request_holds_the_answer_is_a_record_or_an_error_of_the_protocol(changes: dict[str, str]) -> None:
    parameters = {**GOOD, **changes}
    try:
        asked = _judged(parameters, client_record())
    except OAuthError:
        return
    assert asked.redirect_uri == REDIRECT_URI


def _judged(parameters: Mapping[str, str], client: Client) -> AuthorizationRequest:
    return_address(parameters, client)
    return judge(parameters, client, pkce_floor="required")


def _with(changes: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
