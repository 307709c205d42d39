"""The gate before what gives credentials, rights or addresses, and the door for who is remembered."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.core.cache import cache
from django.test import Client as Browser
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver

from accounts.admin import gate
from accounts.admin.groups import PeopleGroupAdmin
from accounts.ground.unavailable import Unavailable
from accounts.models import LoginSession, PeopleGroup, User
from accounts.site import kept
from idp.node import failures
from tests.admin.pages import ADD, change_url, edited, members, new
from tests.admin.staff import BrowserOf
from tests.support.builders import create
from tests.support.people import PASSWORD
from tokens import models
from tokens.protocol.records import Resource
from tokens.registration import resources

QUESTION = 'name="confirm-password"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A form of the admin. `ids` stand in its address and values in braces."""

    url: str
    gives: bool
    form: dict[str, Any] = field(default_factory=dict)


def listed(url: str, action: str, row: str, *, gives: bool) -> Sent:
    return Sent(url=url, gives=gives, form={"action": action, "_selected_action": row})


USER, GROUP = "/admin/accounts/user/", "/admin/accounts/peoplegroup/"
CLIENT, RESOURCE, KEY = "/admin/tokens/client/", "/admin/tokens/resource/", "/admin/tokens/signingkey/"
NEW_PASSWORD = {"usable_password": "true", "password1": "an old tin whistle", "password2": "an old tin whistle"}
SENT: dict[str, Sent] = {
    "accounts_user_add": Sent(url=f"{USER}add/", gives=True, form={"username": "carol", **NEW_PASSWORD}),
    "accounts_user_change": Sent(url=f"{USER}{{user}}/change/", gives=True, form={"email": "x@example.org"}),
    "auth_user_password_change": Sent(url=f"{USER}{{user}}/password/", gives=True, form=NEW_PASSWORD),
    "accounts_user_delete": Sent(url=f"{USER}{{user}}/delete/", gives=True, form={"post": "yes"}),
    "accounts_user_invite": Sent(url=f"{USER}invite/", gives=True, form={"address": "zoe@example.org"}),
    "accounts_user_reset_link": Sent(url=f"{USER}{{user}}/reset_link/", gives=True),
    "accounts_user_enable": Sent(url=f"{USER}{{user}}/enable/", gives=True),
    "accounts_user_remove_factors": Sent(url=f"{USER}{{user}}/remove_factors/", gives=True),
    "accounts_user_forgive": Sent(url=f"{USER}{{user}}/forgive/", gives=True),
    "accounts_user_disable": Sent(url=f"{USER}{{user}}/disable/", gives=False),
    "accounts_user_end_sessions": Sent(url=f"{USER}{{user}}/end_sessions/", gives=False),
    "accounts_user_changelist enable": listed(USER, "enable", "{user}", gives=True),
    "accounts_user_changelist delete_selected": listed(USER, "delete_selected", "{user}", gives=True),
    "accounts_user_changelist disable": listed(USER, "disable", "{user}", gives=False),
    "accounts_user_changelist end_sessions": listed(USER, "end_sessions", "{user}", gives=False),
    "accounts_peoplegroup_add": Sent(url=f"{GROUP}add/", gives=True, form={"name": "bakers"}),
    "accounts_peoplegroup_change": Sent(url=f"{GROUP}hatters/change/", gives=True, form={"description": "x"}),
    "accounts_peoplegroup_delete": Sent(url=f"{GROUP}hatters/delete/", gives=True, form={"post": "yes"}),
    "accounts_peoplegroup_changelist delete_selected": listed(GROUP, "delete_selected", "hatters", gives=True),
    "accounts_loginsession_changelist end_sessions": listed(
        "/admin/accounts/loginsession/", "end_sessions", "{sid}", gives=False
    ),
    "tokens_client_add": Sent(url=f"{CLIENT}add/", gives=True, form={"kind": "web"}),
    "tokens_client_change": Sent(url=f"{CLIENT}{{client}}/change/", gives=True, form={"client_name": "x"}),
    "tokens_client_delete": Sent(url=f"{CLIENT}{{client}}/delete/", gives=True, form={"post": "yes"}),
    "tokens_client_add_secret": Sent(url=f"{CLIENT}{{client}}/secrets/add/", gives=True),
    "tokens_client_expire_secret": Sent(url=f"{CLIENT}{{client}}/secrets/{{secret}}/expire/", gives=True),
    "tokens_client_end_secret": Sent(url=f"{CLIENT}{{client}}/secrets/{{secret}}/end/", gives=False),
    "tokens_client_require_pkce": Sent(url=f"{CLIENT}{{client}}/pkce/require/", gives=True),
    "tokens_client_try": Sent(url=f"{CLIENT}{{client}}/trial/try/", gives=True, form={"scope": "openid"}),
    "tokens_client_preview": Sent(url=f"{CLIENT}{{client}}/trial/preview/", gives=False),
    "tokens_client_preview_consent": Sent(url=f"{CLIENT}{{client}}/trial/preview_consent/", gives=False),
    "tokens_client_changelist enable": listed(CLIENT, "enable", "{client}", gives=True),
    "tokens_client_changelist delete_selected": listed(CLIENT, "delete_selected", "{client}", gives=True),
    "tokens_client_changelist disable": listed(CLIENT, "disable", "{client}", gives=False),
    "tokens_client_changelist end_given": listed(CLIENT, "end_given", "{client}", gives=False),
    "tokens_resource_add": Sent(url=f"{RESOURCE}add/", gives=True, form={"name": "x"}),
    "tokens_resource_change": Sent(url=f"{RESOURCE}{{resource}}/change/", gives=True, form={"name": "x"}),
    "tokens_resource_delete": Sent(url=f"{RESOURCE}{{resource}}/delete/", gives=True, form={"post": "yes"}),
    "tokens_signingkey_changelist replace": listed(KEY, "replace", "a-kid", gives=True),
    "tokens_signingkey_changelist revoke": listed(KEY, "revoke", "a-kid", gives=True),
    "tokens_consent_changelist withdraw": listed("/admin/tokens/consent/", "withdraw", "{consent}", gives=False),
    "tokens_authorization_changelist revoke": listed(
        "/admin/tokens/authorization/", "revoke", "{authorization}", gives=False
    ),
    "tokens_logoutdelivery_changelist try_again": listed(
        "/admin/tokens/logoutdelivery/", "try_again", "{logout_delivery}", gives=False
    ),
}
"""All that the admin can be sent, by the name of its address and, in a list, of the action."""
NOTHING_TO_SEND = {
    *("index", "login", "logout", "password_change", "password_change_done", "autocomplete", "jsi18n"),
    *("app_list", "tokens_client_trial", "tokens_client_tried"),
}
"""Addresses that only show something, or lead on; `logout` takes away."""
READ_ONLY = {"loginsession", "mail", "consent", "authorization", "signingkey", "run", "logoutdelivery"}
"""Whose pages refuse every form, whoever sends it."""

