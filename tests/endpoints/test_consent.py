"""The consent page: whose yes counts, for what, and what is no answer."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from tests.support import builders
from tests.support.builders import change_clients
from tests.support.endpoints import consent_form, location, post, say
from tests.support.held import held, let_end, only
from tests.support.messages import (
    AUTHORIZE,
    CONSENT,
    FORM_TYPE,
    REDIRECT_URI,
    Registered,
    authorization_request,
    refused,
)
from tokens.interaction import plain_words
from tokens.protocol import records, scopes

ISSUER = "http://localhost:8000"


@pytest.fixture
def asking() -> Registered:
    """A client that has to ask."""
    return builders.register("web")


@pytest.fixture
def waiting(browser: Client, asking: Registered) -> str:
    """The id of a request that waits for alice's consent."""
    page, query = location(browser.get(AUTHORIZE, authorization_request(asking)))
    assert page == CONSENT
    return query["interaction"]


@pytest.mark.covers("S75 shows")
def test_the_page_shows_who_asks_for_what_and_where_it_leads(browser: Client, waiting: str) -> None:
    page = browser.get(CONSENT, {"interaction": waiting})
    assert (page.status_code, page["Cache-Control"]) == (200, "no-store")
    shown = page.content.decode()
    for words in ("Relying party", "rp.example", "See your name", "See your e-mail address", "alice"):
        assert words in shown


def test_yes_leads_to_the_client_with_a_code_and_is_remembered(
    browser: Client, alice: User, asking: Registered, waiting: str
) -> None:
    back = say(browser, waiting)
    assert location(back) == (AUTHORIZE, {"interaction": waiting, "client_id": asking.client_id})
    address, answered = location(browser.get(back["Location"]))
    assert (address, set(answered)) == (REDIRECT_URI, {"code", "state", "iss"})
    consent = only(records.Consent)
    assert (consent.subject, consent.client_id, consent.scope) == (
        str(alice.pk),
        asking.client_id,
        ("openid", "profile", "email"),
    )
    assert "code" in location(browser.get(AUTHORIZE, authorization_request(asking, prompt="none")))[1]


def test_no_leads_to_the_client_with_access_denied_and_is_not_remembered(browser: Client, waiting: str) -> None:
    back = say(browser, waiting, "deny")
    assert location(browser.get(back["Location"])) == (
        REDIRECT_URI,
        {
            **refused("access_denied", "the person did not allow it", "person_denied"),
            "state": "af0ifjsldkj",
            "iss": ISSUER,
        },
    )
    assert not held(records.Consent)
    assert not held(records.AuthorizationCode)
    assert browser.get(back["Location"]).status_code == 400


@pytest.mark.covers("CVE-2026-49443")
@pytest.mark.parametrize(
    "form",
    [
        "",
        "answer=",
        "answer=maybe",
        "answer=Allow",
        "answer=allow%20",
        "answer=allow&answer=allow",
        "answer=deny&answer=allow",
    ],
)
def test_what_is_not_the_one_word_is_no_answer(browser: Client, waiting: str, form: str) -> None:
    answer = browser.post(CONSENT, f"interaction={waiting}&{form}", content_type=FORM_TYPE)
    assert answer.status_code == 400
    assert not held(records.Consent)
    assert [step.kind for step in only(records.Interaction).steps] == ["seen"]


@pytest.mark.covers("S72 consent", "attacker web")
def test_a_yes_without_the_forms_own_token_is_refused(browser: Client, waiting: str) -> None:
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    strict.cookies = browser.cookies
    assert post(strict, CONSENT, {"interaction": waiting, "answer": "allow"}).status_code == 403
    assert not held(records.Consent)
    page = strict.get(CONSENT, {"interaction": waiting}).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token is not None
    form = {**consent_form(strict, waiting), "csrfmiddlewaretoken": token[1]}
    assert post(strict, CONSENT, form).status_code == 303
    assert held(records.Consent)


@pytest.mark.covers("S66 before", "CVE-2022-39222", "CVE-2026-7507")
@pytest.mark.parametrize("method", ["get", "post"])
def test_another_browser_cannot_answer(anybody: Client, waiting: str, method: str) -> None:
    mallory = builders.person("mallory")
    anybody.force_login(mallory, backend="accounts.sign_in.backends.PasswordBackend")
    anybody.get(AUTHORIZE, authorization_request(builders.register("web")))  # has a browser cookie of their own
    form = {"interaction": waiting, "answer": "allow"}
    answer: Any = anybody.get(CONSENT, form) if method == "get" else post(anybody, CONSENT, form)
    assert answer.status_code == 400
    assert not held(records.Consent)


@pytest.mark.covers("S75 client", "CVE-2022-39222")
def test_the_yes_of_one_person_is_not_that_of_the_next_one_in_the_same_browser(
    browser: Client, asking: Registered, waiting: str
) -> None:
    back = say(browser, waiting)
    browser.force_login(builders.person("bob"), backend="accounts.sign_in.backends.PasswordBackend")
    assert location(browser.get(back["Location"]))[0] == CONSENT


