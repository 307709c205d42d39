"""The pages of what a person allowed: what they show, to whom, and what a withdrawal ends."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import LoginSession, User
from tests.accounts.passkeys import enrolled
from tests.endpoints.lifecycle import is_active, refresh
from tests.endpoints.test_consent_answers import allowed, asking
from tests.stores.samples import consent
from tests.support import builders
from tests.support.builders import change_clients, person, protect, register
from tests.support.endpoints import exchange, location, tokens_of
from tests.support.held import held, let_end, only
from tests.support.messages import AUTHORIZE, CONSENT, REDIRECT_URI, Registered, authorization_request
from tokens.protocol import records
from tokens.stores import store
from tokens.views.applications import SIZE

LIST, ONE = "/oauth2/applications", "/oauth2/applications/one"
NOTHING, WITHDRAWN = "There is nothing to withdraw", "What you allowed is withdrawn."
NONE = "You allow no application anything."

__all__ = ["asking"]


def one(client_id: str) -> str:
    return f"{ONE}?client_id={quote(client_id, safe='')}"


def shown(browser: Client, address: str = LIST) -> str:
    answer = browser.get(address)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    return str(answer.content.decode())


def withdrawn(browser: Client, client_id: str) -> str:
    """What the page says that the form leads to."""
    answer = browser.post(one(client_id))
    assert location(answer) == (LIST, {})
    return shown(browser)


def remember(subject: object, *client_ids: str, **changes: object) -> None:
    now = datetime.now(UTC)
    for each in client_ids:
        owned = {"subject": str(subject), "client_id": each, "granted_at": now, "expires": now + timedelta(days=1)}
        store().consents.grant(consent(**owned, **changes))


def test_the_home_page_leads_to_a_list_that_is_empty_at_first(browser: Client) -> None:
    assert f'<a href="{LIST}">Applications you allowed</a>' in browser.get("/").content.decode()
    assert NONE in shown(browser)


def test_an_application_is_shown_with_what_was_allowed_in_the_words_of_the_consent_page(
    browser: Client, asking: Registered
) -> None:
    api = protect(
        "https://a.example/", "read", caller=asking, name="Orders", scope_sentences=("read en See your orders",)
    )
    change_clients(scope=f"openid email offline_access {api}#read", client_name="The <b>shop</b>")
    allowed(
        browser, asking, scope="openid email offline_access read", resource=api, claims='{"userinfo": {"name": null}}'
    )
    for page in (shown(browser), shown(browser, one(asking.client_id))):
        for words in (
            "<bdi>The &lt;b&gt;shop&lt;/b&gt;</bdi>",
            "<li>See your e-mail address</li>",
            "<li>Keep this access while you are away, also after you sign out</li>",
            "<li><bdi>See your orders</bdi> (<bdi>Orders</bdi>)</li>",
            "<li>Act for you at <bdi>Orders</bdi></li>",
        ):
            assert words in page
        assert NONE not in page
    assert f"Allowed: {datetime.now(UTC):%b}" in shown(browser).replace("Sept", "Sep")
    assert one(asking.client_id).replace("&", "&amp;") in shown(browser)


def test_what_nobody_knows_any_more_is_shown_by_its_name(browser: Client, alice: User, asking: Registered) -> None:
    remember(
        alice.pk,
        asking.client_id,
        scope=("urn:gone#read",),
        claims=("shoe_size", "attribute:salary"),
        resource=("urn:gone",),
    )
    for page in (shown(browser), shown(browser, one(asking.client_id))):
        for words in ("<bdi>read</bdi> of <bdi>urn:gone</bdi>", "“<bdi>shoe_size</bdi>”", "“<bdi>salary</bdi>”"):
            assert words in page
        assert "Act for you at <bdi>urn:gone</bdi>" in page


def test_the_page_of_one_says_how_long_it_takes_and_who_it_is(browser: Client, asking: Registered) -> None:
    change_clients(policy_uri="https://rp.example/policy", tos_uri="javascript:alert(1)")
    allowed(browser, asking)
    page = shown(browser, one(asking.client_id))
    assert "Withdraw what <bdi>Relying party</bdi> may do?" in page
    assert "within 5 minutes" in page
    assert 'href="https://rp.example/policy"' in page
    assert "javascript:" not in page


def test_of_an_application_that_asks_nobody_the_page_does_not_say_that_it_asks(
    browser: Client, asking: Registered
) -> None:
    allowed(browser, asking)
    assert "within 5 minutes, and it has to ask you again." in shown(browser, one(asking.client_id))
    change_clients(skip_consent=True)
    page = shown(browser, one(asking.client_id))
    assert ("within 5 minutes." in page, "ask you again" in page) == (True, False)


@pytest.mark.covers("S71 own", "S75 scope")
def test_to_withdraw_ends_all_that_was_given_and_the_application_asks_again(
    browser: Client, anybody: Client, asking: Registered
) -> None:
    waits = allowed(browser, asking)
    tokens = exchange(anybody, asking, allowed(browser, asking, prompt="consent")).json()
    assert WITHDRAWN in (page := withdrawn(browser, asking.client_id))
    assert NONE in page
    assert not held(records.Consent)
    assert refresh(anybody, asking, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert not is_active(anybody, asking, tokens["access_token"])
    assert exchange(anybody, asking, waits).json()["error"] == "invalid_grant"
    assert location(browser.get(AUTHORIZE, authorization_request(asking)))[0] == CONSENT


def test_what_an_expired_yes_gave_ends_with_the_next_one(browser: Client, anybody: Client, asking: Registered) -> None:
    tokens = exchange(anybody, asking, allowed(browser, asking)).json()
    without = tokens_of(anybody, asking, only(records.Consent).subject)
    let_end(records.Consent, datetime.now(UTC) - timedelta(seconds=1))
    assert NONE in shown(browser)
    allowed(browser, asking)
    assert WITHDRAWN in withdrawn(browser, asking.client_id)
    for each in (tokens, without):
        assert not is_active(anybody, asking, each["access_token"])


def test_others_keep_what_they_allowed_and_are_shown_only_theirs(
    browser: Client, anybody: Client, asking: Registered
) -> None:
    mine, other = asking.client_id, register("web", scope="openid email")
    tokens = exchange(anybody, asking, allowed(browser, asking)).json()
    bob = Client()
    bob.force_login(person("bob"), backend="accounts.sign_in.backends.PasswordBackend")
    assert NONE in shown(bob)
    assert NOTHING in withdrawn(bob, mine)
    assert location(bob.get(one(mine))) == (LIST, {})
    allowed(bob, other)
    assert one(other.client_id) in shown(bob)
    assert one(other.client_id) not in shown(browser)
    assert NOTHING in withdrawn(browser, other.client_id)
    assert WITHDRAWN in withdrawn(bob, other.client_id)
    assert is_active(anybody, asking, tokens["access_token"])
    assert one(mine) in shown(browser)


@pytest.mark.parametrize("client_id", ["", "unknown", "a\x00b", "\ud800", "x" * 5000, "../admin", "%00"])
def test_of_what_was_never_allowed_there_is_nothing_to_withdraw(
    browser: Client, asking: Registered, client_id: str
) -> None:
    allowed(browser, asking)
    address = f"{ONE}?client_id={urlencode({'': client_id}, errors='surrogatepass')[1:]}"
    for ask in (browser.get, browser.post):
        assert location(ask(address)) == (LIST, {})
        assert NOTHING in (page := shown(browser))
        assert one(asking.client_id) in page
    assert location(browser.post(ONE)) == (LIST, {})


def test_twice_is_once(browser: Client, anybody: Client, asking: Registered) -> None:
    exchange(anybody, asking, allowed(browser, asking))
    assert WITHDRAWN in withdrawn(browser, asking.client_id)
    assert NOTHING in withdrawn(browser, asking.client_id)
    assert location(browser.get(one(asking.client_id))) == (LIST, {})
    allowed(browser, asking)
    assert one(asking.client_id) in shown(browser)


def test_an_application_that_is_gone_is_left_out_and_one_that_is_disabled_is_not(
    browser: Client, asking: Registered
) -> None:
    allowed(browser, asking)
    change_clients(enabled=False)
    assert one(asking.client_id) in shown(browser)
    assert store().clients.delete(asking.client_id)
    assert NONE in shown(browser)
    assert location(browser.get(one(asking.client_id))) == (LIST, {})
    assert WITHDRAWN in withdrawn(browser, asking.client_id)
    assert not held(records.Consent)


def test_a_form_of_another_site_withdraws_nothing(browser: Client, asking: Registered) -> None:
    allowed(browser, asking)
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = browser.cookies
    assert careful.post(one(asking.client_id)).status_code == 403
    assert held(records.Consent)


@pytest.mark.parametrize("address", [LIST, one("0.client")])
def test_nobody_signs_in_first_and_comes_back(anybody: Client, address: str) -> None:
    for answer in (anybody.get(address), anybody.post(address)):
        assert location(answer) == ("/accounts/login/", {"next": address})


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_another_method_is_none(browser: Client, method: str) -> None:
    for address in (LIST, ONE):
        assert getattr(browser, method)(address).status_code == 405


def test_whoever_lacks_a_second_factor_that_is_required_is_asked_for_it_first(
    browser: Client, alice: User, asking: Registered
) -> None:
    allowed(browser, asking)
    User.objects.filter(pk=alice.pk).update(second_factor_required=True)
    LoginSession.objects.update(methods=["password"], amr=["pwd"], acr="1")
    for answer in (browser.get(LIST), browser.get(one(asking.client_id)), browser.post(one(asking.client_id))):
        assert location(answer)[0] == "/accounts/step-up/"
    assert held(records.Consent)


def test_who_has_a_passkey_in_its_place_is_asked_for_nothing_else(browser: Client, alice: User) -> None:
    enrolled(alice)
    User.objects.filter(pk=alice.pk).update(second_factor_required=True)
    LoginSession.objects.update(methods=["password"], amr=["pwd"], acr="1")
    path, query = location(browser.get(browser.get(LIST)["Location"]))
    assert (path, query) == ("/accounts/reauthenticate/", {"next": LIST, "by_passkey": "1"})


def test_who_allowed_many_sees_them_page_by_page(browser: Client, alice: User) -> None:
    names = sorted(f"app {number:02} &#x" for number in range(2 * SIZE + 1))
    for name in names:
        assert store().clients.add(builders.client_record(client_id=name, client_name=f"Name of {name[:6]}."))
    remember(alice.pk, *names)
    first = shown(browser)
    assert [f"Name of {name[:6]}." in first for name in names] == [True] * SIZE + [False] * (SIZE + 1)
    second = shown(browser, f"{LIST}?{urlencode({'after': names[SIZE - 1]})}")
    assert [f"Name of {name[:6]}." in second for name in names] == [False] * SIZE + [True] * SIZE + [False]
    last = shown(browser, f"{LIST}?{urlencode({'after': names[2 * SIZE - 1]})}")
    assert names[-1][:6] in last
    assert f'<a href="?{urlencode({"after": names[SIZE - 1]})}">' in first
    assert f'<a href="?{urlencode({"after": names[2 * SIZE - 1]})}">' in second
    assert "More applications" not in last


def test_a_page_of_applications_that_are_gone_leads_on_to_those_that_are_not(browser: Client, alice: User) -> None:
    names = [f"app {number:02}" for number in range(SIZE + 1)]
    assert store().clients.add(builders.client_record(client_id=names[-1]))
    remember(alice.pk, *names)
    page = shown(browser)
    assert NONE not in page
    assert one(names[-1]) in shown(browser, f"{LIST}?{urlencode({'after': names[SIZE - 1]})}")
    assert "More applications" in page


@pytest.mark.parametrize("after", ["%00", "%ED%A0%80", "x" * 5000, "zzz"])
def test_a_page_after_nothing_is_empty(browser: Client, asking: Registered, after: str) -> None:
    allowed(browser, asking)
    shown(browser, f"{LIST}?after={after}")


def test_the_pages_are_light_and_load_nothing_of_others(browser: Client, alice: User, settings: Settings) -> None:
    """As many applications as a page has, with long names."""
    names = [f"app {number:02}" for number in range(SIZE)]
    for name in names:
        assert store().clients.add(builders.client_record(client_id=name, client_name="N" * 100))
    remember(alice.pk, *names, scope=("openid", "profile", "email", "address", "phone", "groups", "offline_access"))
    page = shown(browser)
    assert len(page.encode()) < 40_000
    assert page.count("<img") == 1
    assert REDIRECT_URI not in page
