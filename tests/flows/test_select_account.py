"""prompt=select_account: the person says who goes on, once, and only they."""

import re

import pytest
from django.conf import settings

from accounts.models import LoginSession, User
from tests.support.browser import LOGIN, REAUTHENTICATE, Browser, exchange, is_refusal, parameters_of, userinfo
from tests.support.builders import change_clients
from tests.support.held import only
from tests.support.messages import CONSENT, FORM_TYPE, Registered
from tokens.protocol import records

SELECT = "/oauth2/select_account"


def choose(browser: Browser, answer: str) -> object:
    return browser.send(SELECT, {"interaction": browser.query["interaction"], "answer": answer})


def who(client: Registered, answered: dict[str, str]) -> str:
    name: str = userinfo(exchange(client, answered["code"]).json()["access_token"]).json()["preferred_username"]
    return name


@pytest.fixture
def choosing(alice: User, client_app: Registered, browser: Browser) -> Browser:
    """Alice's browser, with the chooser before her, at a client that she allowed before."""
    browser.walk(client_app)
    page = browser.authorize(client_app, prompt="select_account")
    assert (page.status_code, browser.path) == (200, SELECT)
    return browser


def test_who_is_signed_in_goes_on_and_is_asked_once(choosing: Browser, client_app: Registered) -> None:
    page = choosing.open(choosing.place).content.decode()
    assert "Continue as <strong><bdi>Alice Liddell</bdi></strong>" in page
    assert "to continue to <strong><bdi>Relying party</bdi></strong>" in page
    assert who(client_app, parameters_of(choose(choosing, "continue"))) == "alice"


@pytest.mark.covers("S66 login", "CVE-2026-7507")
def test_another_account_signs_in_in_place_of_the_one_that_is_there(
    choosing: Browser, bob: User, client_app: Registered
) -> None:
    before = choosing.http.cookies[settings.SESSION_COOKIE_NAME].value
    choose(choosing, "another")
    assert choosing.path == LOGIN
    assert LoginSession.objects.get().ended_at is not None
    page = choosing.sign_in("bob")
    assert choosing.path == CONSENT, page.content.decode()
    assert choosing.http.cookies[settings.SESSION_COOKIE_NAME].value not in ("", before)
    assert who(client_app, parameters_of(choosing.answer())) == "bob"


def test_the_same_account_may_be_the_other_one_too(choosing: Browser, client_app: Registered) -> None:
    choose(choosing, "another")
    assert who(client_app, parameters_of(choosing.sign_in())) == "alice"


def test_nobody_signed_in_signs_in_and_has_thereby_chosen(
    alice: User, client_app: Registered, browser: Browser
) -> None:
    browser.authorize(client_app, prompt="select_account")
    assert browser.path == LOGIN
    browser.sign_in()
    assert browser.path == CONSENT
    assert "code" in parameters_of(browser.answer())


@pytest.mark.covers("S16 login")
def test_prompt_login_beside_it_still_asks_for_the_password(choosing: Browser, client_app: Registered) -> None:
    choosing.authorize(client_app, prompt="select_account login consent")
    assert choosing.path == SELECT
    choose(choosing, "continue")
    assert choosing.path == REAUTHENTICATE
    choosing.reauthenticate()
    assert choosing.path == CONSENT
    assert "code" in parameters_of(choosing.answer())


@pytest.mark.covers("S16 login")
def test_another_account_meets_prompt_login_with_the_one_sign_in(
    choosing: Browser, bob: User, client_app: Registered
) -> None:
    choosing.authorize(client_app, prompt="login select_account")
    choose(choosing, "another")
    choosing.sign_in("bob")
    assert choosing.path == CONSENT
    assert who(client_app, parameters_of(choosing.answer())) == "bob"


def test_coming_back_without_an_answer_is_asked_again(choosing: Browser) -> None:
    for _ in range(3):
        choosing.open("/oauth2/authorize", interaction=choosing.query["interaction"])
        assert choosing.path == SELECT


@pytest.mark.covers("CVE-2026-49443")
@pytest.mark.parametrize(
    "form", [[], [("answer", "")], [("answer", "Continue")], [("answer", "continue")] * 2, [("answer", "allow")]]
)
def test_what_is_not_one_of_the_two_words_is_no_answer(choosing: Browser, form: list[tuple[str, str]]) -> None:
    interaction = choosing.query["interaction"]
    assert is_refusal(choosing.send(SELECT, [("interaction", interaction), *form], follow=False))
    assert "selected" not in {step.kind for step in only(records.Interaction).steps}
    assert LoginSession.objects.get().ended_at is None


@pytest.mark.covers("S72 logout", "CVE-2026-7507")
@pytest.mark.parametrize("answer", ["continue", "another"])
def test_an_answer_without_the_page_s_own_token_neither_chooses_nor_signs_out(choosing: Browser, answer: str) -> None:
    body = f"interaction={choosing.query['interaction']}&answer={answer}"
    forged = choosing.http.post(SELECT, body, content_type=FORM_TYPE)
    assert forged.status_code == 403
    assert "selected" not in {step.kind for step in only(records.Interaction).steps}
    assert LoginSession.objects.get().ended_at is None


@pytest.mark.covers("CVE-2022-39222")
def test_the_page_of_one_person_does_not_choose_for_the_next_one(choosing: Browser, bob: User) -> None:
    """Somebody else signed in in another tab while the page named alice."""
    page = choosing.http.get(choosing.place).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token is not None
    interaction = choosing.query["interaction"]
    choosing.sign_out()
    choosing.sign_in("bob")
    body = f"interaction={interaction}&answer=continue&csrfmiddlewaretoken={token[1]}"
    stale = choosing.http.post(SELECT, body, content_type=FORM_TYPE)
    assert stale.status_code == 403


