"""The admin asks for a second factor, and removes what somebody lost."""

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.test import Client
from django.utils.html import strip_tags
from pytest_django.fixtures import Settings

from accounts.conf import Mail
from accounts.mail.message import message_of
from accounts.models import AuthenticatorApp, LoginSession, Passkey, PeopleGroup, RecoveryCode, User
from accounts.models import Mail as Row
from accounts.sign_in import guesses
from tests.accounts.authenticator import App, add_app, first_step
from tests.accounts.passkeys import enrolled
from tests.accounts.signed_in import who
from tests.admin.staff import BrowserOf
from tests.support.people import PASSWORD

ADD = "/admin/accounts/peoplegroup/add/"
STEP_UP, AUTHENTICATOR, REAUTHENTICATE = "/accounts/step-up/", "/accounts/authenticator/", "/accounts/reauthenticate/"


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root", "root@example.org", PASSWORD)


@pytest.fixture
def browser(root: User, client: Client) -> Client:
    """Signed in by password just now."""
    assert client.post("/accounts/login/", {"login": "root", "password": PASSWORD}).status_code == 303
    return client


@pytest.fixture
def elsewhere(settings: Settings) -> None:
    """The issuer is on no loopback."""
    settings.ISSUER = "https://op.example"


def _led(browser: Client, answer: Any) -> tuple[str, dict[str, str]]:
    """The page that asks for more, and its query."""
    where = urlsplit(answer["Location"])
    if where.path == STEP_UP:
        where = urlsplit(browser.get(where.geturl())["Location"])
    return where.path, dict(parse_qsl(where.query))


@pytest.mark.parametrize("page", ["/admin/", ADD, "/admin/password_change/"])
def test_who_has_none_adds_one_before_the_admin_opens(browser: Client, root: User, elsewhere: None, page: str) -> None:
    path, query = _led(browser, browser.get(page))
    assert (path, query["next"]) == (AUTHENTICATOR, page)
    shown = browser.get(f"{path}?{urlencode(query)}")
    assert "is required of you" not in shown.content.decode()
    secret = shown.context["secret"].replace(" ", "")
    done = browser.post(path, {"sealed": shown.context["sealed"], "code": App(secret, ()).code(), **query})
    assert done.context["onward"] == page
    assert browser.get("/admin/").status_code == 200


def test_what_was_typed_meanwhile_is_kept(browser: Client, root: User, elsewhere: None) -> None:
    page = browser.post(ADD, {"name": "bakers"})
    assert (page.status_code, PeopleGroup.objects.exists()) == (403, False)
    assert 'name="name" value="bakers"' in page.content.decode()
    LoginSession.objects.update(methods=["password", "totp"], amr=["pwd", "otp", "mfa"], acr="mfa")
    assert browser.post(ADD, {"name": "bakers"}).status_code == 302


def test_who_has_a_passkey_is_asked_for_that_alone(browser: Client, root: User, elsewhere: None) -> None:
    enrolled(root)
    path, query = _led(browser, browser.get("/admin/"))
    assert (path, query) == (REAUTHENTICATE, {"next": "/admin/", "by_passkey": "1"})


def test_nobody_is_kept_from_signing_out(browser: Client, root: User, elsewhere: None) -> None:
    assert browser.post("/admin/logout/").status_code in (200, 302)
    assert who(browser) is None


def test_on_loopback_nobody_is_asked_but_of_whom_it_is_required(browser: Client, root: User) -> None:
    assert browser.get("/admin/").status_code == 200
    User.objects.update(second_factor_required=True)
    assert _led(browser, browser.get("/admin/"))[0] == AUTHENTICATOR
    User.objects.update(second_factor_required=False)
    root.people_groups.add(PeopleGroup.objects.create(name="chiefs", second_factor_required=True))
    assert _led(browser, browser.get("/admin/"))[0] == AUTHENTICATOR


def test_the_setting_asks_it_on_loopback_too(browser: Client, root: User, settings: Settings) -> None:
    settings.ACCOUNTS = replace(settings.ACCOUNTS, second_factor="required")
    assert _led(browser, browser.get("/admin/"))[0] == AUTHENTICATOR


