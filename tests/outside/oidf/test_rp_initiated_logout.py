"""oidcc-rp-initiated-logout-certification-test-plan."""

import secrets
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.outside.oidf import id_tokens
from tests.outside.oidf.plans import module, modules
from tests.outside.oidf.provider import SIGNED_OUT, Provider
from tests.outside.oidf.relying_party import RelyingParty, Tokens
from tests.support.person import Page

SOMEWHERE = "http://127.0.0.1:9/"


@module("oidcc-rp-initiated-logout-discovery-endpoint-verification")
def test_the_metadata_names_the_end_session_endpoint(provider: Provider) -> None:
    issuer, endpoint = urlsplit(provider.issuer), urlsplit(provider.metadata["end_session_endpoint"])
    assert endpoint[:2] == issuer[:2]
    assert endpoint.fragment == ""


@module("oidcc-rp-initiated-logout")
def test_a_signed_out_person_is_led_back_with_the_state(party: RelyingParty) -> None:
    request = _request(party.sign_in())
    assert _led_back(_sign_out(party, request)) == {"state": request["state"]}
    assert not _is_signed_in(party)


@module("oidcc-rp-initiated-logout-no-state")
def test_without_a_state_none_comes_back(party: RelyingParty) -> None:
    request = _request(party.sign_in(), without="state")
    assert _led_back(_sign_out(party, request)) == {}
    assert not _is_signed_in(party)


@pytest.mark.covers("S13 post_logout", "S73 exact")
@modules(
    "unregistered",
    {
        "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri": f"{SIGNED_OUT}/another",
        "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri": f"{SIGNED_OUT}?foo=bar",
    },
)
def test_an_unregistered_post_logout_redirect_uri_is_never_gone_to(party: RelyingParty, unregistered: str) -> None:
    request = {**_request(party.sign_in()), "post_logout_redirect_uri": unregistered}
    assert isinstance(_sign_out(party, request), Page)


@module("oidcc-rp-initiated-logout-modified-id-token-hint")
@pytest.mark.covers("S73 hint")
def test_a_hint_whose_signature_was_taken_off_leads_nowhere(party: RelyingParty) -> None:
    tokens = party.sign_in()
    request = {**_request(tokens), "id_token_hint": id_tokens.unsigned(tokens.id_token)}
    assert isinstance(_sign_out(party, request), Page)


@module("oidcc-rp-initiated-logout-bad-id-token-hint")
@pytest.mark.covers("S73 hint")
def test_a_hint_that_the_client_signed_leads_nowhere(party: RelyingParty) -> None:
    tokens = party.sign_in()
    forged = id_tokens.signed_with(party.client.client_secret, tokens.id_token)
    assert isinstance(_sign_out(party, {**_request(tokens), "id_token_hint": forged}), Page)


@module("oidcc-rp-initiated-logout-no-id-token-hint")
@pytest.mark.covers("S73 asked", "S73 client_id")
def test_without_a_hint_nobody_is_led_anywhere(party: RelyingParty) -> None:
    request = _request(party.sign_in(), without="id_token_hint")
    assert isinstance(_sign_out(party, request), Page)


@module("oidcc-rp-initiated-logout-no-params")
def test_without_parameters_the_person_is_signed_out_and_stays(party: RelyingParty) -> None:
    party.sign_in()
    _is_signed_out(party, _sign_out(party, {}))


@module("oidcc-rp-initiated-logout-only-state")
def test_with_a_state_alone_the_person_is_signed_out_and_stays(party: RelyingParty) -> None:
    state = _request(party.sign_in())["state"]
    _is_signed_out(party, _sign_out(party, {"state": state}))


@module("oidcc-rp-initiated-logout-no-post-logout-redirect-uri")
def test_without_a_post_logout_redirect_uri_the_person_is_signed_out_and_stays(party: RelyingParty) -> None:
    request = _request(party.sign_in(), without="post_logout_redirect_uri")
    _is_signed_out(party, _sign_out(party, request))


def _request(tokens: Tokens, *, without: str = "") -> dict[str, str]:
    good = {
        "id_token_hint": tokens.answer["id_token"],
        "post_logout_redirect_uri": SIGNED_OUT,
        "state": secrets.token_urlsafe(10),
    }
    return {name: value for name, value in good.items() if name != without}


def _sign_out(party: RelyingParty, request: dict[str, str]) -> Page | str:
    """Where the person ends who says yes to every question whether to sign out."""
    endpoint, provider = party.provider.metadata["end_session_endpoint"], party.provider
    place = party.person.visit(f"{endpoint}?{urlencode(request)}", client=SOMEWHERE)
    while isinstance(place, Page) and (place.status, place.path) == (200, provider.sign_out_page):
        place = party.person.fill(place, client=SOMEWHERE, **provider.sign_out)
    return place


def _led_back(place: Page | str) -> dict[str, str]:
    """The parameters that came back with the person."""
    assert isinstance(place, str), place
    parts = urlsplit(place)
    assert parts._replace(query="").geturl() == SIGNED_OUT
    return {name: value for name, [value] in parse_qs(parts.query).items()}


def _is_signed_out(party: RelyingParty, place: Page | str) -> None:
    assert isinstance(place, Page), place
    assert place.status == 200
    assert not _is_signed_in(party)


def _is_signed_in(party: RelyingParty) -> bool:
    answer = party.answer(party.request(prompt="none"))
    assert answer.get("error", "login_required") == "login_required"
    return "code" in answer
