"""The authorization endpoint: what is shown on a page, what goes back to the client, and what a code holds."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from accounts import sessions
from accounts.models import LoginSession, User
from tests.support import builders
from tests.support.endpoints import location, post
from tests.support.held import held, let_end, only, written
from tests.support.messages import (
    AUTHORIZE,
    CHALLENGE,
    CONSENT,
    REDIRECT_URI,
    Registered,
    authorization_request,
)
from tokens.protocol import handles, records
from tokens.stores import store

ISSUER = "http://localhost:8000"
BAD_ADDRESSES: list[str | None] = [
    None,
    "https://rp.example.evil/callback",
    "https://evil.example/",
    f"{REDIRECT_URI}/",
    f"{REDIRECT_URI}?x=1",
    f"{REDIRECT_URI}#x",
    f"{REDIRECT_URI};x=1",
    f"{REDIRECT_URI}%20",
    "https://rp.example@evil.example/callback",
    "https://rp.example:444/callback",
    "http://rp.example/callback",
    "//rp.example/callback",
    "javascript:alert(1)",
    "data:text/html,x",
    "https://rp.example/callback\r\nSet-Cookie: x=1",
]
FAULTS: dict[str, dict[str, str | None]] = {
    "nothing else": {},
    "prompt none": {"prompt": "none"},
    "prompt login": {"prompt": "login"},
    "prompt consent": {"prompt": "consent"},
    "bad response_type": {"response_type": "token"},
    "no response_type": {"response_type": None},
    "no scope": {"scope": None},
    "no openid": {"scope": "profile"},
    "no PKCE": {"code_challenge": None, "code_challenge_method": None},
    "a request object": {"request": "eyJhbGciOiJub25lIn0.e30."},
    "a request_uri": {"request_uri": "https://evil.example/"},
    "prompt select_account": {"prompt": "select_account"},
    "prompt none and another": {"prompt": "none select_account"},
    "an unknown prompt": {"prompt": "create"},
    "by form": {"response_mode": "form_post"},
    "by fragment": {"response_mode": "fragment"},
    "an unknown mode": {"response_mode": "query.jwt"},
    "broken claims": {"claims": "{"},
    "an unknown resource": {"resource": "urn:unknown"},
    "a forged hint": {"id_token_hint": "e30.e30.x"},
    "bad max_age": {"max_age": "-1"},
    "long state": {"state": "s" * 7000},
    "hostile state": {"state": "\r\nLocation: https://evil.example/\r\n\r\n<script>"},
}


@pytest.mark.covers(
    "S1 exact",
    "S2 redirect_uri",
    "S2 prompt",
    "S2 response_type",
    "S2 scope",
    "DOT #1719",
    "DOT 3.4.1 x4 query",
    "DOT 3.4.1 x4 path-params",
    "DOT 3.4.1 x4 userinfo",
    "DOT 3.4.1 x4 fragment",
    "CVE-2026-41479",
    "CVE-2026-44681",
    "CVE-2026-41569",
)
@pytest.mark.parametrize("redirect_uri", BAD_ADDRESSES)
@pytest.mark.parametrize("who", ["anybody", "browser"])
def test_a_bad_redirect_uri_is_shown_on_a_page_whatever_else_is_asked(
    request: pytest.FixtureRequest, web: Registered, who: str, redirect_uri: str | None
) -> None:
    asks: Client = request.getfixturevalue(who)
    for changes in FAULTS.values():
        parameters = authorization_request(web, **changes | {"redirect_uri": redirect_uri})
        assert_page(asks.get(AUTHORIZE, parameters))
        assert_page(post(asks, AUTHORIZE, parameters))


@pytest.mark.covers("S2 client")
@pytest.mark.parametrize(
    "client_id", [None, "", "unknown", "0." + "A" * 43, "a\ud800"[:1] + "é", "x" * 10_000, "' OR 1=1 --"]
)
@pytest.mark.parametrize("kind", FAULTS)
def test_an_unknown_client_is_shown_on_a_page(
    browser: Client, web: Registered, kind: str, client_id: str | None
) -> None:
    parameters = authorization_request(web, **FAULTS[kind] | {"client_id": client_id})
    assert_page(browser.get(AUTHORIZE, parameters))
    assert_page(post(browser, AUTHORIZE, parameters))


@pytest.mark.covers("S2 client", "CVE-2026-93999")
@pytest.mark.parametrize("kind", FAULTS)
def test_a_disabled_client_an_unknown_one_and_none_are_told_apart_on_the_page(browser: Client, kind: str) -> None:
    off = builders.register(enabled=False, skip_consent=True).client_id
    unknown = "0." + "A" * 43
    words = {
        off: f"the client {off} is registered here and disabled",
        unknown: f"client_id {unknown} is not that of a client registered here",
        None: "client_id is missing",
    }
    for client_id, told in words.items():
        page = browser.get(AUTHORIZE, authorization_request(Registered(""), **FAULTS[kind] | {"client_id": client_id}))
        assert_page(page)
        assert [each for each in words.values() if each in page.content.decode()] == [told]


@pytest.mark.covers("S7 error", "S15 exact", "S13 error_uri")
@pytest.mark.parametrize("who", ["anybody", "browser"])
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"response_mode": "query.jwt"}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "admin"}, "invalid_scope"),
        ({"scope": "openid  email"}, "invalid_scope"),
        ({"scope": " ".join(map(str, range(1500)))}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "none select_account"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"nonce": "n" * 513}, "invalid_request"),
        ({"request": "e30."}, "request_not_supported"),
        ({"request_uri": "urn:x"}, "request_uri_not_supported"),
    ],
)
def test_what_is_wrong_past_stage_one_goes_back_to_the_client(
    request: pytest.FixtureRequest, web: Registered, who: str, changes: dict[str, str | None], error: str
) -> None:
    asks: Client = request.getfixturevalue(who)
    address, answered = location(asks.get(AUTHORIZE, authorization_request(web, **changes)))
    description = answered.pop("error_description")
    assert answered.pop("error_uri").startswith(f"{ISSUER}/oauth2/errors#")
    assert re.fullmatch(r"[\x20-\x21\x23-\x5B\x5D-\x7E]+", description)
    assert (address, answered) == (REDIRECT_URI, {"error": error, "state": "af0ifjsldkj", "iss": ISSUER})
    assert not held(records.Interaction)
    assert not held(records.AuthorizationCode)


@pytest.mark.covers("S8 off")
@pytest.mark.parametrize("response_mode", [None, "query", "fragment", "form_post"])
@pytest.mark.parametrize(
    "response_type",
    ["token", "id_token", "id_token token", "code id_token", "code token", "code id_token token", "token code", "none"],
)
def test_nothing_but_a_code_comes_by_the_front_channel_and_no_registration_changes_it(
    browser: Client, response_type: str, response_mode: str | None
) -> None:
    client = builders.register("web", skip_consent=True, response_modes=["query", "fragment", "form_post"])
    builders.change_clients(response_types=["code", response_type])
    asked = authorization_request(client, response_type=response_type, response_mode=response_mode)
    answer = browser.get(AUTHORIZE, asked)
    told = answer.content.decode() + answer.headers.get("Location", "")
    assert "unsupported_response_type" in told
    assert not re.search(r"(access_token|id_token|code)(=|\" value=)", told)
    assert not held(records.AuthorizationCode)


@pytest.mark.covers("S8 types", "S51 allow-list")
@pytest.mark.parametrize(
    "columns", [{"response_types": []}, {"grant_types": []}, {"grant_types": ["client_credentials"]}]
)
def test_a_client_that_may_not_use_codes_is_told(browser: Client, columns: dict[str, Any]) -> None:
    client = builders.register(**columns)
    _, answered = location(browser.get(AUTHORIZE, authorization_request(client)))
    assert answered["error"] == "unauthorized_client"


@pytest.mark.covers(
    "S7 success", "S12 code", "S15 exact", "S15 URL", "S21 nonce", "S21 hashed", "S27 code", "S38 handles", "S20 minute"
)
def test_a_signed_in_person_is_sent_back_with_a_code_that_is_bound_to_all_that_was_asked(
    browser: Client, alice: User, web: Registered
) -> None:
    before = datetime.now(UTC)
    answer = browser.get(AUTHORIZE, authorization_request(web, state='å=&+%20"<\n\t✓'))
    address, answered = location(answer)
    code = handles.parse(answered.pop("code"))
    assert code is not None
    assert (address, answered) == (REDIRECT_URI, {"state": 'å=&+%20"<\n\t✓', "iss": ISSUER})
    assert (answer["Cache-Control"], answer.content) == ("no-store", b"")
    assert not any(name.startswith("Access-Control") for name in answer.headers)
    kept = store().codes.get(handles.key(code), web.client_id)
    login = LoginSession.objects.get()
    assert kept is not None
    assert kept.authorization == builders.authorization(
        id=kept.authorization.id,
        client_id=web.client_id,
        subject=str(alice.pk),
        sid=login.sid,
        told_sid=login.sid,
        scope=("openid", "profile", "email"),
        auth_time=login.auth_time,
        amr=tuple(login.amr),
        root_at=login.root_at,
        expires=kept.authorization.expires,
    )
    assert (kept.redirect_uri, kept.code_challenge, kept.nonce) == (REDIRECT_URI, CHALLENGE, "n-0S6_WzA2Mj")
    assert kept.spent_at is None
    assert timedelta(0) < kept.expires - before < timedelta(seconds=61)
    assert code not in written(records.AuthorizationCode)


@pytest.mark.covers("S16 none", "DOT #1719")
def test_prompt_none_never_shows_a_page(anybody: Client, browser: Client, web: Registered) -> None:
    asking = builders.register("web")
    for asks, client, error in (
        (anybody, web, "login_required"),
        (anybody, asking, "login_required"),
        (browser, asking, "consent_required"),
        (browser, web, None),
    ):
        address, answered = location(asks.get(AUTHORIZE, authorization_request(client, prompt="none")))
        assert (address, answered.get("error"), answered["state"]) == (REDIRECT_URI, error, "af0ifjsldkj")
    assert not held(records.Interaction)


@pytest.mark.covers("S16 none", "S16 max_age")
def test_prompt_none_with_a_sign_in_that_is_too_old_is_login_required(browser: Client, web: Registered) -> None:
    _, answered = location(browser.get(AUTHORIZE, authorization_request(web, prompt="none", max_age="0")))
    assert answered["error"] == "login_required"


@pytest.mark.covers("S16 login")
@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"max_age": "0"}, {"prompt": "login consent"}])
def test_who_is_signed_in_is_asked_for_the_password_again_and_then_goes_on(
    browser: Client, web: Registered, changes: dict[str, str]
) -> None:
    page, query = location(browser.get(AUTHORIZE, authorization_request(web, **changes)))
    assert page == "/accounts/reauthenticate/"
    # However often they come back without having done so, it is asked again.
    assert location(browser.get(query["next"]))[0] == "/accounts/reauthenticate/"
    LoginSession.objects.update(auth_time=datetime.now(UTC))
    where, answered = location(browser.get(query["next"]))
    assert where == (CONSENT if "consent" in changes.get("prompt", "") else REDIRECT_URI)
    assert "error" not in answered


def test_nobody_signed_in_leads_to_the_sign_in_page_and_back_here(anybody: Client, web: Registered) -> None:
    page, query = location(anybody.get(AUTHORIZE, authorization_request(web)))
    assert (page, query["next"].partition("?")[0]) == ("/accounts/login/", AUTHORIZE)
    assert anybody.get(f"{page}?next={query['next']}").status_code == 200


@pytest.mark.covers("S66 before", "CVE-2026-7507", "CVE-2022-39222", "attacker web")
def test_a_request_goes_on_only_in_the_browser_that_began_it(anybody: Client, browser: Client, web: Registered) -> None:
    _, query = location(anybody.get(AUTHORIZE, authorization_request(web)))
    assert_page(browser.get(query["next"]))
    # The victim has an own cookie from a sign-in of their own: still not theirs.
    browser.get(AUTHORIZE, authorization_request(web, prompt="login"))
    assert_page(browser.get(query["next"]))
    assert_page(post(browser, AUTHORIZE, {"interaction": parse_qs(urlsplit(query["next"]).query)["interaction"][0]}))
    assert location(anybody.get(query["next"]))[0] == "/accounts/login/"


@pytest.mark.covers("CVE-2026-7571", "CVE-2026-4874")
def test_a_request_that_waits_cannot_be_changed_by_what_comes_beside_its_id(browser: Client, web: Registered) -> None:
    _, query = location(browser.get(AUTHORIZE, authorization_request(web, prompt="login", scope="openid")))
    LoginSession.objects.update(auth_time=datetime.now(UTC))
    injected = "&scope=openid+email&redirect_uri=https://evil.example/&state=evil&response_type=token"
    place, _, named = query["next"].partition("&client_id=")
    assert named == web.client_id
    address, answered = location(browser.get(f"{place}&client_id=evil{injected}"))
    assert (address, answered["state"]) == (REDIRECT_URI, "af0ifjsldkj")
    assert only(records.AuthorizationCode).authorization.scope == ("openid",)


@pytest.mark.covers("CVE-2026-4874")
def test_what_is_kept_of_a_request_are_its_known_parameters_alone(anybody: Client, web: Registered) -> None:
    unknown = {"post_logout_redirect_uri": "https://evil.example/", "next": "//evil.example"}
    anybody.get(AUTHORIZE, authorization_request(web) | unknown)
    assert only(records.Interaction).parameters == authorization_request(web)


@pytest.mark.covers("S19 concurrency")
def test_a_request_is_answered_once(browser: Client, web: Registered) -> None:
    _, query = location(browser.get(AUTHORIZE, authorization_request(web, prompt="login")))
    LoginSession.objects.update(auth_time=datetime.now(UTC))
    assert "code" in location(browser.get(query["next"]))[1]
    assert_page(browser.get(query["next"]))
    assert len(held(records.AuthorizationCode)) == 1


def test_an_expired_request_is_gone(browser: Client, web: Registered) -> None:
    _, query = location(browser.get(AUTHORIZE, authorization_request(web, prompt="login")))
    let_end(records.Interaction, datetime.now(UTC))
    assert_page(browser.get(query["next"]))


@pytest.mark.covers("CVE-2026-93999")
def test_a_client_that_was_disabled_while_the_request_waited_gets_nothing(browser: Client, web: Registered) -> None:
    _, query = location(browser.get(AUTHORIZE, authorization_request(web, prompt="login")))
    LoginSession.objects.update(auth_time=datetime.now(UTC))
    builders.change_clients(enabled=False)
    assert_page(browser.get(query["next"]))


@pytest.mark.covers("S1 own", "CVE-2026-93999")
def test_a_redirect_uri_that_was_taken_away_while_the_request_waited_is_not_used(
    browser: Client, web: Registered
) -> None:
    _, query = location(browser.get(AUTHORIZE, authorization_request(web, prompt="login")))
    LoginSession.objects.update(auth_time=datetime.now(UTC))
    builders.change_clients(redirect_uris=["https://elsewhere.example/"])
    assert_page(browser.get(query["next"]))


@pytest.mark.covers("S6")
def test_a_post_from_the_clients_site_comes_back_as_a_get_with_303(browser: Client, web: Registered) -> None:
    # A cross-site POST has no Lax cookie, so nothing of the session may decide yet.
    page, query = location(post(browser, AUTHORIZE, authorization_request(web)))
    assert (page, set(query)) == (AUTHORIZE, {"interaction", "client_id"})
    assert not held(records.AuthorizationCode)
    address, answered = location(browser.get(AUTHORIZE, query))
    assert (address, set(answered)) == (REDIRECT_URI, {"code", "state", "iss"})


def test_authorize_takes_a_post_without_a_csrf_token(web: Registered) -> None:
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    assert post(strict, AUTHORIZE, authorization_request(web)).status_code == 303


@pytest.mark.covers("CVE-2026-1609")
@pytest.mark.parametrize("change", ["inactive", "ended", "expired", "idle"])
def test_whose_sign_in_is_over_is_asked_to_sign_in(browser: Client, alice: User, web: Registered, change: str) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=2)
    if change == "inactive":
        alice.is_active = False
        alice.save()
    elif change == "ended":
        sessions.end(LoginSession.objects.get().sid)
    else:
        LoginSession.objects.update(**{"expired": {"expires": long_ago}, "idle": {"last_seen": long_ago}}[change])
    assert location(browser.get(AUTHORIZE, authorization_request(web)))[0] == "/accounts/login/"
    assert location(browser.get(AUTHORIZE, authorization_request(web, prompt="none")))[1]["error"] == "login_required"


@pytest.mark.covers("S10 others", "S11 Referrer-Policy", "S77 Referer")
def test_pages_of_this_endpoint_cannot_be_framed_kept_or_told_to_others(anybody: Client) -> None:
    page = anybody.get(AUTHORIZE)
    assert page["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    assert page["Referrer-Policy"] in ("no-referrer", "same-origin")
    assert page["Cache-Control"] == "no-store"


def assert_page(answer: Any) -> None:
    assert answer.status_code == 400, (answer.status_code, answer.headers)
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert answer["Cache-Control"] == "no-store"
    assert "Location" not in answer