@pytest.mark.covers("CVE-2022-39222", "CVE-2026-7507")
def test_another_browser_cannot_choose(choosing: Browser, bob: User, client_app: Registered) -> None:
    victim = Browser()
    victim.sign_in("bob")
    theirs = choosing.query["interaction"]
    for form in ({"interaction": theirs, "answer": "continue"}, {"interaction": theirs, "answer": "another"}):
        assert is_refusal(victim.send(SELECT, form, follow=False))
    assert is_refusal(victim.open(SELECT, interaction=theirs))
    assert LoginSession.objects.filter(user=bob, ended_at=None).exists()


def test_a_choice_of_a_session_that_is_gone_does_not_count_for_the_next(
    choosing: Browser, client_app: Registered
) -> None:
    interaction = choosing.query["interaction"]
    choosing.send(SELECT, {"interaction": interaction, "answer": "continue"}, follow=False)
    choosing.http.cookies.pop(settings.SESSION_COOKIE_NAME)
    choosing.open("/oauth2/authorize", interaction=interaction)
    assert choosing.path == LOGIN
    assert is_refusal(choosing.send(SELECT, {"interaction": "0.x", "answer": "continue"}, follow=False))


@pytest.mark.covers("S2 client", "CVE-2026-93999")
def test_a_client_that_is_disabled_meanwhile_is_not_gone_on_to(choosing: Browser) -> None:
    change_clients(enabled=False)
    assert is_refusal(choosing.http.get(choosing.place))
    assert is_refusal(choose(choosing, "continue"))


@pytest.mark.parametrize(
    ("hint", "chooses"),
    [("bob", True), ("bob@example.org", True), ("nobody", True), ("alice", False), ("ALICE@example.org", False)],
)
@pytest.mark.parametrize("prompt", [None, "consent"])
def test_whoever_is_not_who_the_client_expects_says_first_who_goes_on(
    alice: User, bob: User, client_app: Registered, browser: Browser, hint: str, chooses: bool, prompt: str | None
) -> None:
    browser.sign_in("alice")
    browser.authorize(client_app, login_hint=hint, prompt=prompt)
    assert browser.path == (SELECT if chooses else CONSENT)


def test_the_one_who_is_expected_is_known_by_their_sub_too(
    alice: User, client_app: Registered, browser: Browser
) -> None:
    browser.sign_in("alice")
    browser.authorize(client_app, login_hint=str(alice.pk))
    assert browser.path == CONSENT


def test_who_is_not_expected_goes_on_after_all_or_gives_way(
    alice: User, bob: User, client_app: Registered, browser: Browser
) -> None:
    browser.sign_in("alice")
    browser.authorize(client_app, login_hint="bob")
    choose(browser, "continue")
    assert browser.path == CONSENT
    browser.authorize(client_app, login_hint="bob")
    choose(browser, "another")
    assert browser.path == LOGIN
    browser.sign_in("bob")
    assert who(client_app, parameters_of(browser.answer())) == "bob"


def test_where_nobody_may_be_asked_the_client_is_told_that_another_one_is_there(
    choosing: Browser, client_app: Registered
) -> None:
    told = parameters_of(choosing.authorize(client_app, login_hint="bob", prompt="none"))
    assert told["error"] == "account_selection_required"
    assert "code" in parameters_of(choosing.authorize(client_app, login_hint="alice", prompt="none"))


@pytest.mark.parametrize("hint", ["bob", "nobody", "bob@example.org"])
def test_the_chooser_says_whom_the_application_expects_whether_or_not_there_is_such_an_account(
    alice: User, bob: User, client_app: Registered, browser: Browser, hint: str
) -> None:
    browser.sign_in("alice")
    page = browser.authorize(client_app, login_hint=hint).content.decode()
    assert f"<strong><bdi>Relying party</bdi></strong> expects <strong><bdi>{hint}</bdi></strong> here." in page
    browser.authorize(client_app, login_hint=hint, prompt="login")
    choose(browser, "continue")
    assert browser.path == REAUTHENTICATE
    again = browser.http.get(browser.place).content.decode()
    assert f"It expects <strong><bdi>{hint}</bdi></strong> here." in again


@pytest.mark.parametrize("hint", [None, "alice", "ALICE@example.org"])
def test_nobody_is_told_that_they_themselves_are_expected(
    alice: User, client_app: Registered, browser: Browser, hint: str | None
) -> None:
    browser.sign_in("alice")
    for prompt, path in (("select_account", SELECT), ("login", REAUTHENTICATE)):
        page = browser.authorize(client_app, login_hint=hint, prompt=prompt).content.decode()
        assert (browser.path, "expects" in page) == (path, False)


def test_the_sign_in_page_fills_in_the_name_that_the_id_token_of_a_hint_told_the_client(
    alice: User, client_app: Registered, browser: Browser
) -> None:
    """What the client knows already: nobody is looked for, also where the account has another name by now."""
    hint = exchange(client_app, browser.walk(client_app)["code"]).json()["id_token"]
    browser.sign_out()
    for named in ("alice", "alice"):
        page = browser.authorize(client_app, id_token_hint=hint).content.decode()
        assert browser.path == LOGIN
        assert f'value="{named}"' in page
        User.objects.filter(pk=alice.pk).update(username="carol", username_key="carol")
    assert 'value="bob"' in browser.authorize(client_app, id_token_hint=hint, login_hint="bob").content.decode()
