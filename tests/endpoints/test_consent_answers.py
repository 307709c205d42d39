"""What an answer on the consent page is worth: a yes as much as its page showed and the client may have still, a no as
much as its page showed; and whose earlier yes stands for a new one."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.endpoints.lifecycle import is_active, refresh
from tests.support import builders
from tests.support.builders import change_clients, protect, register
from tests.support.endpoints import consent_form, exchange, location, post, redeem, say
from tests.support.held import held, let_end, only
from tests.support.messages import AUTHORIZE, CONSENT, REDIRECT_URI, Registered, authorization_request
from tokens.interaction.consents import withdraw
from tokens.protocol import records
from tokens.stores import store

ASKED = "openid email profile"
"""What the request asks for; the client may have less of it when the page is shown."""
SHOWN = {"openid", "email"}
LOOPBACK, APP = "http://127.0.0.1/callback", "com.example.app:/callback"


@pytest.fixture
def asking() -> Registered:
    """A client that has to ask, with refresh tokens."""
    return register("web", scope="openid email")


def opened(browser: Client, client: Registered, **changes: str | None) -> str:
    """The id of a request for which the consent page is due."""
    page, query = location(browser.get(AUTHORIZE, authorization_request(client, **{"scope": ASKED, **changes})))
    assert page == CONSENT
    return query["interaction"]


def allowed(browser: Client, client: Registered, **changes: str | None) -> str:
    """The code that comes of a yes."""
    back = say(browser, opened(browser, client, **changes))
    return location(browser.get(back["Location"]))[1]["code"]


def words(browser: Client, interaction: str) -> str:
    return str(browser.get(CONSENT, {"interaction": interaction}).content.decode())


# --- Between the page and the answer

CHANGES: Mapping[str, tuple[dict[str, Any], set[str]]] = {
    "nothing": ({}, SHOWN),
    "the client may have more": ({"scope": ASKED}, {"openid", "email", "profile"}),
    "the client may have less": ({"scope": "openid"}, {"openid"}),
    "the client may have something else": ({"scope": "openid profile"}, {"openid", "profile"}),
    "the client may have nothing of it": ({"scope": "phone"}, set()),
    "its mapping tells more": ({"claims_mapping": ["email salary attribute:salary"]}, {*SHOWN, "attribute:salary"}),
}
"""What an administrator does meanwhile, and what the client may have of its request then."""


@pytest.mark.covers("S75 scope")
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("prompt", [None, "consent"])
@pytest.mark.parametrize("before", [False, True], ids=["never asked", "allowed all of it before"])
def test_a_yes_is_recorded_for_what_the_page_showed_and_the_client_may_have_still(
    browser: Client, asking: Registered, change: str, prompt: str | None, before: bool
) -> None:
    if before and prompt is None:
        change_clients(scope="openid email phone")
        allowed(browser, asking, scope="openid phone")
        change_clients(scope="openid email")
    elif before:
        change_clients(scope=ASKED)
        allowed(browser, asking)
        change_clients(scope="openid email")
    was = set(only(records.Consent).scope) if before else set()
    interaction = opened(browser, asking, prompt=prompt)
    form = consent_form(browser, interaction)
    members, may_have = CHANGES[change]
    change_clients(**members)
    back = post(browser, CONSENT, form)
    assert location(back) == (AUTHORIZE, {"interaction": interaction, "client_id": asking.client_id})
    recorded = {name for consent in held(records.Consent) for name in (*consent.scope, *consent.claims)}
    assert recorded == (SHOWN & may_have) | was
    address, answer = location(browser.get(back["Location"]))
    if may_have <= SHOWN:
        assert (address, "code" in answer) == (REDIRECT_URI, bool(may_have))
        code = only(records.AuthorizationCode, spent_at=None) if may_have and not before else None
        assert code is None or set(code.authorization.scope) == may_have
        return
    assert address == CONSENT, "what was not shown is asked for"
    back = say(browser, interaction)
    assert "code" in location(browser.get(back["Location"]))[1]


@pytest.mark.covers("S75 scope")
@pytest.mark.parametrize("change", CHANGES)
def test_a_no_is_a_no_to_all_that_the_page_showed_whatever_the_client_may_have_by_then(
    anybody: Client, browser: Client, asking: Registered, change: str
) -> None:
    tokens = exchange(anybody, asking, allowed(browser, asking)).json()
    interaction = opened(browser, asking, prompt="consent")
    form = consent_form(browser, interaction, "deny")
    change_clients(**CHANGES[change][0])
    back = post(browser, CONSENT, form)
    error = location(browser.get(back["Location"]))[1]["error"]
    assert error == ("access_denied" if CHANGES[change][1] else "invalid_scope")
    change_clients(scope=ASKED, claims_mapping=[])
    assert refresh(anybody, asking, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert not is_active(anybody, asking, tokens["access_token"])
    assert not held(records.Consent)


@pytest.mark.covers("S75 scope")
@pytest.mark.parametrize("answer", ["deny", "allow"])
def test_a_no_is_one_and_a_yes_is_none_also_where_the_client_was_disabled_meanwhile(
    browser: Client, asking: Registered, answer: str
) -> None:
    allowed(browser, asking)
    interaction = opened(browser, asking, prompt="consent")
    form = consent_form(browser, interaction, answer)
    change_clients(enabled=False)
    assert post(browser, CONSENT, form).status_code == 400
    change_clients(enabled=True)
    asked_again = location(browser.get(AUTHORIZE, authorization_request(asking, scope="openid email")))[0] == CONSENT
    assert asked_again is (answer == "deny")


@pytest.mark.covers("CVE-2026-7571")
@pytest.mark.parametrize("shown", ["none", "empty", "altered", "another request's", "another session's", "garbage"])
def test_a_yes_whose_form_says_nothing_of_this_page_is_none_and_the_page_comes_again(
    browser: Client, alice: User, asking: Registered, shown: str
) -> None:
    interaction = opened(browser, asking)
    form = consent_form(browser, interaction)
    another = Client()
    another.force_login(alice, backend="accounts.sign_in.backends.PasswordBackend")
    forged = {
        "none": None,
        "empty": "",
        "altered": f"{form['shown'][:-1]}{'A' if form['shown'][-1] != 'A' else 'B'}",
        "another request's": consent_form(browser, opened(browser, asking))["shown"],
        "another session's": consent_form(another, opened(another, asking))["shown"],
        "garbage": "é:\N{SNOWMAN}::",
    }[shown]
    sent = {name: value for name, value in {**form, "shown": forged}.items() if value is not None}
    back = post(browser, CONSENT, sent)
    again = {"interaction": interaction, "client_id": asking.client_id}
    assert location(browser.get(back["Location"])) == (CONSENT, again)
    assert not held(records.Consent)
    assert "code" in location(browser.get(say(browser, interaction)["Location"]))[1]


# --- What a no takes back

HELD = {"all": "openid email", "a part": "openid", "another part": "email"}


@pytest.mark.covers("S33 consent", "S75 scope")
@pytest.mark.parametrize("holds", HELD)
@pytest.mark.parametrize("where", ["a refresh", "the access token", "an open code"])
@pytest.mark.parametrize("yes", ["still good", "expired", "never asked"])
def test_a_no_ends_the_authorizations_that_hold_any_of_what_it_denies(
    anybody: Client, browser: Client, asking: Registered, holds: str, where: str, yes: str
) -> None:
    if yes == "never asked":
        change_clients(skip_consent=True)
        answer = browser.get(AUTHORIZE, authorization_request(asking, scope=HELD[holds]))
        code = location(answer)[1]["code"]
    else:
        code = allowed(browser, asking, scope=HELD[holds])
    tokens = exchange(anybody, asking, code).json() if where != "an open code" or yes != "still good" else {}
    change_clients(skip_consent=False)
    if yes == "expired":
        let_end(records.Consent, datetime.now(UTC) - timedelta(seconds=1))
    back = say(browser, opened(browser, asking, prompt="consent"), "deny")
    assert location(browser.get(back["Location"]))[1]["error"] == "access_denied"
    assert not held(records.Consent)
    if not tokens:
        assert exchange(anybody, asking, code).json()["error"] == "invalid_grant"
        return
    assert refresh(anybody, asking, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert not is_active(anybody, asking, tokens["access_token"])


@pytest.mark.covers("S75 scope")
def test_a_no_ends_nothing_that_holds_none_of_what_it_denies(
    anybody: Client, browser: Client, asking: Registered
) -> None:
    api = protect("https://orders.example/", "orders:read", caller=asking)
    of_api = exchange(anybody, asking, allowed(browser, asking, scope="orders:read", resource=api)).json()
    other = register("web", scope="openid email")
    of_other = exchange(anybody, other, allowed(browser, other)).json()
    bob = Client()
    bob.force_login(builders.person("bob"), backend="accounts.sign_in.backends.PasswordBackend")
    of_bob = exchange(anybody, asking, allowed(bob, asking)).json()
    say(browser, opened(browser, asking, scope="openid email"), "deny")
    for client, tokens in ((asking, of_api), (other, of_other), (asking, of_bob)):
        assert refresh(anybody, client, tokens["refresh_token"]).status_code == 200
    assert len(held(records.Consent)) == 3


@pytest.mark.parametrize(("scope", "told"), [("openid", True), ("orders:read", False)])
def test_the_page_says_that_a_no_ends_what_was_allowed_before_where_it_does(
    browser: Client, asking: Registered, scope: str, told: bool
) -> None:
    protect("https://orders.example/", "orders:read", caller=asking)
    allowed(browser, asking, scope=scope)
    page = words(browser, opened(browser, asking, prompt="consent", scope="openid email"))
    assert ("also ends what you allowed it before" in page) is told


def test_after_a_no_the_person_is_asked_for_all_of_it_again(browser: Client, asking: Registered) -> None:
    allowed(browser, asking)
    say(browser, opened(browser, asking, prompt="consent"), "deny")
    assert "<strong class" not in words(browser, opened(browser, asking))
    assert allowed(browser, asking)


@pytest.mark.covers("S75 scope")
def test_a_yes_does_not_bring_back_what_a_no_in_another_tab_took_back_while_it_came(
    browser: Client, asking: Registered, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The no is committed after the yes looked at what was allowed before, and before it is written."""
    change_clients(scope="openid email phone")
    allowed(browser, asking, scope="openid phone")
    form = consent_form(browser, opened(browser, asking, scope="openid email"))
    find, withdrawals = store().consents.get, iter([True])

    def found(subject: str, client_id: str, now: datetime) -> records.Consent | None:
        before = find(subject, client_id, now)
        if before is not None and next(withdrawals, False):
            withdraw(before.id)
        return before

    monkeypatch.setattr(store().consents, "get", found)
    post(browser, CONSENT, form)
    assert set(only(records.Consent).scope) == {"openid", "email"}


