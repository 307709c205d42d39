"""end_session_endpoint: who is signed out, who is asked first, and who is never sent anywhere."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import LoginSession, User
from tests.endpoints.lifecycle import END_SESSION
from tests.support import builders
from tests.support.builders import change_clients
from tests.support.endpoints import location, post, tokens_of
from tests.support.held import let_keys_be, voided
from tests.support.messages import AUTHORIZE, FORM_TYPE, REDIRECT_URI, Registered, authorization_request
from tokens import keys
from tokens.keys import signer
from tokens.stores import store

BACK = "https://rp.example/signed-out"
ASKED = "/oauth2/sign_out"
OPENID = ("openid",)


@pytest.fixture
def web() -> Registered:
    return builders.register("web", skip_consent=True, post_logout_redirect_uris=[BACK, f"{BACK}?tenant=7"])


@pytest.fixture
def hint(anybody: Client, alice: User, web: Registered) -> str:
    """An ID token for alice."""
    id_token: str = tokens_of(anybody, web, alice.pk, scope=OPENID)["id_token"]
    return id_token


def signed_in(browser: Client, web: Registered) -> bool:
    """Whether the browser's next request comes from somebody."""
    _, parameters = location(browser.get(AUTHORIZE, authorization_request(web, prompt="none")))
    assert ("code" in parameters) is not (parameters.get("error") == "login_required")
    assert ("code" in parameters) is LoginSession.objects.filter(ended_at=None).exists()
    return "code" in parameters


def is_refusal(answer: Any) -> bool:
    """A request that can be read two ways, or in none, ends nothing."""
    return answer.status_code == 400 and "Location" not in answer and b"This sign-out cannot go on" in answer.content


def says(answer: Any, wrong: str | None = None) -> bool:
    """Whether it is the page that says that the person is signed out, and `wrong` is the address nobody is led to."""
    page = answer.content.decode()
    found = page.partition("<code><bdi>")[2].partition("</bdi></code>")[0]
    assert ("cannot go on" in page, "Location" in answer) == (False, False)
    assert answer.status_code == (200 if wrong is None else 400)
    assert unescape(found) == (wrong or "")[:500]
    return "<h1>You are signed out</h1>" in page


def asked_path(answer: Any) -> str:
    """The page that asks, to which it leads, with what the client wanted."""
    assert answer.status_code == 303
    path, _, query = answer["Location"].partition("?")
    assert path == ASKED
    return f"{ASKED}?{query}"


def confirm(browser: Client, answer: Any) -> Any:
    """The answer to the page's button."""
    page = browser.get(asked_path(answer)).content.decode()
    assert "<h1>Sign out?</h1>" in page
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page)
    answer = post(browser, ASKED, {name: unescape(value) for name, value in fields})
    # What is shown after a form is a page that can be loaded again.
    return browser.get(answer["Location"]) if answer["Location"].startswith(END_SESSION) else answer


# --- With a hint


@pytest.mark.covers("S13 post_logout", "S73 hint")
def test_whom_the_hint_names_is_signed_out_and_led_back(browser: Client, web: Registered, hint: str) -> None:
    assert signed_in(browser, web)
    answer = browser.get(END_SESSION, {"id_token_hint": hint, "post_logout_redirect_uri": BACK})
    assert (answer.status_code, answer["Location"], answer.content) == (303, BACK, b"")
    assert answer["Cache-Control"] == "no-store"
    assert not signed_in(browser, web)
    assert list(voided()) == [f"session:{LoginSession.objects.get().sid}"]


def test_the_cookie_of_before_signs_nobody_in(browser: Client, web: Registered, hint: str) -> None:
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = browser.cookies[settings.SESSION_COOKIE_NAME].value
    assert signed_in(thief, web)
    browser.get(END_SESSION, {"id_token_hint": hint})
    assert not signed_in(thief, web)