AGES = {
    "fresh": (timedelta(minutes=9), False),
    "old": (timedelta(minutes=11), False),
    "remembered": (timedelta(minutes=61), True),
    "remembered and fresh": (timedelta(minutes=9), True),
}


@pytest.fixture
def ids(
    consent: models.Consent, authorization: models.Authorization, logout_delivery: models.LogoutDelivery
) -> dict[str, object]:
    client, _ = create("web", "A site", ["https://rp.example/cb"])
    resources.create(Resource(identifier="urn:orders", scope=("orders:read",), name="Orders"))
    PeopleGroup.objects.create(name="hatters")
    browser = Browser()
    person = User.objects.create_user("alice")
    browser.force_login(person)
    return {
        "user": person.pk,
        "sid": LoginSession.objects.get().pk,
        "client": client.client_id.replace("_", "_5F"),
        "secret": models.ClientSecret.objects.get().pk,
        "resource": models.Resource.objects.get().pk,
        "consent": consent.pk,
        "authorization": authorization.pk,
        "logout_delivery": logout_delivery.pk,
    }


def aged(browser: Browser, age: str) -> Browser:
    since, remembered = AGES[age]
    sid = browser.session["sid"]
    now = datetime.now(UTC)
    LoginSession.objects.filter(pk=sid).update(auth_time=now - since, remembered=remembered)
    return browser