# --- What somebody lost


@pytest.fixture
def alice(db: None, settings: Settings, tmp_path: Path) -> User:
    """With a passkey, where mail is offered."""
    settings.MAIL = Mail(folder=tmp_path)
    alice = User.objects.create_user("alice", "alice@example.org", PASSWORD, email_verified=True)
    enrolled(alice)
    return alice


@pytest.fixture
def app(alice: User) -> App:
    """Of hers, too."""
    return add_app(alice)


def _remove(browser: Client, user: User) -> Any:
    return browser.post(f"/admin/accounts/user/{user.pk}/remove_factors/", follow=True)


def _has_none(user: User) -> bool:
    rows = (AuthenticatorApp, RecoveryCode, Passkey)
    return not any(model.objects.filter(user=user).exists() for model in rows)


def test_a_user_manager_removes_them_and_the_next_sign_in_adds_one(
    browser_of: BrowserOf, alice: User, app: App
) -> None:
    other, waiting = Client(), Client()
    where = first_step(waiting)
    assert other.post(first_step(other), {"code": app.code()}).status_code == 303
    manager = browser_of("user manager")
    page = manager.get(f"/admin/accounts/user/{alice.pk}/change/")
    assert "<details><summary>Remove second factor and passkeys…</summary>" in page.content.decode(), "a second step"
    page = _remove(manager, alice)
    assert "2 second factors and passkeys were removed" in strip_tags(page.content.decode())
    assert _has_none(alice)
    assert who(other) is None, "every session ends"
    assert waiting.get(where).status_code == 410, "and every sign-in that was on its way"
    [mail] = [message_of(row) for row in Row.objects.filter(kind="factor_removed").exclude(recipient="")]
    assert "The people who run" in str(mail.get_body(("plain",)))
    assert LogEntry.objects.filter(object_id=str(alice.pk)).exists()
    again = Client()
    assert again.post("/accounts/login/", {"login": "alice", "password": PASSWORD}).status_code == 303
    assert _led(again, again.get("/"))[0] == AUTHENTICATOR


@pytest.mark.parametrize("role", ["support", "auditor", "client manager", "key manager", "anonymous"])
def test_nobody_else_does(browser_of: BrowserOf, alice: User, app: App, role: str) -> None:
    browser = browser_of(role)
    assert _remove(browser, alice).status_code in (403, 200)
    assert not _has_none(alice)
    assert "remove_factors" not in browser.get(f"/admin/accounts/user/{alice.pk}/change/").content.decode()


def test_nothing_is_done_where_there_is_nothing(browser_of: BrowserOf, db: None) -> None:
    bob = User.objects.create_user("bob")
    session = Client()
    session.force_login(bob)
    browser = browser_of("user manager")
    assert "Remove second factor" not in browser.get(f"/admin/accounts/user/{bob.pk}/change/").content.decode()
    _remove(browser, bob)
    assert (who(session), User.objects.get(pk=bob.pk).second_factor_required) == ("bob", False)


def test_it_is_done_on_the_command_line_too(alice: User, app: App) -> None:
    def said() -> Any:
        out = StringIO()
        call_command("users", "remove-factors", "alice", "--json", stdout=out)
        return json.loads(out.getvalue())

    assert said() == {"id": str(alice.pk), "removed": 2}
    assert _has_none(alice)
    assert User.objects.get(pk=alice.pk).second_factor_required
    assert said() == {"id": str(alice.pk), "removed": 0}


# --- What a person's page says


