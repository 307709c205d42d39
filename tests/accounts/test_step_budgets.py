"""What each other step of a sign-in costs, and each page of the way back: SQL statements as exact numbers. What a
password costs is in tests/endpoints/test_sign_in_budgets.py, and a passkey in test_by_passkey.py."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from tests.accounts.authenticator import LOGIN, App, add_app, first_step
from tests.accounts.way_back import RESET, another, ask, choose, mailed, offered_mail, person, proven
from tests.endpoints.test_budgets import TRANSACTION
from tests.support.people import PASSWORD

__all__ = ["offered_mail", "person"]

PERSON = 1
"""The look at the account."""
ON_ITS_WAY = 2
"""The sign-in that is on its way, and whose it is."""
COUNTED = 3
"""The counters of a stranger's guess: of the address, of this name from there, of the account."""
FORGIVEN = 2
"""A right one takes back the address's, and ends the row at the account."""
HAS_APP = 1
"""Whether the person has a second factor."""
NOT_ENOUGH = 1
"""A sign-in by one factor that is not noted."""
APP = 1
"""It, to judge a code by; a recovery code comes as a second thing that the text might be."""
SPENT = 1
"""The code, or the step of the app that showed it."""
LEFT = 2
"""How many recovery codes are left, which the person is told; and the session with that, once more."""
PROVEN = 1
"""Noted in the sign-in that is on its way."""
BEGUN = 2
"""A sign-in on its way, with what proved it."""
FINISHED = 1
SESSION = 3
"""The last sign-in, with one factor unless the person has another; the new one; and the session."""
SAID = 1
"""What the next page says, which is the person's own here, is in the session."""
LIMITS = 3
"""Of mail: from one source, to one address, for one account."""
MAILED = 2
"""The code, and the mail."""
ENDED = 6
"""By a new password: the person's row, held, written and read; which clients have something of theirs, that somebody
looks once more, and that all of it is over."""
NEWS = 1
"""The mail about it."""
STAYS = 2
"""What signs in beside the password, which the person is shown: the app and the passkeys."""
CODES = 1
"""And where there is an app, how many recovery codes are left."""

JUDGED = 1
"""A mailed code: counted, and shown to who is counted."""

BUDGETS: Mapping[str, int] = {
    "name": 0,
    "nobody's name": 0,
    "password": PERSON + COUNTED + FORGIVEN + NOT_ENOUGH + BEGUN,
    "app's code": ON_ITS_WAY + COUNTED + APP + SPENT + FORGIVEN + PROVEN + FINISHED + SESSION,
    "recovery code": ON_ITS_WAY + COUNTED + APP + SPENT + FORGIVEN + PROVEN + FINISHED + SESSION + LEFT,
    "wrong code": ON_ITS_WAY + COUNTED + APP,
    "reset: name": PERSON + LIMITS + MAILED,
    "reset: nobody's name": PERSON + LIMITS + MAILED,
    "reset: page of the code": PERSON,
    "reset: wrong code": PERSON + COUNTED + JUDGED,
    "reset: code": PERSON + COUNTED + JUDGED + FORGIVEN + BEGUN + SPENT,
    "reset: page of the password": ON_ITS_WAY + HAS_APP + STAYS,
    "reset: new password": ON_ITS_WAY + 2 * HAS_APP + FINISHED + ENDED + NEWS + SESSION + SAID,
    "reset: to the second step": ON_ITS_WAY + HAS_APP,
    "reset: page of the second step": ON_ITS_WAY + HAS_APP,
    "reset: app's code": ON_ITS_WAY + HAS_APP + COUNTED + APP + SPENT + FORGIVEN + PROVEN,
    "reset: recovery code": ON_ITS_WAY + HAS_APP + COUNTED + APP + SPENT + FORGIVEN + PROVEN,
    "reset: page of the password after the second step": ON_ITS_WAY + STAYS + CODES,
    "reset: new password after the second step": ON_ITS_WAY + FINISHED + ENDED + NEWS + SESSION + SAID,
}
"""Of each request of a stranger. Whose name it is costs nothing more or less, until a right code came."""

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="the budgets are counted on PostgreSQL"),
    pytest.mark.server("the budgets are counted on PostgreSQL"),
    pytest.mark.sql("it counts its statements"),
]