def is_asked(answer: Any) -> bool:
    return QUESTION in answer.content.decode()


def sent(browser: Browser, each: Sent, ids: dict[str, object]) -> Any:
    form = {name: value.format(**ids) if "{" in str(value) else value for name, value in each.form.items()}
    return browser.post(each.url.format(**ids), {"kept": "as typed", **form})


@pytest.mark.parametrize("name", SENT)
def test_what_gives_something_asks_for_the_password_unless_it_was_typed_a_short_while_ago(
    name: str, ids: dict[str, object], browser_of: BrowserOf
) -> None:
    each, browser = SENT[name], browser_of("superuser")
    before = LogEntry.objects.count()
    asked = {}
    for age in ("remembered", "old", "remembered and fresh", "fresh"):
        answer = sent(aged(browser, age), each, ids)
        asked[age] = is_asked(answer)
        if asked[age]:
            assert (answer.status_code, 'value="as typed"' in answer.content.decode()) == (403, True)
            assert LogEntry.objects.count() == before
    assert asked == {"remembered": True, "old": each.gives, "remembered and fresh": False, "fresh": False}


@pytest.mark.parametrize("age", AGES)
def test_a_page_is_looked_at_by_who_did_not_just_stay_signed_in(
    age: str, ids: dict[str, object], browser_of: BrowserOf
) -> None:
    browser = aged(browser_of("superuser"), age)
    pages = ["/admin/", USER, CLIENT, *{each.url.format(**ids) for each in SENT.values()}]
    seen = {page: browser.get(page) for page in pages}
    led = {page for page, answer in seen.items() if answer.headers.get("Location", "").startswith("/accounts/reauth")}
    before = {page for page in pages if page.endswith(("/add/", "/delete/", "/password/")) and "secrets" not in page}
    assert led == {"fresh": set(), "remembered and fresh": set(), "old": before, "remembered": set(pages)}[age]
    for page in led:
        assert seen[page]["Location"] == f"/accounts/reauthenticate/?next={page.replace('/', '%2F')}"


def test_the_table_has_every_address_and_action_of_the_admin(browser_of: BrowserOf) -> None:
    request = RequestFactory().get("/")
    request.user = User.objects.create_superuser("root")
    actions = {
        f"{model._meta.app_label}_{model._meta.model_name}_changelist {action}"
        for model, model_admin in admin.site._registry.items()
        for action in model_admin.get_actions(request)
    }
    pages = {name for name in names(admin.site.get_urls()) if not name.endswith(("_changelist", "_history"))}
    read_only = {name for name in pages if name.split("_")[-2:-1] and name.split("_")[-2] in READ_ONLY}
    assert actions | (pages - read_only - NOTHING_TO_SEND) == set(SENT)
    assert {name for name in read_only if not name.endswith(("_add", "_change", "_delete"))} == set()


def test_the_table_of_the_gate_is_that_of_the_test() -> None:
    nothing: set[str] = set()
    for name, actions in gate.table(admin.site).items():
        nothing |= {f"{name} {action}" for action in actions} if name.endswith("_changelist") else {name}
    assert nothing & {*SENT} == {name for name, each in SENT.items() if not each.gives}


@pytest.mark.parametrize(
    "form",
    [
        {"action": ["disable", "enable"], "index": "1"},
        {"action": ["disable", "delete_selected"], "index": "1"},
        {"action": [], "_save": "Save"},
        {},
    ],
)
def test_an_action_does_not_come_by_in_the_company_of_a_harmless_one(
    form: dict[str, Any], ids: dict[str, object], browser_of: BrowserOf
) -> None:
    browser = aged(browser_of("superuser"), "old")
    assert is_asked(browser.post(USER, {**form, "_selected_action": [str(ids["user"])]}))


