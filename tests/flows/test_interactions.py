"""A waiting request belongs to one browser and one person, and is answered once, by one exact word."""

from datetime import UTC, datetime

import pytest

from accounts.models import LoginSession, User
from tests.support.browser import LOGIN, REAUTHENTICATE, Browser, is_refusal, parameters_of
from tests.support.endpoints import consent_form
from tests.support.held import held, let_end, only
from tests.support.messages import CONSENT, FORM_TYPE, Registered
from tokens.protocol import records

AUTHORIZE = "/oauth2/authorize"


@pytest.mark.covers("CVE-2022-39222", "CVE-2026-7507")
@pytest.mark.parametrize("signed_in", [True, False])
@pytest.mark.parametrize("page", [AUTHORIZE, CONSENT])
def test_another_browser_cannot_go_on_with_it(
    alice: User, bob: User, client_app: Registered, browser: Browser, page: str, signed_in: bool
) -> None:
    """Whether an attacker sends somebody into a request of their own, or takes the id of somebody else's."""
    browser.authorize(client_app)
    browser.sign_in("bob")
    theirs, victim = browser.interaction, Browser()
    if signed_in:
        victim.sign_in("alice")
    assert is_refusal(victim.open(page, interaction=theirs))
    assert is_refusal(victim.send(CONSENT, {"interaction": theirs, "answer": "allow"}, follow=False)) is signed_in
    assert not held(records.Consent)
    assert not held(records.AuthorizationCode)


@pytest.mark.covers("CVE-2022-39222")
def test_a_browser_with_a_request_of_its_own_cannot_go_on_with_another_s(
    alice: User, bob: User, client_app: Registered, browser: Browser
) -> None:
    browser.authorize(client_app)
    browser.sign_in("bob")
    other = Browser()
    other.authorize(client_app)
    other.sign_in("alice")
    own = other.place
    assert is_refusal(other.open(CONSENT, interaction=browser.interaction))
    assert is_refusal(other.send(CONSENT, {"interaction": browser.interaction, "answer": "allow"}, follow=False))
    other.place = own
    assert "code" in parameters_of(other.answer())
    assert "code" in parameters_of(browser.answer())


@pytest.mark.covers("CVE-2026-7571")
@pytest.mark.parametrize("page", [AUTHORIZE, CONSENT])
def test_an_id_that_is_not_exactly_ours_is_nobody_s(
    alice: User, client_app: Registered, browser: Browser, page: str
) -> None:
    browser.authorize(client_app)
    browser.sign_in()
    for tampered in _tampered(browser.interaction):
        assert is_refusal(browser.http.get(f"{page}?interaction={tampered}")), tampered
    assert "code" in parameters_of(browser.answer())


@pytest.mark.covers("CVE-2026-7571")
def test_what_is_written_beside_the_id_changes_nothing(alice: User, client_app: Registered, browser: Browser) -> None:
    browser.authorize(client_app, scope="openid")
    browser.sign_in()
    extra = {"redirect_uri": "https://evil.example/", "scope": "openid email", "state": "other", "prompt": "none"}
    extra["client_id"] = "0.another"
    browser.open(AUTHORIZE, interaction=browser.interaction, **extra)
    assert browser.path == CONSENT
    response = browser.send(CONSENT, {**consent_form(browser.http, browser.interaction), **extra})
    assert parameters_of(response)["state"] == "af0ifjsldkj"
    assert only(records.Consent).scope == ("openid",)


@pytest.mark.covers("CVE-2026-49443", "CVE-2026-54730")
@pytest.mark.parametrize(
    "answer",
    [
        [],
        [("answer", "")],
        [("answer", "ALLOW")],
        [("answer", "allow ")],
        [("answer", "yes")],
        [("answer", "true")],
        [("answer", "allow"), ("answer", "allow")],
        [("answer", "deny"), ("answer", "allow")],
    ],
)
def test_only_the_exact_word_is_a_yes(
    alice: User, client_app: Registered, browser: Browser, answer: list[tuple[str, str]]
) -> None:
    browser.authorize(client_app)
    browser.sign_in()
    response = browser.send(CONSENT, [("interaction", browser.interaction), *answer], follow=False)
    assert is_refusal(response)
    assert not held(records.Consent)
    browser.open(AUTHORIZE, interaction=browser.interaction)
    assert browser.path == CONSENT
    assert "code" in parameters_of(browser.answer())


@pytest.mark.covers("CVE-2026-49443")
def test_an_empty_form_passes_no_stage(alice: User, client_app: Registered, browser: Browser) -> None:
    browser.authorize(client_app)
    going_on = browser.query["next"]
    assert browser.send(LOGIN, {"next": going_on}, follow=False).status_code == 422
    browser.open(going_on)
    assert browser.path == LOGIN
    assert is_refusal(browser.send(CONSENT, {}, follow=False))

    browser.sign_in()
    parameters_of(browser.answer())
    signed_in_at = LoginSession.objects.get().auth_time
    browser.authorize(client_app, prompt="login")
    going_on = browser.query["next"]
    assert browser.send(REAUTHENTICATE, {"next": going_on}, follow=False).status_code == 422
    browser.open(going_on)
    assert browser.path == REAUTHENTICATE
    assert LoginSession.objects.get().auth_time == signed_in_at


