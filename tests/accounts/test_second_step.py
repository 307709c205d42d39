"""The second step of a sign-in: nobody who has a second factor gets in without it, by whichever way."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import login as django_login
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory

from accounts import sessions
from accounts.models import AuthenticatorApp, LoginSession, RecoveryCode, User
from accounts.sessions.engine import SessionStore
from accounts.sign_in import password_reset, unfinished
from tests.accounts.authenticator import LOGIN, App, Hands, add_app, first_step, hold
from tests.accounts.signed_in import SignIn, who
from tests.accounts.test_unfinished import BROWSER, request_of
from tests.support.people import PASSWORD

RESET = "/accounts/password/reset/new/"
OVER = "This sign-in is over"


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    return hold(monkeypatch)


@pytest.fixture
def app(person: User, hands: Hands) -> App:
    return add_app(person)


@pytest.mark.parametrize(
    ("code", "methods", "amr"),
    [
        (lambda app: app.code(), ["password", "totp"], ["pwd", "otp", "mfa"]),
        (lambda app: f" {app.code(-1)[:3]} {app.code(-1)[3:]} ", ["password", "totp"], ["pwd", "otp", "mfa"]),
        (lambda app: app.code(1), ["password", "totp"], ["pwd", "otp", "mfa"]),
        (lambda app: app.recovery_codes[0].upper(), ["password", "recovery_code"], ["pwd", "otp", "mfa"]),
        (lambda app: app.recovery_codes[9].replace("-", " "), ["password", "recovery_code"], ["pwd", "otp", "mfa"]),
    ],
)
@pytest.mark.parametrize("remembered", [False, True])
def test_a_password_and_a_code_sign_in_and_lead_on(
    app: App, client: Client, code: Callable[[App], str], methods: list[str], amr: list[str], remembered: bool
) -> None:
    where = first_step(client, next="/x?a=1", **({"remember": "on"} if remembered else {}))
    assert who(client) is None
    assert client.get(where).status_code == 200
    answer = client.post(where, {"code": code(app)})
    assert (answer.status_code, answer["Location"]) == (303, "/x?a=1")
    login = LoginSession.objects.get()
    assert (login.methods, login.acr, login.amr, login.remembered) == (methods, "mfa", amr, remembered)
    assert who(client) == "alice"


@pytest.mark.parametrize("code", ["", "000", "x" * 64, "x" * 65, "\x00", "١٢٣٤٥٦", "12345678", "-----"])
def test_what_is_no_code_is_refused_and_begins_nothing(app: App, client: Client, code: str) -> None:
    answer = client.post(first_step(client), {"code": code})
    assert answer.status_code == 422
    assert '<a href="#id_code">' in answer.content.decode()
    assert who(client) is None


@pytest.mark.covers("S62 once")
def test_a_code_is_good_once_for_whichever_sign_in(app: App, client: Client, hands: Hands) -> None:
    other = Client()
    wheres = first_step(client), first_step(other)
    code = app.code()
    assert client.post(wheres[0], {"code": code}).status_code == 303
    assert other.post(wheres[1], {"code": code}).status_code == 422
    hands.move(timedelta(seconds=30))
    assert other.post(wheres[1], {"code": code}).status_code == 422, "as the one before it is still taken"
    assert other.post(wheres[1], {"code": app.code()}).status_code == 303


@pytest.mark.covers("S62 once")
def test_a_recovery_code_is_good_once(app: App, client: Client) -> None:
    assert client.post(first_step(client), {"code": app.recovery_codes[3]}).status_code == 303
    other = Client()
    assert other.post(first_step(other), {"code": app.recovery_codes[3]}).status_code == 422
    assert RecoveryCode.objects.filter(spent_at=None).count() == 9


@pytest.mark.covers("S62 window")
@pytest.mark.parametrize("step", [-2, 2])
def test_a_code_of_another_time_is_not_taken(app: App, client: Client, step: int) -> None:
    assert client.post(first_step(client), {"code": app.code(step)}).status_code == 422


@pytest.mark.covers("S62 rate")
def test_codes_are_guessed_a_few_times_and_a_right_password_forgives_none(app: App, client: Client) -> None:
    statuses = []
    for _ in range(6):
        where = first_step(client)
        statuses.append(client.post(where, {"code": app.wrong()}).status_code)
    assert statuses == [422] * 5 + [429]
    late = client.post(where, {"code": app.code()})
    assert late.status_code == 429
    assert int(late["Retry-After"]) > 0
    assert "Too many wrong codes" in late.content.decode()


def test_a_right_code_ends_the_row_of_wrong_ones(app: App, client: Client) -> None:
    for _ in range(4):
        assert client.post(first_step(client), {"code": app.wrong()}).status_code == 422
    assert client.post(first_step(client), {"code": app.code()}).status_code == 303
    other = Client()
    for _ in range(4):
        assert other.post(first_step(other), {"code": app.wrong()}).status_code == 422
    assert other.post(first_step(other), {"code": app.code(1)}).status_code == 303


def test_who_guesses_codes_with_the_right_password_does_not_keep_out_who_signed_in_here_before(
    app: App, client: Client
) -> None:
    client.post(first_step(client), {"code": app.code()})
    client.post("/accounts/logout/")
    thief = Client(REMOTE_ADDR="192.0.2.7")
    for _ in range(6):
        thief.post(first_step(thief), {"code": app.wrong()})
    assert client.post(first_step(client), {"code": app.code(1)}).status_code == 303


def _late(app: App, browser: Client, where: str, hands: Hands) -> Any:
    hands.move(unfinished.GOOD_FOR)
    return browser.post(where, {"code": app.code()})


def _elsewhere(app: App, browser: Client, where: str, hands: Hands) -> Any:
    other = Client()
    first_step(other)
    return other.post(where, {"code": app.code()})


def _without_cookie(app: App, browser: Client, where: str, hands: Hands) -> Any:
    return Client().post(where, {"code": app.code()})


def _without_handle(app: App, browser: Client, where: str, hands: Hands) -> Any:
    return browser.post("/accounts/second-step/", {"code": app.code()})


def _other_handle(app: App, browser: Client, where: str, hands: Hands) -> Any:
    return browser.post(f"{where[:-1]}{'A' if where[-1] != 'A' else 'B'}", {"code": app.code()})


def _empty(app: App, browser: Client, where: str, hands: Hands) -> Any:
    return browser.post("/accounts/second-step/", {})


def _no_first_step(app: App, browser: Client, where: str, hands: Hands) -> Any:
    return Client().get("/accounts/second-step/")


def _disabled(app: App, browser: Client, where: str, hands: Hands) -> Any:
    user = User.objects.get()
    user.is_active = False
    user.save()
    return browser.post(where, {"code": app.code()})


def _other_password(app: App, browser: Client, where: str, hands: Hands) -> Any:
    user = User.objects.get()
    user.set_password("another passphrase of some length")
    user.save()
    return browser.post(where, {"code": app.code()})


def _gone(app: App, browser: Client, where: str, hands: Hands) -> Any:
    User.objects.all().delete()
    return browser.post(where, {"code": app.code()})


WAYS = [_late, _elsewhere, _without_cookie, _without_handle, _other_handle, _empty, _no_first_step]
CHANGES = [_disabled, _other_password, _gone]


@pytest.mark.covers("CVE-2026-49443")
@pytest.mark.parametrize("way", [*WAYS, *CHANGES])
def test_out_of_order_late_elsewhere_or_changed_meanwhile_it_is_over_and_nobody_is_in(
    app: App, client: Client, hands: Hands, way: Callable[[App, Client, str, Hands], Any]
) -> None:
    answer = way(app, client, first_step(client), hands)
    assert answer.status_code == 410
    assert OVER in answer.content.decode()
    assert not LoginSession.objects.exists()


def test_of_two_clicks_one_signs_in_and_the_other_leads_on(app: App, client: Client) -> None:
    where = first_step(client, next="/x")
    form = {"code": app.code(), "next": "/x"}
    assert [client.post(where, form)["Location"] for _ in range(2)] == ["/x", "/x"]
    assert LoginSession.objects.count() == 1


def test_two_tabs_are_two_sign_ins(app: App, client: Client) -> None:
    one, two = first_step(client, next="/one"), first_step(client, next="/two")
    assert client.get(one).status_code == client.get(two).status_code == 200
    assert client.post(one, {"code": app.code()})["Location"] == "/one"


def test_who_removed_the_app_meanwhile_signs_in_anew(app: App, client: Client) -> None:
    where = first_step(client)
    AuthenticatorApp.objects.all().delete()
    assert client.post(where, {"code": app.code()}).status_code == 422
    assert not LoginSession.objects.exists()
    assert client.post(LOGIN, {"login": "alice", "password": PASSWORD})["Location"] == "/"


def _start(user: User, used: list[str]) -> None:
    request = RequestFactory().get("/")
    request.session = SessionStore()
    sessions.start(request, user, used)


def _django(user: User, used: list[str]) -> None:
    request = RequestFactory().get("/")
    request.session = SessionStore()
    django_login(request, user, backend="accounts.sign_in.backends.PasswordBackend")


@pytest.mark.parametrize("way", [_start, _django])
@pytest.mark.parametrize("used", [[], ["password"], ["totp"], ["recovery_code", "totp"]])
def test_whoever_begins_a_session_of_one_factor_is_refused(
    person: User, app: App, way: Callable[[User, list[str]], None], used: list[str]
) -> None:
    with pytest.raises(PermissionDenied):
        way(person, used)
    assert not LoginSession.objects.exists()


@pytest.mark.covers("S60 MFA", "CVE-2026-18963")
@pytest.mark.parametrize("way", ["in order", "the code left out", "empty", "wrong"])
def test_whoever_gets_back_in_by_mail_proves_their_second_factor_before_they_choose_a_password(
    person: User, app: App, way: str
) -> None:
    request = request_of()
    handle = unfinished.begin(request, person, password_reset.KIND, identifier=person.email, following="/x")
    User.objects.update(email_verified=True)
    browser, new = Client(), {"sign_in": handle, "password": "nine quiet herons by the water"}
    browser.cookies[settings.CSRF_COOKIE_NAME] = BROWSER
    led = browser.post(RESET, new) if way == "the code left out" else browser.get(RESET, {"sign_in": handle})
    assert led.status_code == 303
    where = led["Location"]
    assert where.startswith("/accounts/second-step/?sign_in=")
    if way != "in order":
        if way != "the code left out":
            assert browser.post(where, {"code": "" if way == "empty" else app.wrong()}).status_code == 422
        assert browser.post(RESET, new)["Location"].startswith("/accounts/second-step/")
        assert who(browser) is None
        assert User.objects.get().check_password(PASSWORD)
        return
    led = browser.post(where, {"code": app.code()})
    assert led["Location"].startswith(RESET)
    assert who(browser) is None
    assert browser.post(RESET, new)["Location"] == "/x"
    assert LoginSession.objects.get().methods == ["password", "totp"]
    assert who(browser) == "alice"


@pytest.mark.parametrize("method", ["get", "post"])
def test_whose_second_factor_is_proven_for_the_way_back_is_asked_for_no_other_code(
    person: User, app: App, method: str
) -> None:
    """The answer to the right code was lost: another one would be spent for nothing."""
    User.objects.update(email_verified=True)
    handle = unfinished.begin(request_of(), person, password_reset.KIND, identifier=person.email, following="/x")
    browser = Client()
    browser.cookies[settings.CSRF_COOKIE_NAME] = BROWSER
    where = browser.get(RESET, {"sign_in": handle})["Location"]
    led = browser.post(where, {"code": app.recovery_codes[0]})["Location"]
    again = browser.get(where) if method == "get" else browser.post(where, {"code": app.recovery_codes[1]})
    assert (again.status_code, again["Location"]) == (303, led)
    assert RecoveryCode.objects.filter(spent_at=None).count() == 9
    assert browser.get(led).status_code == 200


def test_a_following_that_is_too_long_is_home(app: App, client: Client) -> None:
    where = first_step(client, next=f"/{'x' * 2000}")
    assert client.post(where, {"code": app.code()})["Location"] == "/"


@pytest.mark.covers("S13 next")
def test_no_other_site_is_followed_after_the_second_step(app: App, client: Client) -> None:
    where = first_step(client, next="//evil.example/")
    form = {"code": app.code(), "next": "https://evil.example/"}
    assert client.post(where, form)["Location"] == "/"


@pytest.mark.parametrize("way", ["sign-in", "step-up"])
def test_who_used_a_recovery_code_is_told_how_many_are_left_and_after_the_last_one_led_to_new_ones(
    person: User, hands: Hands, sign_in: SignIn, way: str
) -> None:
    browsers = [sign_in() if way == "step-up" else Client() for _ in range(10)]
    app = add_app(person)
    told = {9: "You used a recovery code. 9 are left.", 1: "You used a recovery code. 1 is left."}
    for browser, code in zip(browsers, app.recovery_codes, strict=True):
        where = first_step(browser, next="/") if way == "sign-in" else "/accounts/step-up/?next=/"
        led = browser.post(where, {"code": code})
        left = RecoveryCode.objects.filter(spent_at=None).count()
        if left:
            assert led["Location"] == "/"
        if left in told:
            assert told[left] in browser.get("/").content.decode()
    assert led["Location"] == "/accounts/recovery-codes/?next=%2F"
    page = browser.get(led["Location"]).content.decode()
    assert "You have used the last one." in page
    assert '<a class="button plain" href="/">Not now</a>' in page
    new = browser.post(led["Location"], {"code": app.code(), "next": "/"})
    assert (len(new.context["codes"]), new.context["onward"]) == (10, "/")
