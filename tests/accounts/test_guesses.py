"""How often passwords may be guessed: an account's hundred in a row, and who has which share of them."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.db import OperationalError
from django.db.models import F
from django.test import Client
from django.utils.html import escape
from pytest_django.fixtures import Settings

from accounts import sessions
from accounts.admin import gate
from accounts.models import LoginSession, Throttle, User
from accounts.sign_in import guesses, reset_links
from accounts.sign_in.guesses import SHARES
from accounts.sign_in.throttled import Throttled, in_words
from accounts.throttles import Limit, digest
from tests.accounts.signed_in import who
from tests.support.people import PASSWORD
from tests.support.time_passed import pass_time

ROOT = Path(__file__).parents[2]
LOGIN, REAUTHENTICATE, CHANGE = "/accounts/login/", "/accounts/reauthenticate/", "/accounts/password/change/"
NEW = "a new and quite long passphrase"
LONGEST = timedelta(hours=1)
Place = Callable[[Client, str], Any]


def _sign_in(login: str) -> Place:
    return lambda client, password: client.post(LOGIN, {"login": login, "password": password})


def _gate(client: Client, password: str) -> Any:
    LoginSession.objects.update(auth_time=F("auth_time") - 2 * sessions.RECENT)
    return client.post("/admin/accounts/peoplegroup/add/", {"name": "bakers", gate.PASSWORD: password})


PLACES: dict[str, Place] = {
    "sign-in by user name": _sign_in("alice"),
    "sign-in by e-mail address": _sign_in("alice@example.org"),
    "sign-in in another spelling": _sign_in(" \uff21LICE "),
    "reauthentication": lambda client, password: client.post(REAUTHENTICATE, {"password": password}),
    "change of password": lambda client, password: client.post(
        CHANGE, {"current_password": password, "new_password": "weak"}
    ),
    "gate of the admin": _gate,
}
"""Where people are asked for a password. To sign in the admin has no page of its own: it leads to the first."""
SIGNED_IN = ("reauthentication", "change of password", "gate of the admin")


@pytest.fixture
def strangers() -> Iterator[Client]:
    """Each at an address of their own, none throttled."""
    return (Client(REMOTE_ADDR=f"198.51.{number // 250}.{number % 250}") for number in count())


@pytest.fixture
def device(person: User) -> Client:
    """A browser in which Alice signed in, and out again."""
    browser = Client()
    assert _sign_in("alice")(browser, PASSWORD).status_code == 303
    browser.post("/accounts/logout/")
    assert who(browser) is None
    return browser


@pytest.fixture
def signed_in(person: User) -> Client:
    """A browser in which Alice is signed in, who may do everything in the admin."""
    person.is_staff = person.is_superuser = True
    person.save()
    browser = Client()
    assert _sign_in("alice")(browser, PASSWORD).status_code == 303
    return browser


def failures() -> int:
    """Of the account: what is counted for each share, together."""
    counted = {row.key: row.failures for row in Throttle.objects.all()}
    keys = [
        digest(account, known)
        for account in Throttle.objects.values_list("account", flat=True).distinct()
        for known in SHARES
    ]
    return sum(counted.get(key, 0) for key in keys)


def use_up(place: Place, clients: Iterator[Client]) -> int:
    """Guesses as fast as one may until no guess is judged any more; how many were."""
    judged = 0
    for client in clients:
        answer = place(client, "wrong")
        if answer.status_code == 422:
            judged += 1
        elif int(answer["Retry-After"]) <= LONGEST.total_seconds():
            pass_time(timedelta(seconds=int(answer["Retry-After"])))
        else:
            return judged
    raise AssertionError("nobody guesses any more")


@pytest.mark.covers("S58 account")
@pytest.mark.parametrize("place", PLACES)
def test_every_place_counts_a_wrong_password_at_the_account_and_a_right_one_ends_the_row(
    place: str, device: Client, signed_in: Client, strangers: Iterator[Client]
) -> None:
    ask, client = PLACES[place], signed_in if place in SIGNED_IN else next(strangers)
    before = failures()
    assert ask(client, "wrong").status_code == 422
    assert _sign_in("alice")(next(strangers), "wrong").status_code == 422
    assert _sign_in("alice")(device, "wrong").status_code == 422
    assert failures() == before + 3
    assert ask(client, PASSWORD).status_code in (303, 422)
    assert failures() == 0
    assert not Throttle.objects.exclude(account="").exists()


@pytest.mark.covers("S58 account")
@pytest.mark.parametrize("place", PLACES)
def test_no_place_judges_a_password_of_an_account_that_is_throttled(
    place: str, signed_in: Client, monkeypatch: pytest.MonkeyPatch, strangers: Iterator[Client]
) -> None:
    _leave(1, monkeypatch)
    for other in PLACES:
        client = signed_in if other in SIGNED_IN else next(strangers)
        PLACES[other](client, "wrong")
    checked: list[str] = []
    _count_checks(monkeypatch, checked)
    answer = PLACES[place](signed_in if place in SIGNED_IN else next(strangers), PASSWORD)
    assert (answer.status_code, checked) == (429, [])


def test_no_program_judges_one_either(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    _leave(1, monkeypatch)
    assert authenticate(None, username="alice", password="wrong") is None
    with pytest.raises(Throttled):
        authenticate(None, username="alice@example.org", password=PASSWORD)


def test_passwords_are_judged_in_one_place() -> None:
    calls = {
        str(file.relative_to(ROOT))
        for app in ("accounts", "tokens", "idp")
        for file in (ROOT / app).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute | ast.Name) and _name(node) in ("check_password", "acheck_password")
    }
    assert calls == {"accounts/models/people.py", "accounts/sign_in/guesses.py"}


def test_five_wrong_passwords_for_each_of_two_names_do_not_tell_that_they_are_one_accounts(person: User) -> None:
    """A stranger at one internet address, who knows a name and an address: as with two accounts."""
    browser = Client()
    for login in ("alice", "alice@example.org"):
        judged = [browser.post(LOGIN, {"login": login, "password": "wrong"}).status_code for _ in range(6)]
        assert judged == [422] * 5 + [429], login


def test_the_shares_are_a_hundred() -> None:
    assert sum(limit.failures for limit in SHARES.values()) == 100
    assert min(limit.kept for limit in SHARES.values()) >= timedelta(days=90)


@pytest.mark.covers("S58 lockout", "GHSA-cq42")
def test_strangers_use_up_their_share_and_whoever_is_known_gets_in(
    device: Client, signed_in: Client, strangers: Iterator[Client]
) -> None:
    assert use_up(_sign_in("alice"), strangers) == 60
    pass_time(timedelta(days=89))
    refused = _sign_in("alice@example.org")(next(strangers), PASSWORD)
    assert refused.status_code == 429
    assert "link that sets a new password" in refused.content.decode()
    assert PLACES["change of password"](signed_in, "wrong").status_code == 422
    assert PLACES["reauthentication"](signed_in, "wrong").status_code == 422
    assert _sign_in("alice")(device, PASSWORD).status_code == 303
    assert _sign_in("alice")(next(strangers), PASSWORD).status_code == 303, "the row has ended"


@pytest.mark.covers("S58 hundred")
def test_a_hundred_are_judged_in_all_and_then_only_a_new_password_helps(
    person: User,
    device: Client,
    signed_in: Client,
    strangers: Iterator[Client],
    django_capture_on_commit_callbacks: Any,
) -> None:
    """However they come, and however long one waits: the right one is not judged then, either."""
    judged = [
        use_up(_sign_in("alice"), strangers),
        use_up(_sign_in("alice"), iter(lambda: device, None)),
        use_up(PLACES["change of password"], iter(lambda: signed_in, None)),
    ]
    assert judged == [60, 20, 20]
    pass_time(timedelta(days=80))
    for place in PLACES:
        for client in (signed_in,) if place in SIGNED_IN else (device, next(strangers)):
            assert PLACES[place](client, PASSWORD).status_code == 429
    link = reset_links.make(person, datetime.now(UTC)).partition("link=")[2]
    with django_capture_on_commit_callbacks(execute=True):
        assert Client().post("/accounts/password/new/", {"link": link, "password": NEW}).status_code == 303
    assert _sign_in("alice")(next(strangers), NEW).status_code == 303


@pytest.mark.covers("S58 lockout")
def test_strangers_at_ones_own_address_lock_nobody_out_who_is_known(
    device: Client, signed_in: Client, settings: Settings
) -> None:
    settings.ACCOUNTS = type(settings.ACCOUNTS)(failures_per_address=1)
    assert _sign_in("bob")(Client(), "wrong").status_code == 422
    assert _sign_in("alice")(Client(), PASSWORD).status_code == 429
    assert _sign_in("alice")(device, PASSWORD).status_code == 303
    assert PLACES["reauthentication"](signed_in, PASSWORD).status_code == 303


@pytest.mark.covers("S58 account", "S59 text")
def test_a_name_that_nobody_has_is_counted_like_one_that_somebody_has(
    person: User, strangers: Iterator[Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    _make_wait(LONGEST, monkeypatch)

    def told(login: str) -> list[tuple[int, str]]:
        answers = [_sign_in(login)(client, "wrong") for client, _ in zip(strangers, range(23), strict=False)]
        # How much is left of the wait is a matter of when one looks.
        return [(answer.status_code, re.sub("[0-9]+", "", _error(answer))) for answer in answers]

    known, unknown = told("alice"), told("nobody")
    assert [status for status, _ in known] == [422] * 20 + [429] * 3
    assert known == unknown
    assert _sign_in("alice@example.org")(next(strangers), PASSWORD).status_code == 429, "it is the same account"
    assert _sign_in("nobody@example.org")(next(strangers), "wrong").status_code == 422, "it is another name"


def test_what_was_not_judged_is_not_counted(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> bool:
        raise OperationalError

    with monkeypatch.context() as patched:
        patched.setattr(User, "check_password", broken)
        assert _sign_in("alice")(Client(raise_request_exception=False), PASSWORD).status_code == 503
    assert not Throttle.objects.exclude(failures=0).exists()


def test_a_right_password_takes_back_its_own_failure_at_the_address_and_no_other(
    person: User, settings: Settings
) -> None:
    """Else who has an account could try all others between two sign-ins of their own."""
    settings.ACCOUNTS = type(settings.ACCOUNTS)(failures_per_address=3)
    statuses = [_sign_in(f"u{number}")(Client(), "wrong").status_code for number in range(2)]
    statuses += [_sign_in("alice")(Client(), PASSWORD).status_code for _ in range(3)]
    statuses += [_sign_in(f"v{number}")(Client(), "wrong").status_code for number in range(2)]
    assert statuses == [422] * 2 + [303] * 3 + [422, 429]


def test_a_new_password_that_is_refused_is_no_failure(signed_in: Client) -> None:
    for _ in range(12):
        answer = signed_in.post(CHANGE, {"current_password": PASSWORD, "new_password": "weak"})
        assert answer.status_code == 422
        assert "too short" in answer.content.decode()
    assert not Throttle.objects.exclude(failures=0).exists()


def test_what_was_typed_is_still_there_but_for_the_password(person: User) -> None:
    browser = Client()
    form = {"login": "\uff21lice", "password": "wrong", "remember": "on", "next": "/oauth2/authorize?x=1"}
    for _ in range(5):
        assert browser.post(LOGIN, form).status_code == 422
    answer = browser.post(LOGIN, form)
    page = answer.content.decode()
    assert answer.status_code == 429
    assert 'value="\uff21lice"' in page
    assert 'value="/oauth2/authorize?x=1"' in page
    assert answer.context["form"]["remember"].value()
    assert "wrong" not in _without_errors(page)


TEXTS = {
    "address": (1, "Too many wrong passwords came from this internet address, for any name.", ""),
    "stranger's source": (5, "Too many wrong passwords for this name came from this internet address.", ""),
    "device": (5, "Too many wrong passwords for this name were entered in this browser.", ""),
    "session": (5, "Too many wrong passwords were entered since you signed in here.", ""),
    "account": (
        20,
        "Too many wrong passwords were entered for this name.",
        "In a browser in which you signed in before you can sign in at once.",
    ),
}


@pytest.mark.parametrize("what", TEXTS)
def test_who_is_throttled_is_told_what_is_and_for_how_long_still(
    what: str,
    device: Client,
    signed_in: Client,
    strangers: Iterator[Client],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _make_wait(timedelta(minutes=5), monkeypatch)
    if what == "address":
        settings.ACCOUNTS = type(settings.ACCOUNTS)(failures_per_address=1)
    stranger = next(strangers)
    client = {"device": device, "session": signed_in}.get(what, stranger)
    place = PLACES["reauthentication"] if what == "session" else _sign_in("alice")
    failures, text, more = TEXTS[what]
    for _ in range(failures):
        assert place(next(strangers) if what == "account" else client, "wrong").status_code == 422
    for passed, still in ((0, 300), (100, 200)):
        pass_time(timedelta(seconds=passed))
        answer = place(next(strangers) if what == "account" else client, PASSWORD)
        page, wait = answer.content.decode(), int(answer["Retry-After"])
        assert answer.status_code == 429
        assert escape(text) in page
        assert escape(more) in page
        assert 0 < wait <= still
        assert any(f"in {words}" in page for words in (in_words(timedelta(seconds=wait)), f"{wait} seconds"))
    pass_time(timedelta(seconds=200))
    assert place(client, PASSWORD).status_code == 303


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        (timedelta(0), "1 second"),
        (timedelta(milliseconds=1), "1 second"),
        (timedelta(seconds=29.2), "30 seconds"),
        (timedelta(seconds=119), "119 seconds"),
        (timedelta(seconds=121), "3 minutes"),
        (timedelta(minutes=5), "5 minutes"),
        (timedelta(minutes=119, seconds=1), "120 minutes"),
        (timedelta(hours=2), "2 hours"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(days=89, hours=1), "90 days"),
    ],
)
def test_a_wait_is_told_in_words_that_are_no_shorter_than_it_is(wait: timedelta, words: str) -> None:
    assert in_words(wait) == words


def _leave(share: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many guesses of each kind."""
    small = Limit(failures=share, kept=timedelta(days=90))
    monkeypatch.setattr(guesses, "SHARES", dict.fromkeys(SHARES, small))


def _make_wait(wait: timedelta, monkeypatch: pytest.MonkeyPatch) -> None:
    """So long after the 20th: the first wait would be over on a machine that is slow enough."""
    longer = replace(SHARES["stranger"], waits=((20, wait),))
    monkeypatch.setattr(guesses, "SHARES", {**SHARES, "stranger": longer})


def _count_checks(monkeypatch: pytest.MonkeyPatch, checked: list[str]) -> None:
    monkeypatch.setattr(User, "check_password", lambda *_: checked.append("checked"))


def _name(node: ast.Attribute | ast.Name) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id


def _error(answer: Any) -> str:
    return "".join(str(error) for error in answer.context["form"].non_field_errors())


def _without_errors(page: str) -> str:
    return page.partition("<form")[2]
