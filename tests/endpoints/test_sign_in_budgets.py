"""What it costs to be asked for a password: SQL statements as exact numbers, by who asks and what is answered."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now
from pytest_django.fixtures import Settings

from accounts.models import Mail, User
from tests.accounts.way_back import offered_mail
from tests.endpoints.test_budgets import TRANSACTION
from tests.support.endpoints import location
from tests.support.messages import AUTHORIZE, Registered, authorization_request
from tests.support.people import PASSWORD

__all__ = ["offered_mail"]

LOGIN, REAUTHENTICATE, CHANGE = "/accounts/login/", "/accounts/reauthenticate/", "/accounts/password/change/"
MOST = 12
"""Of a sign-in and of a wrong password, whoever asks."""

PERSON = 1
"""The look at the account."""
COOKIE = 1
"""The look at the session that the browser's cookie names: its sign-in lives, or it is over."""
KNOWN = 2
"""The counters of the account: of all from where nobody is a stranger, and of this source."""
STRANGER = KNOWN + 1
"""And the one of the address."""
FORGIVEN = 1
"""A right password ends the row of failures at the account."""
GIVEN_BACK = 1
"""And is none at the address."""
EQUAL_WORK = 1
"""The kinds of hashes that there are: a wrong password costs what the dearest does."""
BEGUN = 3
"""Their last sign-in, unless they have a second factor; the new one; and the session, written once."""
MAIL = 1
"""To whom signs in where they never did before."""
RENEWED = 4
"""The person's row, the sign-in, the old session's end, the session under another key."""
PASSKEYS = 1
"""Those of the person, on the page that is shown again."""
CLIENT = 1
"""On a page that is shown, the request that waits, with its client."""

BUDGETS = {
    ("sign-in", "a stranger", "right"): PERSON + STRANGER + GIVEN_BACK + FORGIVEN + BEGUN,
    ("sign-in", "a stranger", "wrong"): PERSON + STRANGER + EQUAL_WORK,
    ("sign-in", "a stranger", "throttled"): PERSON + 2 + 1,
    ("sign-in", "a stranger, for a client", "right"): PERSON + STRANGER + GIVEN_BACK + FORGIVEN + BEGUN,
    ("sign-in", "a stranger, for a client", "wrong"): PERSON + STRANGER + CLIENT + EQUAL_WORK,
    ("sign-in", "a stranger, for a client", "throttled"): PERSON + 2 + 1 + CLIENT,
    ("sign-in", "a known device", "right"): PERSON + KNOWN + FORGIVEN + BEGUN,
    ("sign-in", "a known device", "wrong"): PERSON + KNOWN + EQUAL_WORK,
    ("sign-in", "a known device", "throttled"): PERSON + 1,
    ("sign-in", "whose session is over", "right"): COOKIE + PERSON + KNOWN + FORGIVEN + BEGUN,
    ("sign-in", "whose session is over", "wrong"): COOKIE + PERSON + KNOWN + EQUAL_WORK,
    ("sign-in", "nobody's name", "wrong"): PERSON + STRANGER + EQUAL_WORK,
    ("sign-in", "nobody's name", "throttled"): PERSON + 2 + 1,
    ("reauthentication", "signed in", "right"): COOKIE + KNOWN + FORGIVEN + RENEWED,
    ("reauthentication", "signed in", "wrong"): COOKIE + KNOWN + EQUAL_WORK + PASSKEYS,
    ("reauthentication", "signed in", "throttled"): COOKIE + 1 + PASSKEYS,
    ("change of password", "signed in", "wrong"): COOKIE + KNOWN + EQUAL_WORK,
    ("change of password", "signed in", "throttled"): COOKIE + 1,
}
"""Who is throttled at the second counter of three has the first one's given back."""
STATUS = {"right": 303, "wrong": 422, "throttled": 429}
FORMS: dict[str, tuple[str, Callable[[str], dict[str, str]]]] = {
    "sign-in": (LOGIN, lambda password: {"login": "alice", "password": password}),
    "reauthentication": (REAUTHENTICATE, lambda password: {"password": password}),
    "change of password": (CHANGE, lambda password: {"current_password": password, "new_password": "weak"}),
}

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="the budgets are counted on PostgreSQL"),
    pytest.mark.server("the budgets are counted on PostgreSQL"),
    pytest.mark.sql("it counts its statements"),
]


@pytest.fixture(autouse=True)
def _account(db: None, settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    User.objects.create_user("alice", "alice@example.org", PASSWORD)


def test_a_sign_in_and_a_wrong_password_are_twelve_statements_at_the_most() -> None:
    assert max(BUDGETS.values()) <= MOST


@pytest.mark.parametrize("is_mailed", [False, True], ids=["", "and the mail of a new device"])
def test_a_sign_in_on_the_way_to_a_client_is_twelve_statements_over_its_requests(
    web: Registered, request: pytest.FixtureRequest, is_mailed: bool
) -> None:
    """The two pages and the two forms of a stranger, who signed in elsewhere before."""
    if is_mailed:
        request.getfixturevalue("offered_mail")
    User.objects.update(email_verified=True, last_login=now())
    browser = Client()
    following = location(browser.get(AUTHORIZE, authorization_request(web)))[1]["next"]
    name = {"next": following, "login": "alice"}
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(LOGIN, {"next": following}).status_code == 200
        named = browser.post(LOGIN, name)
        assert browser.get(named["Location"]).status_code == 200
        assert browser.post(LOGIN, {**name, "password": PASSWORD}).status_code == 303
    made = [sql for query in captured if not (sql := query["sql"]).startswith(TRANSACTION)]
    right = BUDGETS["sign-in", "a stranger, for a client", "right"]
    assert len(made) == 2 * CLIENT + right + MAIL * is_mailed <= MOST, made
    assert Mail.objects.count() == is_mailed


@pytest.mark.parametrize(("page", "whom", "answer"), BUDGETS)
def test_to_judge_a_password_costs_exactly_its_budget(page: str, whom: str, answer: str, web: Registered) -> None:
    browser, more = _browser(whom, web)
    path, form = FORMS[page]
    if whom == "nobody's name":
        more["login"] = "nobody"
    for _ in range(5 if answer == "throttled" else 0):
        assert browser.post(path, form("wrong") | more).status_code == 422
    with CaptureQueriesContext(connection) as captured:
        answered = browser.post(path, form("wrong" if answer == "wrong" else PASSWORD) | more)
    assert answered.status_code == STATUS[answer]
    made = [sql for query in captured if not (sql := query["sql"]).startswith(TRANSACTION)]
    assert len(made) == BUDGETS[page, whom, answer], made
    # What was proved is written in one act. To count a failure is one statement, and needs none.
    assert (len(captured) - len(made)) / 2 == (answer == "right")


def _browser(whom: str, web: Registered) -> tuple[Client, dict[str, Any]]:
    """The browser, and what its form has besides."""
    browser = Client()
    if whom in ("a known device", "whose session is over", "signed in"):
        browser.post(LOGIN, {"login": "alice", "password": PASSWORD})
    if whom == "a known device":
        browser.post("/accounts/logout/")
    if whom == "whose session is over":
        User.objects.get().login_sessions.update(ended_at="2026-01-01T00:00Z")
    if whom == "a stranger, for a client":
        return browser, {"next": location(browser.get(AUTHORIZE, authorization_request(web)))[1]["next"]}
    return browser, {}
