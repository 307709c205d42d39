"""oidcc-basic-certification-test-plan, and the same modules as oidcc-formpost-basic-certification-test-plan."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace

import pytest
import requests

from tests.outside.oidf import id_tokens
from tests.outside.oidf.plans import module, modules
from tests.outside.oidf.provider import USERNAME
from tests.outside.oidf.relying_party import RelyingParty, Tokens, checked_token_response, is_invalid_grant
from tests.support.messages import CHALLENGE, NOWHERE, VERIFIER
from tests.support.person import Person

NEEDS_A_PAGE = {"login_required", "interaction_required", "consent_required", "account_selection_required"}
NO_RESPONSE_TYPE = {"invalid_request", "unsupported_response_type"}


@pytest.fixture(params=[None, "form_post"], ids=["basic", "formpost"])
def response_mode(request: pytest.FixtureRequest) -> str | None:
    mode: str | None = request.param
    return mode


# --- The flow


@module("oidcc-server")
@pytest.mark.covers("S7 success")
def test_a_code_gives_an_id_token_and_an_access_token_for_userinfo(party: RelyingParty) -> None:
    party.sign_in()
    assert party.person.passwords == 1


@module("oidcc-server-client-secret-post")
def test_a_client_may_authenticate_in_the_body(familiar: RelyingParty) -> None:
    replace(familiar, client=familiar.provider.post_client).sign_in()


@module("oidcc-response-type-missing")
def test_a_request_without_response_type_is_refused(familiar: RelyingParty) -> None:
    answer = familiar.answer(familiar.request(response_type=None))
    assert answer["error"] in NO_RESPONSE_TYPE


@module("oidcc-ensure-request-without-nonce-succeeds-for-code-flow")
def test_a_request_without_nonce_gives_an_id_token_without_one(familiar: RelyingParty) -> None:
    assert "nonce" not in familiar.sign_in(nonce=None).id_token


@module("oidcc-ensure-request-with-valid-pkce-succeeds")
@pytest.mark.covers("S23 verifier")
def test_a_request_with_pkce_succeeds_with_its_verifier_alone(familiar: RelyingParty) -> None:
    # RFC 7636 appendix B.
    challenge = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    request = familiar.request(**challenge)
    familiar.tokens(request, familiar.code(request), code_verifier=VERIFIER)
    assert is_invalid_grant(familiar.redeem(familiar.code(request), code_verifier="x" * 43))


@module("oidcc-ensure-post-request-succeeds")
def test_a_request_may_be_posted(party: RelyingParty) -> None:
    request = party.request()
    party.tokens(request, party.code(request, method="POST"))


@module("oidcc-ensure-registered-redirect-uri")
@pytest.mark.covers("S2 redirect_uri")
def test_an_unregistered_redirect_uri_is_never_gone_to(familiar: RelyingParty) -> None:
    assert 400 <= familiar.page(familiar.request(redirect_uri=f"{NOWHERE}/another")).status < 500


@modules(
    "changes",
    {
        "oidcc-display-page": {"display": "page"},
        "oidcc-display-popup": {"display": "popup"},
        "oidcc-ui-locales": {"ui_locales": "se"},
        "oidcc-claims-locales": {"claims_locales": "se"},
        "oidcc-login-hint": {"login_hint": "bob@example.org"},
        "oidcc-ensure-request-with-unknown-parameter-succeeds": {"extra": "foobar"},
    },
)
def test_what_a_client_may_add_is_no_error(party: RelyingParty, changes: dict[str, str]) -> None:
    party.sign_in(**changes)


@module("oidcc-ensure-request-with-acr-values-succeeds")
def test_acr_values_are_a_wish(familiar: RelyingParty) -> None:
    wished = familiar.provider.metadata.get("acr_values_supported", ["1", "2"])
    assert familiar.sign_in(acr_values=" ".join(wished)).id_token.get("acr", wished[0]) in wished


# --- ID tokens


@module("oidcc-idtoken-signature")
def test_an_id_token_is_signed_with_rs256_and_names_its_key(familiar: RelyingParty) -> None:
    header = id_tokens.header(familiar.sign_in().answer["id_token"])
    keys = requests.get(familiar.provider.metadata["jwks_uri"], timeout=10).json()["keys"]
    assert header["alg"] == "RS256"
    assert header["kid"] in [key["kid"] for key in keys]


@module("oidcc-idtoken-unsigned")
def test_no_id_token_is_unsigned(familiar: RelyingParty) -> None:
    """The suite asks this of providers that offer `none`: none here does."""
    assert "none" not in familiar.provider.metadata["id_token_signing_alg_values_supported"]
    assert id_tokens.header(familiar.sign_in().answer["id_token"])["alg"] != "none"


# --- Userinfo and claims


@module("oidcc-userinfo-get")
def test_userinfo_takes_a_get(familiar: RelyingParty) -> None:
    tokens = familiar.sign_in()
    _is_userinfo(familiar.userinfo(tokens.access_token), tokens)


@module("oidcc-userinfo-post-header")
def test_userinfo_takes_a_post_with_the_token_in_the_header(familiar: RelyingParty) -> None:
    tokens, endpoint = familiar.sign_in(), familiar.provider.metadata["userinfo_endpoint"]
    header = {"Authorization": f"Bearer {tokens.access_token}"}
    _is_userinfo(requests.post(endpoint, headers=header, timeout=10), tokens)


@module("oidcc-userinfo-post-body")
def test_userinfo_takes_a_post_with_the_token_in_the_body(familiar: RelyingParty) -> None:
    tokens, endpoint = familiar.sign_in(), familiar.provider.metadata["userinfo_endpoint"]
    _is_userinfo(requests.post(endpoint, {"access_token": tokens.access_token}, timeout=10), tokens)


def _is_userinfo(answer: requests.Response, tokens: Tokens) -> None:
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].partition(";")[0] == "application/json"
    assert answer.json() == {"sub": tokens.id_token["sub"]}


@modules(
    "scopes",
    {
        "oidcc-scope-profile": ["profile"],
        "oidcc-scope-email": ["email"],
        "oidcc-scope-address": ["address"],
        "oidcc-scope-phone": ["phone"],
        "oidcc-scope-all": ["profile", "email", "address", "phone"],
    },
)
def test_a_scope_stands_for_its_claims(familiar: RelyingParty, scopes: list[str]) -> None:
    _asks_claims(familiar, " ".join(["openid", *scopes]), scopes)


@module("oidcc-alternate-happy-flow")
def test_neither_the_order_of_scopes_nor_that_of_parameters_matters(familiar: RelyingParty) -> None:
    request = dict(reversed(familiar.request(scope="email openid").items()))
    tokens = familiar.tokens(request, familiar.code(request))
    assert familiar.userinfo(tokens.access_token).json() == {
        "sub": tokens.id_token["sub"],
        **familiar.provider.claims("email"),
    }


def _asks_claims(party: RelyingParty, scope: str, scopes: list[str]) -> None:
    tokens = party.sign_in(scope=scope)
    body = party.userinfo(tokens.access_token).json()
    assert isinstance(body.pop("updated_at", 0), int)
    assert body == {"sub": tokens.id_token["sub"], **party.provider.claims(*scopes)}
    # §5.4: where there is an access token, they are asked for with it.
    assert party.provider.claims(*scopes).keys().isdisjoint(tokens.id_token)


@module("oidcc-claims-essential")
def test_a_claim_can_be_asked_for_by_name(familiar: RelyingParty) -> None:
    tokens = familiar.sign_in(claims=json.dumps({"userinfo": {"name": {"essential": True}}}))
    body = familiar.userinfo(tokens.access_token).json()
    assert body == {"sub": tokens.id_token["sub"], "name": "Alice Liddell"}
    assert "name" not in tokens.id_token


# --- Signing in again


@module("oidcc-prompt-none-not-logged-in")
@pytest.mark.covers("S16 none")
def test_prompt_none_without_a_session_comes_back_as_an_error(party: RelyingParty) -> None:
    answer = party.answer(party.request(prompt="none", state="s" * 128))
    assert answer["error"] in NEEDS_A_PAGE
    assert party.person.seen == []


@module("oidcc-prompt-none-logged-in")
def test_prompt_none_with_a_session_gives_the_same_sign_in(familiar: RelyingParty) -> None:
    _same_sign_in(familiar, {"max_age": "1000"}, {"max_age": "1000", "prompt": "none"})


@module("oidcc-id-token-hint")
def test_prompt_none_with_the_hint_of_who_is_signed_in_gives_the_same_sign_in(familiar: RelyingParty) -> None:
    hint = familiar.sign_in().answer["id_token"]
    _same_sign_in(familiar, {"max_age": "1000"}, {"max_age": "1000", "prompt": "none", "id_token_hint": hint})


@module("oidcc-max-age-10000")
def test_a_sign_in_that_is_younger_than_max_age_is_enough(familiar: RelyingParty) -> None:
    _same_sign_in(familiar, {"max_age": "15000"}, {"max_age": "10000"})


def _same_sign_in(party: RelyingParty, first: dict[str, str], second: dict[str, str]) -> None:
    """`max_age` is there so that every provider tells the `auth_time` (OpenID Connect Core §2)."""
    before = party.sign_in(**first).id_token
    after = party.sign_in(**second).id_token
    assert party.person.seen == []
    assert (before["sub"], before["auth_time"]) == (after["sub"], after["auth_time"])


# --- What needs time to pass


@dataclass(frozen=True, slots=True)
class Earlier:
    """A sign-in some time ago, in a browser that did nothing since."""

    party: RelyingParty
    tokens: Tokens
    at: float

    def wait(self, seconds: float) -> None:
        """Until it is this old."""
        time.sleep(max(0.0, self.at + seconds - time.time()))  # the provider has a clock of its own

    def with_live_token(self) -> "Earlier":
        """Itself, or a sign-in from now where its access token ends soon: the other tests may have taken that long."""
        if time.time() < self.at + self.tokens.answer["expires_in"] / 2:
            return self
        return Earlier(self.party, self.party.sign_in(max_age="1000"), time.time())


@pytest.fixture(scope="session")
def _earlier() -> Iterator[Callable[[RelyingParty], dict[str, Earlier]]]:
    known: dict[tuple[str, str | None], dict[str, Earlier]] = {}
    with ExitStack() as people:

        def signed_in(party: RelyingParty) -> Earlier:
            person = people.enter_context(Person(USERNAME, party.provider.password))
            other = replace(party, person=person)
            return Earlier(other, other.sign_in(max_age="1000"), time.time())

        def of(party: RelyingParty) -> dict[str, Earlier]:
            key = (party.provider.name, party.response_mode)
            if key not in known:
                known[key] = {name: signed_in(party) for name in ("login", "max_age", "code")}
            return known[key]

        yield of


@pytest.fixture(autouse=True)
def earlier(party: RelyingParty, _earlier: Callable[[RelyingParty], dict[str, Earlier]]) -> dict[str, Earlier]:
    """Begun by the first test of a provider and a response mode, whichever that is."""
    return _earlier(party)


@module("oidcc-prompt-login")
@pytest.mark.covers("S16 login", "S16 auth_time")
def test_prompt_login_asks_again_and_gives_a_later_auth_time(earlier: dict[str, Earlier]) -> None:
    before = earlier["login"]
    before.wait(1.1)
    after = before.party.sign_in(prompt="login", max_age="1000")
    assert before.party.person.passwords == 1
    assert after.id_token["auth_time"] > before.tokens.id_token["auth_time"]
    assert after.id_token["sub"] == before.tokens.id_token["sub"]


@module("oidcc-max-age-1")
@pytest.mark.covers("S16 max_age")
def test_a_sign_in_that_is_older_than_max_age_is_not_enough(earlier: dict[str, Earlier]) -> None:
    before = earlier["max_age"]
    before.wait(2.1)
    after = before.party.sign_in(max_age="1")
    assert before.party.person.passwords == 1
    assert after.id_token["auth_time"] > before.tokens.id_token["auth_time"]
    assert time.time() - after.id_token["auth_time"] < 10


@module("oidcc-codereuse")
@pytest.mark.covers("S19 second")
def test_a_code_can_be_used_once(familiar: RelyingParty) -> None:
    tokens = familiar.sign_in()
    assert is_invalid_grant(familiar.redeem(tokens.code))


@module("oidcc-codereuse-30seconds")
@pytest.mark.covers("S19 second", "S19 revokes")
def test_a_code_that_is_used_again_after_half_a_minute_ends_what_it_gave(earlier: dict[str, Earlier]) -> None:
    before = earlier["code"].with_live_token()
    before.wait(30)
    assert before.party.userinfo(before.tokens.access_token).status_code == 200
    assert is_invalid_grant(before.party.redeem(before.tokens.code))
    assert before.party.userinfo(before.tokens.access_token).status_code == 401


# --- Request objects, refresh tokens


@module("oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported")
@pytest.mark.covers("S18 none")
def test_an_unsigned_request_object_is_refused(familiar: RelyingParty) -> None:
    """The suite lets it be processed or refused; who does not offer `none` has to refuse it."""
    request, metadata = familiar.request(), familiar.provider.metadata
    assert "none" not in metadata.get("request_object_signing_alg_values_supported", [])
    supported = metadata.get("request_parameter_supported", False)
    answer = familiar.answer({**request, "request": id_tokens.unsigned(request)})
    assert answer["error"] == ("invalid_request_object" if supported else "request_not_supported")


@module("oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported")
def test_a_request_uri_with_an_unsigned_request_object_is_refused(familiar: RelyingParty) -> None:
    metadata = familiar.provider.metadata
    supported = metadata.get("request_uri_parameter_supported", True)
    answer = familiar.answer({**familiar.request(), "request_uri": "https://rp.example/request.jwt"})
    assert answer["error"] == ("invalid_request_uri" if supported else "request_uri_not_supported")


@module("oidcc-ensure-request-object-with-redirect-uri")
@pytest.mark.covers("S2 redirect_uri")
def test_a_redirect_uri_in_an_unsigned_request_object_does_not_mend_the_one_outside(familiar: RelyingParty) -> None:
    request = familiar.request()
    outside = {**request, "redirect_uri": f"{NOWHERE}/another", "request": id_tokens.unsigned(request)}
    assert 400 <= familiar.page(outside).status < 500


@module("oidcc-refresh-token")
def test_a_refresh_token_gives_new_tokens_to_its_client_alone(familiar: RelyingParty) -> None:
    first = familiar.sign_in(scope="openid offline_access", prompt="consent")
    refresh_token = first.answer["refresh_token"]
    other = replace(familiar, client=familiar.provider.other_client)
    refused = other.token_request(grant_type="refresh_token", refresh_token=refresh_token)
    assert is_invalid_grant(refused)
    _is_refreshed(familiar, first, familiar.token_request(grant_type="refresh_token", refresh_token=refresh_token))


def _is_refreshed(party: RelyingParty, first: Tokens, answer: requests.Response) -> None:
    """OpenID Connect Core §12.2."""
    assert answer.status_code == 200, answer.text
    given = checked_token_response(answer)
    assert given["access_token"] != first.access_token
    assert party.userinfo(given["access_token"]).json() == {"sub": first.id_token["sub"]}
    nonce = id_tokens.claims(given["id_token"]).get("nonce")
    assert nonce in (None, first.id_token["nonce"])
    client_id, access_token = party.client.client_id, given["access_token"]
    again = id_tokens.verified(given["id_token"], party.provider, client_id, access_token, nonce)
    kept = ("iss", "sub", "aud", "azp", "auth_time")
    assert {name: again.get(name) for name in kept} == {name: first.id_token.get(name) for name in kept}
    assert again["iat"] >= first.id_token["iat"]