# --- Whose earlier yes stands (RFC 8252 §8.6)

AT: Mapping[str, tuple[str, str, str]] = {
    "a site": ("web", REDIRECT_URI, REDIRECT_URI),
    "a page": ("spa", REDIRECT_URI, REDIRECT_URI),
    "a page on loopback": ("spa", "http://localhost:3000/callback", "http://localhost:3000/callback"),
    "a site on loopback": ("web", "http://localhost:3000/callback", "http://localhost:3000/callback"),
    "an app that claims an address": ("native", REDIRECT_URI, REDIRECT_URI),
    "an app on loopback": ("native", LOOPBACK, LOOPBACK),
    "an app on another port": ("native", LOOPBACK, "http://127.0.0.1:49152/callback"),
    "an app by its scheme": ("native", APP, APP),
}
"""The kind of client, what it registered, and where it asks to be answered the second time."""
ASSURED = {"a site", "a page", "a site on loopback", "an app that claims an address"}


@pytest.mark.covers("S75 assured")
@pytest.mark.parametrize("at", AT)
@pytest.mark.parametrize("prompt", [None, "none", "consent"])
def test_who_could_be_somebody_else_is_asked_about_each_time(
    anybody: Client, browser: Client, at: str, prompt: str | None
) -> None:
    kind, registered, again = AT[at]
    client = register(kind, registered)
    code = allowed(browser, client)
    method = "client_secret_basic" if client.client_secret else "none"
    assert redeem(anybody, client, code, method).status_code == 200
    address, answer = location(
        browser.get(AUTHORIZE, authorization_request(client, scope=ASKED, redirect_uri=again, prompt=prompt))
    )
    if prompt == "none":
        assert address == again
        assert answer.get("error") == (None if at in ASSURED else "consent_required")
        return
    if at in ASSURED and prompt is None:
        assert (address, "code" in answer) == (again, True)
        return
    assert address == CONSENT
    assert ("you are asked each time" in words(browser, answer["interaction"])) is (at not in ASSURED)
    back = say(browser, answer["interaction"])
    assert "code" in location(browser.get(back["Location"]))[1], "a yes is good for its own request"


@pytest.mark.covers("S75 assured")
@pytest.mark.parametrize("redirect_uri", [LOOPBACK, APP])
def test_an_app_whose_record_says_that_it_need_not_ask_asks_where_anybody_could_be_it(
    browser: Client, redirect_uri: str
) -> None:
    """Nobody can register that; a row may have it from elsewhere."""
    client = register("native", redirect_uri, skip_consent=True)
    opened(browser, client, scope="openid offline_access")
    told = location(browser.get(AUTHORIZE, authorization_request(client, prompt="none")))[1]
    assert told["error"] == "consent_required"


@pytest.mark.covers("S75 scope")
def test_a_yes_in_this_request_does_not_stand_for_what_its_page_did_not_show(browser: Client) -> None:
    """Though an earlier page had shown it: whoever asks now may be another program."""
    client = register("native", LOOPBACK, scope=ASKED)
    allowed(browser, client)
    change_clients(scope="openid email")
    interaction = opened(browser, client)
    back = say(browser, interaction)
    change_clients(scope=ASKED)
    again = {"interaction": interaction, "client_id": client.client_id}
    assert location(browser.get(back["Location"])) == (CONSENT, again)