def test_who_signed_out_meanwhile_is_sent_to_sign_in(browser: Client, waiting: str) -> None:
    browser.cookies.pop(settings.SESSION_COOKIE_NAME)
    back = say(browser, waiting)
    assert location(browser.get(back["Location"]))[0] == "/accounts/login/"
    assert not held(records.Consent)


@pytest.mark.covers("S75 scope")
def test_more_scope_is_asked_for_again_and_an_expired_consent_is_none(browser: Client, asking: Registered) -> None:
    _, query = location(browser.get(AUTHORIZE, authorization_request(asking, scope="openid")))
    say(browser, query["interaction"])
    assert location(browser.get(AUTHORIZE, authorization_request(asking, scope="openid")))[0] == REDIRECT_URI
    assert location(browser.get(AUTHORIZE, authorization_request(asking, scope="openid email")))[0] == CONSENT
    let_end(records.Consent, datetime.now(UTC) - timedelta(seconds=1))
    assert location(browser.get(AUTHORIZE, authorization_request(asking, scope="openid")))[0] == CONSENT


def test_prompt_consent_asks_though_it_was_allowed_and_a_no_then_counts(browser: Client, asking: Registered) -> None:
    _, query = location(browser.get(AUTHORIZE, authorization_request(asking)))
    say(browser, query["interaction"])
    page, query = location(browser.get(AUTHORIZE, authorization_request(asking, prompt="consent")))
    assert page == CONSENT
    back = say(browser, query["interaction"], "deny")
    assert location(browser.get(back["Location"]))[1]["error"] == "access_denied"


@pytest.mark.covers("S75 client")
def test_a_yes_to_one_request_is_no_yes_to_another(browser: Client, asking: Registered, waiting: str) -> None:
    _, other = location(browser.get(AUTHORIZE, authorization_request(asking, prompt="consent")))
    say(browser, waiting)
    assert location(browser.get(AUTHORIZE, other))[0] == CONSENT


@pytest.mark.covers("CVE-2026-93999")
def test_a_client_that_was_disabled_meanwhile_gets_no_consent(browser: Client, waiting: str) -> None:
    change_clients(enabled=False)
    for answer in (
        browser.get(CONSENT, {"interaction": waiting}),
        say(browser, waiting),
    ):
        assert answer.status_code == 400
    assert not held(records.Consent)