def test_it_says_how_a_person_signs_in_and_who_guessed(browser_of: BrowserOf, alice: User, app: App) -> None:
    browser, page = browser_of("user manager"), f"/admin/accounts/user/{alice.pk}/change/"
    request = Client().get("/accounts/login/").wsgi_request
    for guess in (guesses.at_second_factor(request, alice), guesses.at_mailed_code(request, alice, "alice")):
        with guess:
            pass
    told = strip_tags(browser.get(page).content.decode())
    for said in (
        "an authenticator app, or one of 10 recovery codes",
        "1 passkey signs in, too.",
        "Wrong codes after the password in a row",
        "Wrong codes of those that are mailed in a row",
    ):
        assert said in told
    assert "a sign-in with the right password" not in told, "somebody guesses"
    for what in guesses.GUESSED:
        guesses.forgive(str(alice.pk), what)
    assert "a sign-in with the right password" in strip_tags(browser.get(page).content.decode())
    User.objects.filter(pk=alice.pk).update(password="!")
    assert "a sign-in with a passkey" in strip_tags(browser.get(page).content.decode())
    assert "no password and no passkey" not in strip_tags(browser.get(page).content.decode())
    Passkey.objects.all().delete()
    assert "no password and no passkey" in strip_tags(browser.get(page).content.decode())


def test_it_says_that_one_is_required_and_missing(browser_of: BrowserOf) -> None:
    bob = User.objects.create_user("bob", password=PASSWORD, second_factor_required=True)
    page = browser_of("user manager").get(f"/admin/accounts/user/{bob.pk}/change/").content.decode()
    assert "A second factor is required of the person, who has none" in strip_tags(page)


# --- What the person is told


def test_who_has_no_password_is_led_to_no_page_of_it(db: None, alice: User) -> None:
    browser = Client()
    browser.force_login(alice)
    assert "Change your password" in browser.get("/").content.decode()
    User.objects.filter(pk=alice.pk).update(password="!")
    assert "Change your password" not in browser.get("/").content.decode()


def test_who_has_to_have_the_app_is_told_so_where_it_is_removed(alice: User, app: App) -> None:
    browser = Client()
    assert browser.post(first_step(browser), {"code": app.code()}).status_code == 303
    assert "your password alone signs you in" in browser.get(AUTHENTICATOR).content.decode()
    User.objects.filter(pk=alice.pk).update(second_factor_required=True)
    page = browser.get(AUTHENTICATOR).content.decode()
    assert ("is required of you: the next sign-in adds one" in page, "password alone" in page) == (True, False)


# --- One's own


@pytest.mark.parametrize("way", ["remove_factors", "end_sessions", "the list", "the list of sessions"])
def test_who_ends_their_own_sign_in_is_led_to_a_new_one(browser: Client, root: User, way: str) -> None:
    enrolled(root)
    if way.startswith("the list"):
        page = "/admin/accounts/user/" if way == "the list" else "/admin/accounts/loginsession/"
        chosen = root.pk if way == "the list" else LoginSession.objects.get().pk
        answer = browser.post(page, {"action": "end_sessions", "_selected_action": str(chosen)})
    else:
        answer = browser.post(f"/admin/accounts/user/{root.pk}/{way}/")
    assert (answer.status_code, answer["Location"]) == (303, "/accounts/login/?next=%2Fadmin%2F")
    assert browser.get(answer["Location"]).status_code == 200
    assert who(browser) is None
    if way == "remove_factors":
        assert not Passkey.objects.exists()
        browser.post("/accounts/login/", {"login": "root", "password": PASSWORD})
        assert _led(browser, browser.get("/admin/"))[0] == AUTHENTICATOR


def test_whom_it_does_not_end_stays_where_they_are(browser: Client, root: User, alice: User) -> None:
    answer = browser.post(f"/admin/accounts/user/{alice.pk}/end_sessions/")
    assert (answer.status_code, answer["Location"]) == (302, f"/admin/accounts/user/{alice.pk}/change/")