@pytest.mark.covers("S16 login", "CVE-2026-18963")
def test_a_yes_before_the_password_that_is_due_does_not_replace_it(
    alice: User, client_app: Registered, browser: Browser
) -> None:
    browser.walk(client_app)
    browser.authorize(client_app, prompt="login consent")
    interaction, due = browser.interaction, browser.place
    browser.send(CONSENT, consent_form(browser.http, interaction))
    assert browser.path == REAUTHENTICATE
    browser.open(due)
    assert "code" in parameters_of(browser.reauthenticate())


@pytest.mark.covers("S72 consent")
def test_a_yes_without_the_page_s_own_token_is_none(alice: User, client_app: Registered, browser: Browser) -> None:
    browser.authorize(client_app)
    browser.sign_in()
    forged = browser.http.post(CONSENT, f"interaction={browser.interaction}&answer=allow", content_type=FORM_TYPE)
    assert forged.status_code == 403
    assert not held(records.Consent)


@pytest.mark.covers("S75 client", "CVE-2022-39222")
def test_a_yes_of_somebody_else_in_the_same_browser_does_not_count(
    alice: User, bob: User, client_app: Registered, browser: Browser
) -> None:
    told_bob = Browser()
    told_bob.authorize(client_app)
    told_bob.sign_in("bob")
    parameters_of(told_bob.answer())

    browser.authorize(client_app, prompt="consent")
    browser.sign_in("alice")
    interaction = browser.interaction
    browser.answer(follow=False)
    browser.sign_out()
    browser.open(AUTHORIZE, interaction=interaction)
    browser.sign_in("bob")
    assert browser.path == CONSENT, "bob's remembered consent does not meet prompt=consent, and alice's yes is not his"
    assert "bob" in browser.open(browser.place).content.decode()
    assert parameters_of(browser.answer("deny"))["error"] == "access_denied"


@pytest.mark.covers("CVE-2026-7507")
def test_a_no_of_somebody_else_does_not_count_either(
    alice: User, bob: User, client_app: Registered, browser: Browser
) -> None:
    browser.authorize(client_app)
    browser.sign_in("alice")
    interaction = browser.interaction
    browser.answer("deny", follow=False)
    browser.sign_out()
    browser.open(AUTHORIZE, interaction=interaction)
    browser.sign_in("bob")
    assert browser.path == CONSENT
    assert "code" in parameters_of(browser.answer())


@pytest.mark.parametrize("word", ["allow", "deny"])
def test_a_request_is_answered_once_however_often_the_form_is_sent(
    alice: User, client_app: Registered, browser: Browser, word: str
) -> None:
    browser.authorize(client_app)
    browser.sign_in()
    page = browser.place
    first, second = (browser.answer(word, follow=False).headers["Location"] for _ in range(2))
    assert first == second
    assert parameters_of(browser.open(first)).keys() == {"code" if word == "allow" else "error", "state", "iss"} | (
        set() if word == "allow" else {"error_description", "error_uri"}
    )
    assert is_refusal(browser.open(second))
    assert is_refusal(browser.open(page))
    browser.place = page
    assert is_refusal(browser.answer(word, follow=False))
    assert len(held(records.AuthorizationCode)) == (word == "allow")


def test_a_no_after_the_yes_of_a_double_click_is_a_no(alice: User, client_app: Registered, browser: Browser) -> None:
    browser.authorize(client_app)
    browser.sign_in()
    browser.answer("allow", follow=False)
    assert parameters_of(browser.answer("deny"))["error"] == "access_denied"


def test_a_request_that_waited_too_long_ends_on_a_page_that_says_so(
    alice: User, client_app: Registered, browser: Browser
) -> None:
    browser.authorize(client_app)
    browser.sign_in()
    let_end(records.Interaction, datetime.now(UTC))
    response = browser.answer()
    assert is_refusal(response)
    assert "expired" in response.content.decode()


def test_two_requests_in_two_tabs_are_each_answered(alice: User, client_app: Registered, browser: Browser) -> None:
    browser.authorize(client_app, state="one")
    one = browser.interaction
    browser.authorize(client_app, state="two")
    browser.sign_in()
    assert parameters_of(browser.answer())["state"] == "two"
    assert parameters_of(browser.open(AUTHORIZE, interaction=one))["state"] == "one"


def _tampered(handle: str) -> list[str]:
    return [
        handle[:-1],
        f"{handle}A",
        f"1{handle.removeprefix('0')}",
        handle.removeprefix("0."),
        handle[:-2] + ("BB" if handle.endswith("AA") else "AA"),
        handle.swapcase(),
        f"%20{handle}",
        f"{handle}%00",
        f"{handle}%0a",
        f"{handle}&interaction={handle}",
        f"0.{'A' * 20_000}",
        "",
        "%ff",
        "%27%20OR%201=1%20--",
    ]