@pytest.mark.covers("S10 consent", "S11 third-party")
def test_the_page_cannot_be_framed_and_its_form_may_leave_for_the_client(browser: Client, waiting: str) -> None:
    page = browser.get(CONSENT, {"interaction": waiting})
    assert page["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    assert "form-action" not in page["Content-Security-Policy"]


def test_a_hostile_client_name_is_text(browser: Client, asking: Registered, waiting: str) -> None:
    change_clients(client_name="<script>alert(1)</script>")
    assert "<script>alert" not in browser.get(CONSENT, {"interaction": waiting}).content.decode()


def test_the_page_has_words_for_every_claim_that_may_be_asked_for() -> None:
    assert set(plain_words.CLAIMS) == set(scopes.CLAIMS)


@pytest.mark.covers("S75 shows", "S75 scope")
@pytest.mark.parametrize(
    ("language", "words"), [("en", "See your orders"), ("de", "Ihre Bestellungen sehen"), ("fr", "See your orders")]
)
def test_an_apis_scope_is_asked_for_by_its_sentence_in_the_persons_language(
    browser: Client, asking: Registered, language: str, words: str, settings: Settings
) -> None:
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français")]
    sentences = ("read en See your orders", "read de Ihre Bestellungen sehen", "all en <b>All</b>")
    api = builders.protect(
        "https://a.example/", "read", "write", "all", caller=asking, name="Orders", scope_sentences=sentences
    )
    request = authorization_request(asking, scope="openid read write all", resource=api, ui_locales=language)
    page, query = location(browser.get(AUTHORIZE, request))
    assert page == CONSENT
    shown = browser.get(CONSENT, query).content.decode()
    assert f"<bdi>{words}</bdi> (<bdi>Orders</bdi>)" in shown
    assert re.search("<bdi>write</bdi>[^<]*<bdi>Orders</bdi>", shown)
    assert "<bdi>&lt;b&gt;All&lt;/b&gt;</bdi> (<bdi>Orders</bdi>)" in shown


# --- What the page says of a request

NEW, KNOWN = "<h2>New</h2>", "<h2>You allowed this before</h2>"


def shown(browser: Client, client: Registered, **changes: str | None) -> str:
    """The page that a request of the client leads to."""
    page, query = location(browser.get(AUTHORIZE, authorization_request(client, **changes)))
    assert page == CONSENT
    return str(browser.get(CONSENT, query).content.decode())


@pytest.mark.covers("S75 scope", "S75 shows")
def test_what_is_new_stands_apart_from_what_was_allowed_before(browser: Client, asking: Registered) -> None:
    first = shown(browser, asking, scope="openid email")
    assert (NEW in first, KNOWN in first, 'class="new"' in first) == (False, False, False)
    say(
        browser, location(browser.get(AUTHORIZE, authorization_request(asking, scope="openid email")))[1]["interaction"]
    )
    new, known = shown(browser, asking, scope="openid email profile").split(KNOWN)
    assert re.findall(r"<li[^>]*>(See your name|See your e-mail|Know)", new.partition(NEW)[2]) == ["See your name"]
    assert re.findall(r"<li>(See your name|See your e-mail|Know)", known) == ["Know", "See your e-mail"]
    again = shown(browser, asking, scope="openid email", prompt="consent")
    assert (NEW in again, KNOWN in again) == (False, True)


@pytest.mark.covers("S75 lifetime")
@pytest.mark.parametrize("days", [1, 180])
def test_how_long_the_access_lasts_is_said_plainly(
    browser: Client, asking: Registered, days: int, settings: Settings
) -> None:
    settings.TOKENS = replace(settings.TOKENS, authorization_lifetime=days * 24 * 3600)
    change_clients(scope="openid offline_access")
    online = shown(browser, asking, scope="openid")
    assert "The access ends when you sign out here." in online
    assert "while you are away" not in online
    offline = shown(browser, asking, scope="openid offline_access", prompt="consent")
    assert "Keep this access while you are away, also after you sign out" in offline
    assert f"until you withdraw it, for {days} day{'s' * (days > 1)} at most" in offline
    assert "ends when you sign out" not in offline
    assert "Your answer is remembered for 365 days at most" in offline


UNSURE = "Nobody can check that this is"


@pytest.mark.covers("S75 assured")
@pytest.mark.parametrize(
    ("kind", "uri", "place"),
    [
        ("native", "http://127.0.0.1/callback", "127.0.0.1"),
        ("native", "com.example.app:/callback", "com.example.app:"),
        ("spa", "http://localhost:3000/callback", "localhost"),
        ("native", REDIRECT_URI, None),
        ("spa", REDIRECT_URI, None),
        ("web", "http://localhost:3000/callback", None),
    ],
)
@pytest.mark.parametrize("before", [False, True], ids=["never asked", "allowed before"])
def test_a_client_that_anybody_could_be_is_said_to_be_one_each_time(
    browser: Client, kind: str, uri: str, place: str | None, before: bool
) -> None:
    client = builders.register(kind, uri)
    if before:
        say(browser, location(browser.get(AUTHORIZE, authorization_request(client)))[1]["interaction"])
    page = shown(browser, client, prompt="consent")
    assert (UNSURE in page) is (place is not None)
    assert (f"a program on this device (<strong><bdi>{place}</bdi></strong>)" in page) is (place is not None)
    assert ("Your answer is remembered" in page) is (place is None)


# --- Twice, and out of order


def test_a_form_that_is_sent_twice_is_one_answer(browser: Client, asking: Registered, waiting: str) -> None:
    form = consent_form(browser, waiting)
    first, second = post(browser, CONSENT, form), post(browser, CONSENT, form)
    assert location(first) == location(second)
    assert only(records.Consent).scope == ("openid", "profile", "email")
    assert "code" in location(browser.get(first["Location"]))[1]
    only(records.AuthorizationCode)
    late = post(browser, CONSENT, form)
    assert (late.status_code, "This sign-in is over" in late.content.decode()) == (400, True)
    only(records.AuthorizationCode)


@pytest.mark.parametrize("words", [("allow", "deny"), ("deny", "allow")], ids=" then ".join)
def test_of_two_answers_from_two_tabs_the_no_is_what_the_client_is_told(
    browser: Client, waiting: str, words: tuple[str, str]
) -> None:
    forms = [consent_form(browser, waiting, word) for word in words]
    back = [post(browser, CONSENT, form) for form in forms][-1]
    assert location(browser.get(back["Location"]))[1]["error"] == "access_denied"
    assert not held(records.AuthorizationCode)


@pytest.mark.covers("CVE-2026-49443")
@pytest.mark.parametrize("answer", ["allow", "deny"])
def test_an_answer_before_its_turn_stands_for_no_sign_in(browser: Client, asking: Registered, answer: str) -> None:
    page, query = location(browser.get(AUTHORIZE, authorization_request(asking, prompt="login")))
    assert page != CONSENT
    interaction = parse_qs(urlsplit(query["next"]).query)["interaction"][0]
    back = say(browser, interaction, answer)
    address, _ = location(browser.get(back["Location"]))
    assert address == page
    assert not held(records.AuthorizationCode)