@pytest.mark.parametrize("more", [{}, {"state": "x"}, {"client_id": "own"}, {"ui_locales": "de", "logout_hint": "a"}])
def test_without_an_address_our_own_page_says_what_happened(
    browser: Client, web: Registered, hint: str, more: dict[str, str]
) -> None:
    more = {name: web.client_id if value == "own" else value for name, value in more.items()}
    assert says(browser.get(END_SESSION, {"id_token_hint": hint, **more}))
    assert not signed_in(browser, web)


@pytest.mark.parametrize("which", ["ended", "never signed in"])
def test_who_is_signed_out_already_is_led_back_too(
    anybody: Client, browser: Client, web: Registered, hint: str, which: str
) -> None:
    if which == "ended":
        browser.get(END_SESSION, {"id_token_hint": hint})
    visitor = browser if which == "ended" else anybody
    asked = {"id_token_hint": hint, "post_logout_redirect_uri": BACK, "state": "s"}
    assert visitor.get(END_SESSION, asked)["Location"] == f"{BACK}?state=s"


@pytest.mark.covers("S15 exact", "S15 URL")
@pytest.mark.parametrize(
    "state",
    [
        *("x", " ", "a b+c", "å✓\N{PILE OF POO}", "%00", "%20+%2B", "&error=x", "?#", "=;/\\", "s" * 5000),
        *("\r\nLocation: https://evil.example/", "<script>alert(1)</script>", "\"'\t\n"),
    ],
)
@pytest.mark.parametrize("back", [BACK, f"{BACK}?tenant=7"])
def test_state_comes_back_as_it_was(browser: Client, web: Registered, hint: str, state: str, back: str) -> None:
    asked = {"id_token_hint": hint, "post_logout_redirect_uri": back, "state": state}
    target = browser.get(END_SESSION, asked)["Location"]
    assert target.startswith(f"{back}&" if "?" in back else f"{back}?")
    pairs = parse_qsl(urlsplit(target).query, keep_blank_values=True, strict_parsing=True)
    assert pairs == [*([("tenant", "7")] if "?" in back else []), ("state", state)]


@pytest.mark.covers("S41 overlap")
def test_a_hint_may_be_expired_and_under_a_key_that_was_retired(
    anybody: Client, browser: Client, alice: User, web: Registered, clock: Any
) -> None:
    clock(datetime.now(UTC) - timedelta(days=100))
    old: str = tokens_of(anybody, web, alice.pk, scope=OPENID)["id_token"]
    let_keys_be("retired")
    keys._made.cache_clear()
    clock(datetime.now(UTC))
    assert browser.get(END_SESSION, {"id_token_hint": old, "post_logout_redirect_uri": BACK})["Location"] == BACK
    assert not signed_in(browser, web)


@pytest.mark.covers("S17", "S75 client")
def test_somebody_else_who_is_signed_in_is_asked_and_then_led_back(
    anybody: Client, browser: Client, web: Registered
) -> None:
    """Else anybody could sign anybody out with an ID token of their own."""
    bob = builders.person("bob")
    his = tokens_of(anybody, web, bob.pk, scope=OPENID)["id_token"]
    asked = {"id_token_hint": his, "post_logout_redirect_uri": BACK, "state": "x"}
    answer = browser.get(END_SESSION, asked)
    assert his not in asked_path(answer)
    assert signed_in(browser, web)
    assert confirm(browser, answer)["Location"] == f"{BACK}?state=x"
    assert not signed_in(browser, web)


# --- Without a hint of ours


