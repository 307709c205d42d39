"""Where a person is signed in, as they see it, and what they end there."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connections
from django.test import Client
from pytest_django.fixtures import Settings

from accounts import sessions
from accounts.ground import clock
from accounts.models import LoginSession, User
from accounts.sessions.devices import named
from accounts.sessions.methods import METHODS
from accounts.sessions.void import void_until
from accounts.views.sessions import MOST, WAYS
from tests.accounts.authenticator import add_app
from tests.accounts.passkeys import enrolled
from tests.accounts.signed_in import SignIn, who
from tests.drills.at_once import at_once
from tests.support.people import PASSWORD

PAGE, LOGIN = "/accounts/sessions/", "/accounts/login/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5"
    " Mobile/15E148 Safari/604.1"
)
NOWHERE = "You are signed in nowhere else."


def using(agent: str) -> Client:
    browser = Client(headers={"User-Agent": agent})
    assert browser.post(LOGIN, {"login": "alice", "password": PASSWORD}).status_code == 303
    return browser


def shown(browser: Client) -> str:
    answer = browser.get(PAGE)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def sid_of(browser: Client) -> str:
    current = sessions.current(browser.get("/").wsgi_request)
    assert current is not None
    return current.sid


def ended(browser: Client, **form: str) -> str:
    """The page after the form was sent."""
    answer = browser.post(PAGE, form, follow=True)
    assert answer.redirect_chain == [(PAGE, 303)]
    return html.unescape(answer.content.decode())


def offered(page: str) -> list[str]:
    return re.findall(r'name="end" value="([^"]+)"', page)


@pytest.mark.covers("S71 own")
def test_a_person_sees_this_browser_first_and_then_the_others_the_last_used_first(person: User) -> None:
    here, phone, old = using(FIREFOX), using(SAFARI), using("curl/8 <b>")
    LoginSession.objects.filter(sid=sid_of(old)).update(last_seen=clock.now() - timedelta(minutes=30))
    page = shown(here)
    assert re.findall(r"<strong[^>]*><bdi>(.*?)</bdi>", page) == ["Firefox · Linux", "Safari · iPhone", "curl/8 <b>"]
    assert offered(page) == [sid_of(phone), sid_of(old)]
    assert f"Signed in: {clock.now():%b}" in page.replace("Sept", "Sep").replace("June", "Jun").replace("July", "Jul")
    assert page.count("(password)") == page.count("Last used:") == 3
    assert here.get(PAGE)["Cache-Control"] == "no-store"
    assert f'<a href="{PAGE}">Where you are signed in</a>' in here.get("/").content.decode()


@pytest.mark.covers("S71 own")
def test_one_is_ended_at_once_and_no_other(person: User, sign_in: SignIn) -> None:
    here, there, third = sign_in(), sign_in(), sign_in()
    page = ended(here, end=sid_of(there))
    assert "That sign-in is over." in page
    assert offered(page) == [sid_of(third)]
    assert [who(each) for each in (here, there, third)] == ["alice", None, "alice"]


@pytest.mark.covers("S71 own")
def test_all_others_are_ended_and_nobody_elses(person: User, sign_in: SignIn) -> None:
    User.objects.create_user("bob", password=PASSWORD)
    here, others, bob = sign_in(), [sign_in() for _ in range(3)], sign_in("bob")
    page = ended(here, others="")
    assert "3 other sign-ins are over." in page
    assert NOWHERE in page
    assert [who(each) for each in (here, *others, bob)] == ["alice", None, None, None, "bob"]
    assert ended(here, others="").count(NOWHERE) == 2


def test_the_way_there_asks_for_what_proves_it_again_and_leads_back(person: User, sign_in: SignIn) -> None:
    here, there = sign_in(), sign_in()
    LoginSession.objects.update(auth_time=clock.now() - sessions.RECENT - timedelta(seconds=1))
    for answer in (here.get(PAGE), here.post(PAGE, {"end": sid_of(there)}), here.post(PAGE, {"others": ""})):
        assert (answer.status_code, answer["Location"]) == (
            303,
            f"/accounts/reauthenticate/?next={PAGE}".replace(PAGE, "%2Faccounts%2Fsessions%2F"),
        )
    assert who(there) == "alice"
    assert here.post(f"/accounts/reauthenticate/?next={PAGE}", {"password": PASSWORD})["Location"] == PAGE
    assert offered(shown(here)) == [sid_of(there)]


def test_nobody_signs_in_first_and_nothing_is_done(person: User, sign_in: SignIn, client: Client) -> None:
    there = sign_in()
    for answer in (client.get(PAGE), client.post(PAGE, {"end": sid_of(there)}), client.post(PAGE, {"others": ""})):
        assert answer["Location"] == f"{LOGIN}?next=%2Faccounts%2Fsessions%2F"
    assert who(there) == "alice"


def test_whoever_lacks_a_second_factor_that_is_required_adds_it_first(person: User, sign_in: SignIn) -> None:
    here, there = sign_in(), sign_in()
    User.objects.update(second_factor_required=True)
    for answer in (here.get(PAGE), here.post(PAGE, {"others": ""})):
        assert answer["Location"] == "/accounts/step-up/?own=1&next=%2Faccounts%2Fsessions%2F"
    assert LoginSession.objects.filter(sid=sid_of(there), ended_at=None).exists()


@pytest.mark.parametrize("page", [PAGE, "/"])
def test_who_has_a_passkey_in_its_place_is_asked_for_that_and_led_in_no_circle(
    person: User, sign_in: SignIn, settings: Settings, page: str
) -> None:
    settings.ISSUER = "https://idp.example"
    enrolled(person)
    browser = sign_in()
    User.objects.update(second_factor_required=True)
    asked = browser.get(page, follow=True)
    assert asked.redirect_chain[-1][0] == f"/accounts/reauthenticate/?{urlencode({'next': page, 'by_passkey': '1'})}"
    shown = asked.content.decode()
    assert ('name="password"' in shown, 'name="passkey"' in shown) == (False, True)


@pytest.mark.parametrize("sid", ["", "x", "a\x00b", "\ud800", "eu." + "a" * 43, "x" * 5000])
def test_what_is_no_session_is_not_found(person: User, sign_in: SignIn, sid: str) -> None:
    here = sign_in()
    assert here.post(PAGE, {"end": sid.encode("utf-8", "surrogatepass")}).status_code == 404
    assert here.post(PAGE).status_code == 404
    assert who(here) == "alice"


def test_somebody_elses_is_not_found_and_lives_on(person: User, sign_in: SignIn) -> None:
    User.objects.create_user("bob", password=PASSWORD)
    here, bob = sign_in(), sign_in("bob")
    assert here.post(PAGE, {"end": sid_of(bob)}).status_code == 404
    assert (who(bob), NOWHERE in shown(here)) == ("bob", True)


def test_the_own_one_has_its_own_page(person: User, sign_in: SignIn) -> None:
    here = sign_in()
    answer = here.post(PAGE, {"end": sid_of(here)})
    assert (answer.status_code, answer["Location"]) == (303, "/accounts/logout/")
    assert who(here) == "alice"


def test_twice_is_once(person: User, sign_in: SignIn) -> None:
    here, there = sign_in(), sign_in()
    sid = sid_of(there)
    for _ in range(2):
        assert "That sign-in is over." in ended(here, end=sid)
    [when] = LoginSession.objects.filter(sid=sid).values_list("ended_at", flat=True)
    assert when is not None


def test_who_was_ended_meanwhile_ends_nobody(person: User, sign_in: SignIn) -> None:
    here, there = sign_in(), sign_in()
    ended(there, end=sid_of(here))
    answer = here.post(PAGE, {"others": ""})
    assert answer["Location"] == f"{LOGIN}?next=%2Faccounts%2Fsessions%2F&over=1"
    assert who(there) == "alice"


def test_what_is_over_by_any_cause_is_not_listed(person: User, sign_in: SignIn) -> None:
    here, now = sign_in(), clock.now()
    for changes in (
        {"ended_at": now},
        {"expires": now},
        {"last_seen": now - timedelta(hours=2)},
        {"security_epoch": 99},
        {"created": now - timedelta(days=2)},
    ):
        sid = sid_of(sign_in())
        assert offered(shown(here)) == [sid]
        LoginSession.objects.filter(sid=sid).update(**changes)
        assert offered(shown(here)) == []
    sid = sid_of(sign_in(remember="on"))
    LoginSession.objects.filter(sid=sid).update(last_seen=now - timedelta(hours=2))
    assert offered(shown(here)) == [sid]
    assert sessions.sign_ins().living(str(person.pk), "", now, MOST) != []
    void_until(None)
    assert sessions.sign_ins().living(str(person.pk), "", now, MOST) == []


def test_a_page_has_so_many_and_says_that_there_are_more(person: User, sign_in: SignIn) -> None:
    here = sign_in()
    row = LoginSession.objects.get()
    names = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    LoginSession.objects.bulk_create(
        LoginSession(**names | {"sid": f"{row.sid[:-3]}{number:03}", "device": FIREFOX + "x" * 120})
        for number in range(MOST + 10)
    )
    page = shown(here)
    assert (len(offered(page)), "there are more" in page) == (MOST - 1, True)
    assert len(page.encode()) < 20_000
    assert f"{MOST + 10} other sign-ins are over." in (left := ended(here, others=""))
    assert ("there are more" in left, NOWHERE in left) == (False, True)


def test_a_form_of_another_site_ends_nothing(person: User, sign_in: SignIn) -> None:
    here, there = sign_in(), sign_in()
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = here.cookies
    for form in ({"end": sid_of(there)}, {"others": ""}):
        assert careful.post(PAGE, form).status_code == 403
    assert who(there) == "alice"


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_another_method_is_none(person: User, sign_in: SignIn, method: str) -> None:
    assert getattr(sign_in(), method)(PAGE).status_code == 405


@pytest.mark.server("requests at once need a server's locks")
@pytest.mark.django_db(transaction=True)
def test_two_that_end_each_other_at_once_come_to_an_end(person: User, sign_in: SignIn) -> None:
    """Neither waits for the other; whoever comes late is signed in no more, and is told so."""
    here, there = sign_in(), sign_in()

    def ending(browser: Client, sid: str) -> Callable[[Callable[[], object]], int]:
        def end(ready: Callable[[], object]) -> int:
            try:
                ready()
                return int(browser.post(PAGE, {"end": sid}).status_code)
            finally:
                connections.close_all()

        return end

    codes = at_once([ending(here, sid_of(there)), ending(there, sid_of(here))])
    assert set(codes) <= {302, 303, 403}
    assert LoginSession.objects.filter(ended_at=None).count() < 2


def test_who_signed_in_by_an_app_sees_that(person: User) -> None:
    browser, app = Client(), add_app(person)
    led = browser.post(LOGIN, {"login": "alice", "password": PASSWORD})["Location"]
    assert browser.post(led, {"code": app.code()}).status_code == 303
    assert "(password, authenticator app)" in shown(browser)


def test_each_method_has_words() -> None:
    assert WAYS.keys() == METHODS.keys()


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox · Linux"),
        (SAFARI, "Safari · iPhone"),
        (SAFARI.replace("Version/18.5", "CriOS/138.0"), "Chrome · iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/138.0.0.0 Safari/537.36 Edg/138.0", "Edge · Windows"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/138.0.0.0 Mobile Safari/537.36", "Chrome · Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.5 Safari/605.1.15", "Safari · macOS"),
        ("Lynx/2.9", "Lynx/2.9"),
        ("", ""),
    ],
)
def test_a_browser_has_the_name_that_people_know(agent: str, name: str) -> None:
    assert named(agent) == name


def test_a_browser_that_says_nothing_is_told_so(person: User) -> None:
    assert "A browser without a name" in shown(using(""))