@pytest.mark.parametrize(
    ("role", "whose", "may"),
    [
        *(("superuser", "alice", True), ("user manager", "alice", True), ("superuser", "own", False)),
        *(("user manager", "own", False), ("who changes people", "alice", False)),
    ],
)
def test_of_whom_one_is_required_is_said_by_who_removes_factors_and_of_nobody_by_themselves(
    browser_of: BrowserOf, alice: User, role: str, whose: str, may: bool
) -> None:
    browser = browser_of("user manager" if role == "who changes people" else role)
    actor = LoginSession.objects.get().user
    if role == "who changes people":
        actor.groups.clear()
        actor.user_permissions.set(Permission.objects.filter(codename__in=["change_user", "view_user"]))
    user = alice if whose == "alice" else actor
    page = f"/admin/accounts/user/{user.pk}/change/"
    User.objects.filter(pk=user.pk).update(second_factor_required=True)
    LoginSession.objects.update(methods=["password", "totp"], amr=["pwd", "otp", "mfa"], acr="mfa")
    shown = browser.get(page)
    assert ("second_factor_required" in shown.context["adminform"].form.fields) is may
    ticked = (
        dict.fromkeys(("is_active", "is_staff", "is_superuser"), "on") if user.is_superuser else {"is_active": "on"}
    )
    # The box is not ticked.
    answer = browser.post(page, {"username": user.username, "email": user.email, "attributes": "{}", **ticked})
    assert answer.status_code == 302, answer.context["errors"]
    assert User.objects.get(pk=user.pk).second_factor_required is not may


@pytest.mark.parametrize(
    ("role", "member", "may"),
    [
        *(("superuser", "alice", True), ("user manager", "alice", True), ("superuser", "own", False)),
        *(("user manager", "own", False), ("who changes people", "own", False), ("who changes people", "alice", False)),
    ],
)
@pytest.mark.parametrize("way", ["leaves", "joins", "unticked", "deleted", "deleted from the list"])
def test_a_group_that_requires_one_is_no_way_around_it(
    browser_of: BrowserOf, alice: User, role: str, member: str, may: bool, way: str
) -> None:
    browser = browser_of("user manager" if role == "who changes people" else role)
    actor = LoginSession.objects.get().user
    if role == "who changes people":
        actor.groups.clear()
        codes = [f"{verb}_{what}" for verb in ("view", "change", "delete") for what in ("user", "peoplegroup")]
        actor.user_permissions.set(Permission.objects.filter(codename__in=codes))
    user = alice if member == "alice" else actor
    strict = PeopleGroup.objects.create(name="strict", second_factor_required=True)
    mild = PeopleGroup.objects.create(name="mild")
    user.people_groups.set([mild] if way == "joins" else [strict])
    group, page = "/admin/accounts/peoplegroup/", f"/admin/accounts/user/{user.pk}/change/"
    rights = dict.fromkeys(("is_staff", "is_superuser"), "on") if user.is_superuser else {}
    form = {"username": user.username, "email": user.email, "attributes": "{}", "is_active": "on", **rights}
    address, sent = {
        "leaves": (page, {**form, "people_groups": ["mild"]}),
        "joins": (page, {**form, "people_groups": ["mild", "strict"]}),
        "unticked": (f"{group}strict/change/", {"description": "x"}),
        "deleted": (f"{group}strict/delete/", {"post": "yes"}),
        "deleted from the list": (
            group,
            {"action": "delete_selected", "_selected_action": "strict", "post": "yes"},
        ),
    }[way]
    answer = browser.post(address, sent)
    if way in ("leaves", "joins") and not may:
        assert "You may not change who is in a group that requires a second factor." in answer.content.decode()
    is_required = user.people_groups.filter(second_factor_required=True).exists()
    assert is_required is (may if way == "joins" else not may)


def test_who_may_not_require_one_puts_people_into_other_groups(browser_of: BrowserOf, db: None) -> None:
    browser = browser_of("user manager")
    actor = LoginSession.objects.get().user
    strict = PeopleGroup.objects.create(name="strict", second_factor_required=True)
    PeopleGroup.objects.create(name="mild")
    actor.people_groups.add(strict)
    form = {"username": actor.username, "email": actor.email, "attributes": "{}", "is_active": "on"}
    answer = browser.post(f"/admin/accounts/user/{actor.pk}/change/", {**form, "people_groups": ["mild", "strict"]})
    assert answer.status_code == 302
    assert {*actor.people_groups.values_list("name", flat=True)} == {"mild", "strict"}