@pytest.mark.covers("S13 post_logout", "S39 access token", "S73 hint")
@pytest.mark.parametrize(
    "kind",
    ["none", "empty", "tampered", "unsigned", "access token", "refresh token", "another issuer's", "garbage", "long"],
)
@pytest.mark.parametrize("named", [True, False])
def test_without_a_hint_of_ours_the_person_is_asked_and_then_led_to_whom_the_request_named(
    anybody: Client, browser: Client, alice: User, web: Registered, hint: str, kind: str, named: bool
) -> None:
    header, payload, signature = hint.split(".")
    claims = signer().verify(hint, typ="JWT")
    assert claims is not None
    tokens = tokens_of(anybody, web, alice.pk, scope=OPENID)
    foreign = signer().sign({**claims, "iss": "https://evil.example"}, typ="JWT", alg="RS256")
    hints: dict[str, str | None] = {
        "none": None,
        "empty": "",
        "tampered": f"{header}.{payload}.{signature[:-8]}AAAAAAAA",
        "unsigned": f"eyJhbGciOiJub25lIn0.{payload}.",
        "access token": tokens["access_token"],
        "refresh token": tokens["refresh_token"],
        "another issuer's": foreign,
        "garbage": "\N{SNOWMAN}",
        "long": "x" * 6000,
    }
    shown = hints[kind]
    asked = {"post_logout_redirect_uri": BACK, "state": "x"}
    asked |= {"client_id": web.client_id} if named else {}
    asked |= {"id_token_hint": shown} if shown is not None else {}
    answer = browser.get(END_SESSION, asked)
    page = browser.get(asked_path(answer))
    assert signed_in(browser, web), "a link in somebody's mail signs nobody out"
    assert (page.status_code, b"<form" in page.content, b"Relying party" in page.content) == (200, True, named)
    confirmed = confirm(browser, answer)
    assert confirmed["Location"] == f"{BACK}?state=x" if named else says(confirmed, BACK)
    assert not signed_in(browser, web)


@pytest.mark.covers("S72 logout")
def test_the_question_is_answered_by_its_own_form_only(browser: Client, alice: User, web: Registered) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice, backend="accounts.sign_in.backends.PasswordBackend")
    assert strict.post(ASKED, {"client_id": web.client_id}).status_code == 403
    assert signed_in(browser, web)


@pytest.mark.parametrize("named", ["good", "unregistered", "no client", "nothing"])
def test_where_nobody_is_signed_in_there_is_nothing_to_ask(anybody: Client, web: Registered, named: str) -> None:
    """Nobody confirmed anything: the page has a link to where the client waits."""
    asked = {
        "good": {"client_id": web.client_id, "post_logout_redirect_uri": BACK, "state": "a&b"},
        "unregistered": {"client_id": web.client_id, "post_logout_redirect_uri": f"{BACK}/"},
        "no client": {"post_logout_redirect_uri": BACK},
        "nothing": {},
    }[named]
    for path in (END_SESSION, ASKED):
        answer = anybody.get(path, asked)
        assert says(answer, asked["post_logout_redirect_uri"] if named in ("unregistered", "no client") else None)
        links = re.findall(r'<a class="button" href="([^"]*)">', answer.content.decode())
        assert [unescape(link) for link in links] == [f"{BACK}?state=a%26b" if named == "good" else "/"]


# --- Addresses that nobody is led to


@pytest.mark.covers("S13 post_logout", "CVE-2026-41569", "CVE-2026-18211", "CVE-2026-4874", "S73 exact")
@pytest.mark.parametrize(
    "uri",
    [
        *("https://rp.example/", "https://rp.example", "https://rp.example.evil/signed-out", "https://evil.example/"),
        *(f"{BACK}/", f"{BACK}?", f"{BACK}#", f"{BACK}#x", f"{BACK}?x=1", f"{BACK};x=1", f"{BACK}%20", f"{BACK} "),
        *(f" {BACK}", f"{BACK}/../x", "https://rp.example/./signed-out", "https://rp.example//signed-out"),
        *("https://rp.example:443/signed-out", "https://rp.example:444/signed-out", "http://rp.example/signed-out"),
        *("HTTPS://rp.example/signed-out", "https://RP.example/signed-out", "https://rp.example/Signed-Out"),
        *("https://rp.example@evil.example/signed-out", "https://evil.example\\@rp.example/signed-out"),
        *(
            "https://rp.example/signed%2Dout",
            "https://rp.example/signed-out%00",
            *("https://rp.example/signed-out\r\nX: y", "https://rp.example/\u202etuo"),
        ),
        *("//rp.example/signed-out", "/signed-out", "/", "javascript:alert(1)", "data:text/html,x", "\N{SNOWMAN}"),
        *("https://rp.example/*", "https://*.example/signed-out", REDIRECT_URI, f"{BACK}?tenant=8"),
        "https://rp.example/signed-out" + "x" * 4000,
    ],
)
def test_an_address_that_is_not_registered_is_quoted_on_a_page_and_never_a_redirect(
    browser: Client, web: Registered, hint: str, uri: str
) -> None:
    for more in ({}, {"client_id": web.client_id}, {"state": "x"}):
        asked = {"post_logout_redirect_uri": uri, **more}
        hinted = browser.get(END_SESSION, {"id_token_hint": hint, **asked})
        if "\x00" in uri:
            assert is_refusal(hinted)
            continue
        # What nobody could see of it is escaped.
        told = uri.replace("\r\n", "\\r\\n").replace("\u202e", "\\u202e")
        assert says(hinted, told)
        assert not signed_in(browser, web)
        assert says(browser.get(END_SESSION, asked), told)