@pytest.fixture
def root(db: None) -> Browser:
    """Has a password."""
    cache.clear()
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(User.objects.create_superuser("root", password=PASSWORD))
    return browser


def hidden(answer: Any) -> dict[str, list[str]]:
    """What the button of the page would send."""
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', answer.content.decode()):
        fields.setdefault(unescape(name), []).append(unescape(value))
    return fields


def form_of(browser: Browser, page: str, **fields: Any) -> dict[str, Any]:
    return {"csrfmiddlewaretoken": hidden(browser.get(page))["csrfmiddlewaretoken"][0], **fields}


@pytest.fixture
def client(db: None) -> models.Client:
    create("web", "A site", ["https://rp.example/cb"])
    return models.Client.objects.get()


NAME = 'Søren\'s "shop" & another'


def test_what_was_typed_is_done_once_the_password_is_there(root: Browser, client: models.Client) -> None:
    uris = "https://rp.example/cb\r\nhttps://rp.example/other"
    url = change_url(client)
    form = form_of(root, url, **edited(client, client_name="Another <name>", redirect_uris=uris))
    asked = root.post(url, form_of(aged(root, "old"), url) | form)
    assert asked.status_code == 403
    assert models.Client.objects.get().client_name == "A site"
    fields = hidden(asked)
    assert (fields["redirect_uris"], fields["client_name"]) == ([uris], ["Another <name>"])
    wrong = root.post(url, {**fields, gate.PASSWORD: "not the password"})
    assert (wrong.status_code, hidden(wrong)["client_name"]) == (422, ["Another <name>"])
    assert models.Client.objects.get().client_name == "A site"
    done = root.post(url, {**hidden(wrong), gate.PASSWORD: PASSWORD})
    assert done.status_code == 303, done.content.decode()
    assert members(models.Client.objects.get())["redirect_uris"] == uris.split("\r\n")
    assert PASSWORD not in asked.content.decode() + wrong.content.decode() + str(LogEntry.objects.values())
    # It is known again, and the next form is not asked.
    assert not is_asked(root.get(ADD))


def test_a_remembered_session_enters_by_the_password_and_is_led_back(root: Browser) -> None:
    aged(root, "remembered")
    led = root.get(f"{USER}?q=ali")
    assert led["Location"] == "/accounts/reauthenticate/?next=%2Fadmin%2Faccounts%2Fuser%2F%3Fq%3Dali"
    page = root.get(led["Location"])
    answer = root.post(led["Location"], {**hidden(page), "password": PASSWORD})
    assert answer["Location"] == f"{USER}?q=ali"
    assert root.get(answer["Location"]).status_code == 200


def test_a_remembered_session_can_sign_out_of_the_admin(root: Browser) -> None:
    form = form_of(root, "/admin/")
    assert aged(root, "remembered").post("/admin/logout/", form).status_code in (200, 302)
    assert LoginSession.objects.get().ended_at is not None


def test_guessing_at_the_gate_is_throttled_and_keeps_what_was_typed(root: Browser) -> None:
    form = form_of(root, "/admin/", name="bakers", **{gate.PASSWORD: "wrong"})
    aged(root, "old")
    statuses = []
    for _ in range(12):
        answer = root.post(f"{GROUP}add/", form)
        statuses.append(answer.status_code)
        if answer.status_code == 429:
            break
    assert set(statuses[:-1]) == {422}
    assert (statuses[-1], hidden(answer)["name"]) == (429, ["bakers"])
    assert int(answer["Retry-After"]) > 0
    assert not PeopleGroup.objects.exists()


def test_passwords_that_were_typed_are_in_no_answer(root: Browser) -> None:
    form = form_of(root, f"{USER}add/", username="carol", **NEW_PASSWORD)
    asked = aged(root, "old").post(f"{USER}add/", form)
    assert NEW_PASSWORD["password1"] not in asked.content.decode()
    again = root.post(f"{USER}add/", {**hidden(asked), gate.PASSWORD: PASSWORD})
    assert (again.status_code, 'value="carol"' in again.content.decode()) == (200, True)
    assert not User.objects.filter(username="carol").exists()