@dataclass(frozen=True, slots=True)
class Way:
    browser: Client
    app: Callable[[], App]
    """Adds it, before the step that needs it."""

    def at_second_step(self) -> tuple[App, str]:
        app = self.app()
        return app, first_step(self.browser)

    def back_at_second_step(self) -> tuple[App, str]:
        app = self.app()
        return app, str(self.browser.get(proven(self.browser))["Location"])

    def back_behind_it(self) -> str:
        app, page = self.back_at_second_step()
        return str(self.browser.post(page, {"code": app.code()})["Location"])


Step = Callable[[], Any]
At = Callable[[Way], tuple[App, str]]
"""At which of the second steps, of the sign-in or of the reset."""


def _name(login: str) -> Callable[[Way], Step]:
    return lambda way: lambda: way.browser.post(LOGIN, {"login": login})


def _reset(login: str) -> Callable[[Way], Step]:
    return lambda way: lambda: way.browser.post(RESET, {"login": login})


def _password(way: Way) -> Step:
    way.app()
    return lambda: way.browser.post(LOGIN, {"login": "alice", "password": PASSWORD})


def _app_code(at: At) -> Callable[[Way], Step]:
    def step(way: Way) -> Step:
        app, page = at(way)
        return lambda: way.browser.post(page, {"code": app.code()})

    return step


def _recovery_code(at: At) -> Callable[[Way], Step]:
    def step(way: Way) -> Step:
        app, page = at(way)
        return lambda: way.browser.post(f"{page}&recovery=1", {"code": app.recovery_codes[0]})

    return step


def _wrong_code(way: Way) -> Step:
    app, page = way.at_second_step()
    return lambda: way.browser.post(page, {"code": app.wrong()})


def _code_page(way: Way) -> Step:
    page = ask(way.browser)
    return lambda: way.browser.get(page)


def _wrong_mailed(way: Way) -> Step:
    page, code = ask(way.browser), another(mailed())
    return lambda: way.browser.post(page, {"code": code})


def _mailed(way: Way) -> Step:
    page, code = ask(way.browser), mailed()
    return lambda: way.browser.post(page, {"code": code})


def _new_page(way: Way) -> Step:
    page = proven(way.browser)
    return lambda: way.browser.get(page)


def _new_password(way: Way) -> Step:
    page = proven(way.browser)
    return lambda: choose(way.browser, page)


def _to_second_step(way: Way) -> Step:
    way.app()
    return _new_page(way)


def _second_step_page(way: Way) -> Step:
    _, page = way.back_at_second_step()
    return lambda: way.browser.get(page)


def _new_page_behind(way: Way) -> Step:
    page = way.back_behind_it()
    return lambda: way.browser.get(page)


def _new_password_behind(way: Way) -> Step:
    page = way.back_behind_it()
    return lambda: choose(way.browser, page)


STEPS: Mapping[str, tuple[Callable[[Way], Step], int]] = {
    "name": (_name("alice"), 303),
    "nobody's name": (_name("nobody"), 303),
    "password": (_password, 303),
    "app's code": (_app_code(Way.at_second_step), 303),
    "recovery code": (_recovery_code(Way.at_second_step), 303),
    "wrong code": (_wrong_code, 422),
    "reset: name": (_reset("alice"), 303),
    "reset: nobody's name": (_reset("nobody"), 303),
    "reset: page of the code": (_code_page, 200),
    "reset: wrong code": (_wrong_mailed, 422),
    "reset: code": (_mailed, 303),
    "reset: page of the password": (_new_page, 200),
    "reset: new password": (_new_password, 303),
    "reset: to the second step": (_to_second_step, 303),
    "reset: page of the second step": (_second_step_page, 200),
    "reset: app's code": (_app_code(Way.back_at_second_step), 303),
    "reset: recovery code": (_recovery_code(Way.back_at_second_step), 303),
    "reset: page of the password after the second step": (_new_page_behind, 200),
    "reset: new password after the second step": (_new_password_behind, 303),
}


@pytest.mark.parametrize("step", BUDGETS)
def test_a_step_costs_exactly_its_budget(person: User, step: str) -> None:
    prepare, status = STEPS[step]
    take = prepare(Way(Client(), lambda: add_app(person)))
    with CaptureQueriesContext(connection) as captured:
        answer = take()
    assert answer.status_code == status
    made = [sql for query in captured if not (sql := query["sql"]).startswith(TRANSACTION)]
    assert len(made) == BUDGETS[step], made