@pytest.mark.covers("CVE-2024-52289 empty")
def test_a_client_that_registered_no_address_has_none(anybody: Client, browser: Client, alice: User) -> None:
    bare = builders.register("web", skip_consent=True)
    hint = tokens_of(anybody, bare, alice.pk, scope=OPENID)["id_token"]
    assert says(browser.get(END_SESSION, {"id_token_hint": hint, "post_logout_redirect_uri": BACK}), BACK)
    client = store().clients.get(bare.client_id)
    assert client is not None
    assert client.post_logout_redirect_uris == ()


@pytest.mark.covers("S13 post_logout")
def test_the_address_is_one_of_the_hint_s_own_client(
    anybody: Client, browser: Client, alice: User, web: Registered, hint: str
) -> None:
    other = builders.register("web", skip_consent=True, post_logout_redirect_uris=["https://other.example/"])
    others = tokens_of(anybody, other, alice.pk, scope=OPENID)["id_token"]
    theirs = "https://other.example/"
    # A `client_id` that is not the hint's makes it no hint: the person is asked, and led to whom the request named.
    mixtures: list[tuple[dict[str, str], str | None]] = [
        ({"id_token_hint": others, "client_id": web.client_id, "post_logout_redirect_uri": BACK}, BACK),
        ({"id_token_hint": hint, "client_id": other.client_id, "post_logout_redirect_uri": BACK}, None),
        ({"id_token_hint": hint, "client_id": other.client_id, "post_logout_redirect_uri": theirs}, theirs),
        ({"id_token_hint": hint, "client_id": "0.unknown", "post_logout_redirect_uri": BACK}, None),
    ]
    for mixture, leads in mixtures:
        answer = browser.get(END_SESSION, mixture)
        assert asked_path(answer)
        assert signed_in(browser, web), mixture
        again = Client()
        again.force_login(alice, backend="accounts.sign_in.backends.PasswordBackend")
        led = confirm(again, again.get(END_SESSION, mixture))
        assert led["Location"] == leads if leads else says(led, mixture["post_logout_redirect_uri"])
    for crossed, wrong in ((hint, theirs), (others, BACK)):
        assert says(browser.get(END_SESSION, {"id_token_hint": crossed, "post_logout_redirect_uri": wrong}), wrong)


@pytest.mark.parametrize("change", ["disabled", "deleted"])
def test_a_client_that_is_gone_leads_nobody_anywhere(browser: Client, web: Registered, hint: str, change: str) -> None:
    if change == "disabled":
        change_clients(enabled=False)
    else:
        assert store().clients.delete(web.client_id)
    for more in ({}, {"client_id": web.client_id}):
        asked = {"id_token_hint": hint, "post_logout_redirect_uri": BACK, **more}
        assert b"Relying party" not in browser.get(asked_path(browser.get(END_SESSION, asked))).content
    answered = post(browser, ASKED, {"client_id": web.client_id, "post_logout_redirect_uri": BACK})
    assert says(browser.get(answered["Location"]), BACK)