def test_who_was_signed_out_sends_it_again_after_signing_in(root: Browser) -> None:
    form = form_of(root, f"{GROUP}add/", name="bakers", description=NAME)
    LoginSession.objects.update(ended_at=datetime.now(UTC))
    out = root.post(f"{GROUP}add/", form)
    assert (out.status_code, hidden(out)["description"]) == (403, [NAME])
    assert 'target="_blank"' in out.content.decode()
    page = root.get("/accounts/login/?next=/admin/")
    signed_in = root.post("/accounts/login/", {**hidden(page), "login": "root", "password": PASSWORD})
    assert signed_in.status_code == 303
    # Signing in gave the browser another token than the page from before has.
    before = root.post(f"{GROUP}add/", hidden(out), headers={"Origin": "http://testserver"})
    assert before.status_code == 403
    assert root.post(f"{GROUP}add/", hidden(before)).status_code == 302
    assert PeopleGroup.objects.get().name == "bakers"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", "http://testserver.evil.example"])
def test_a_form_of_another_site_is_not_shown_with_a_button(root: Browser, origin: str) -> None:
    form = {"name": "bakers", "csrfmiddlewaretoken": "x"}
    answer = root.post(f"{GROUP}add/", form, headers={"Origin": origin} if origin else {})
    assert (answer.status_code, "bakers" in answer.content.decode()) == (403, False)


@pytest.mark.parametrize("origin", ["http://testserver", "https://evil.example", ""])
def test_what_was_typed_while_the_database_was_away_is_sent_again(
    origin: str, root: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise Unavailable(timedelta(seconds=2))

    form = form_of(root, f"{GROUP}add/", name="bakers", description=NAME)
    root.raise_request_exception = False
    with monkeypatch.context() as while_away:
        while_away.setattr(PeopleGroupAdmin, "save_model", away)
        answer = root.post(f"{GROUP}add/", form, headers={"Origin": origin} if origin == "http://testserver" else {})
        elsewhere = RequestFactory().post(f"{GROUP}add/", form, headers={"Origin": origin} if origin else {})
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    shown = failures.unavailable(elsewhere).content.decode()
    assert ("bakers" in shown) == (origin == "http://testserver")
    if origin == "http://testserver":
        assert root.post(f"{GROUP}add/", hidden(answer)).status_code == 302
        assert PeopleGroup.objects.get().name == "bakers"


def test_every_password_field_of_the_admin_is_one_that_is_not_kept(root: Browser, client: models.Client) -> None:
    person = User.objects.get().pk
    pages = [f"{USER}add/", f"{USER}{person}/password/", f"{USER}{person}/change/", ADD, change_url(client)]
    found: set[str] = set()
    for page in pages:
        for tag in re.findall(r"<input[^>]*>", root.get(page).content.decode()):
            if 'type="password"' in tag:
                found |= set(re.findall(r'name="([^"]*)"', tag))
    assert found == {"password1", "password2"}
    assert found <= set(kept.PASSWORDS)


def names(patterns: Any) -> Iterator[str]:
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from names(each.url_patterns)
        elif isinstance(each, URLPattern) and each.name is not None:
            yield each.name


def test_who_has_no_rights_at_all_learns_nothing_of_the_form(browser_of: BrowserOf) -> None:
    answer = browser_of("person").post(f"{GROUP}add/", {"name": "bakers"}, follow=True)
    assert answer.status_code == 403
    assert not PeopleGroup.objects.exists()


def test_a_new_client_is_made_after_the_question(root: Browser) -> None:
    aged(root, "old")
    form = form_of(root, "/admin/", **new())
    asked = root.post(ADD, form)
    assert root.post(ADD, {**hidden(asked), gate.PASSWORD: PASSWORD}).status_code == 200
    assert models.Client.objects.get().client_name == "A site"