@pytest.mark.covers("S14 logout")
@pytest.mark.parametrize(
    "query",
    [
        "id_token_hint=HINT&id_token_hint=HINT",
        f"id_token_hint=HINT&post_logout_redirect_uri={BACK}&post_logout_redirect_uri=https://evil.example/",
        f"id_token_hint=HINT&post_logout_redirect_uri={BACK}&state=a&state=b",
        f"id_token_hint=HINT&post_logout_redirect_uri={BACK}&state={'s' * 8000}",
        f"id_token_hint=HINT&post_logout_redirect_uri={BACK}&state=%00",
        f"id_token_hint=HINT&post_logout_redirect_uri={BACK}&state=%FF",
        f"id_token_hint=HINT&x={'x' * 20_000}",
    ],
)
def test_a_request_that_can_be_read_two_ways_is_read_in_none(
    browser: Client, web: Registered, hint: str, query: str
) -> None:
    assert is_refusal(browser.get(f"{END_SESSION}?{query.replace('HINT', hint)}"))
    assert signed_in(browser, web)


# --- By POST


@pytest.mark.covers("S13 post_logout", "S77 Referer", "CVE-2026-4874")
def test_a_post_ends_at_once_and_comes_back_as_a_get_of_our_own_without_the_hint(
    anybody: Client, browser: Client, web: Registered, hint: str
) -> None:
    """A cross-site POST brings no Lax cookie: only as a GET is it known who is signed in."""
    known = {"client_id": web.client_id, "post_logout_redirect_uri": BACK, "state": "å&=+ \r\n✓"}
    strict = Client(enforce_csrf_checks=True)
    unknown = {"refresh_token": "x", "next": "https://evil.example/"}
    answer = post(strict, END_SESSION, {"id_token_hint": hint, **known, **unknown})
    path, parameters = location(answer)
    note = parameters.pop("note")
    assert (path, parameters) == (END_SESSION, known)
    assert not any(part in answer["Location"] for part in (hint, hint.split(".")[1], str(web.client_secret)))
    assert len(note) < 200
    assert "Set-Cookie" not in answer.headers
    target, parameters = location(browser.get(answer["Location"]))
    assert (target, parameters) == (BACK, {"state": known["state"]})
    assert not signed_in(browser, web)
    # Who is not signed in is led back as well, by the note.
    assert anybody.get(answer["Location"])["Location"].startswith(f"{BACK}?state=")


def test_a_hint_alone_names_the_client_that_a_post_leads_back_to(browser: Client, web: Registered, hint: str) -> None:
    answer = post(browser, END_SESSION, {"id_token_hint": hint, "post_logout_redirect_uri": BACK})
    assert location(answer)[1]["client_id"] == web.client_id
    assert browser.get(answer["Location"])["Location"] == BACK


@pytest.mark.parametrize(
    "body", ["post_logout_redirect_uri=https://evil.example/", "next=https://evil.example/", "state=x"]
)
def test_a_post_without_a_hint_leads_to_the_question_at_last(browser: Client, web: Registered, body: str) -> None:
    answer = browser.post(END_SESSION, body, content_type=FORM_TYPE)
    assert answer["Location"].startswith(f"{END_SESSION}?")
    assert "note" not in answer["Location"]
    assert asked_path(browser.get(answer["Location"]))
    assert signed_in(browser, web)


@pytest.mark.covers("S14 logout")
@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/form-data", ""])
def test_a_post_of_another_form_is_a_page(browser: Client, web: Registered, hint: str, content_type: str) -> None:
    answer = browser.post(END_SESSION, f"id_token_hint={hint}", content_type=content_type)
    assert is_refusal(answer)
    assert is_refusal(browser.post(END_SESSION, "state=a&state=b", content_type=FORM_TYPE))
    assert is_refusal(browser.post(END_SESSION, f"id_token_hint={hint}&x={'x' * 8000}", content_type=FORM_TYPE))
    assert signed_in(browser, web)


@pytest.mark.parametrize("method", ["head", "put", "delete", "patch"])
def test_no_other_method_ends_a_session(browser: Client, web: Registered, hint: str, method: str) -> None:
    answer = getattr(browser, method)(f"{END_SESSION}?{urlencode({'id_token_hint': hint})}")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, POST, OPTIONS")
    assert signed_in(browser, web)
