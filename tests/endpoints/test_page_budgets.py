"""What a person's way through the pages costs: SQL statements and transactions of each request, as exact numbers. What
judging a password costs, by who asks, is counted in `test_sign_in_budgets.py`."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.endpoints.page_visits import Visit
from tests.endpoints.test_budgets import TRANSACTION

SESSION = 1
"""The look at the session that the browser's cookie names, with its sign-in and whose it is."""
CLIENT = 1
WAITING = 1
"""The request that waits, by its id and the browser."""
LED = 1
"""Both in one, on the pages of accounts: whoever waits, and the client's look."""
CONSENT = 1
"""What the person allowed before."""
KEPT = 2
"""The request begins to wait: one more of this address, and its row."""
STEP = 1
"""What the person did, noted in the request that waits."""
PAGE = WAITING + CLIENT + SESSION
ANSWERED = 2
"""The request waits no more: its row goes, and one less is of this address."""
JUDGED = 9
"""A stranger's right password: the account, three counters, two given back, the person's last sign-in, where one
factor is enough, the new one, the session."""
NOT_RIGHT = 5
"""The account, three counters, the kinds of hashes that there are."""
ENDED = 4
"""The sign-in's end, the journal, who is to be told, the second look at that."""
GONE = 1
"""The session's row."""
NO = 2
"""What was allowed, and what was authorized."""
TAKEN_BACK = 2
"""The journal, and the consent's row."""
WITHDRAWN = 3
"""What was allowed, and what was authorized, until there is no more of it."""
SAID = 1
"""What the next page says is in the session."""
ELSEWHERE = 1
"""The person's other sign-ins that live."""

BUDGETS = {
    "authorize, nobody is signed in": CLIENT + KEPT,
    "authorize by POST": CLIENT + KEPT,
    "authorize, consent is due": SESSION + CLIENT + CONSENT + KEPT,
    "authorize, a choice is due": SESSION + CLIENT + CONSENT + KEPT,
    "authorize, the password is due": SESSION + CLIENT + CONSENT + KEPT,
    "sign-in page": 0,
    "sign-in page, for a client": LED,
    "sign-in, right": JUDGED,
    "sign-in, wrong": NOT_RIGHT + LED,
    "back from the sign-in, consent is due": SESSION + WAITING + CLIENT + CONSENT,
    # The passkeys that the person has.
    "page that asks for the password again": LED + SESSION + 1,
    "account chooser": PAGE,
    "account chooser, go on": PAGE + STEP,
    "account chooser, another": PAGE + STEP + ENDED + GONE,
    "consent page": PAGE + CONSENT,
    "consent, yes": PAGE + STEP + CONSENT + 1,
    # Whether what was allowed before was withdrawn at this moment: the row that was written tells it by its id.
    "consent, yes to what was allowed": PAGE + STEP + CONSENT + 1,
    "consent, no": PAGE + STEP + NO,
    "consent, no to what was allowed": PAGE + STEP + NO + TAKEN_BACK,
    "back from a yes, with the code": SESSION + WAITING + CLIENT + CONSENT + 1 + ANSWERED,
    "back from a no": SESSION + WAITING + CLIENT + CONSENT + ANSWERED,
    "applications": SESSION + CONSENT + CLIENT,
    "an application": SESSION + CONSENT + CLIENT,
    "an application, withdrawn": SESSION + WITHDRAWN + TAKEN_BACK + SAID,
    "an application, withdrawn again": SESSION + CONSENT + SAID,
    "home": SESSION,
    "sign-out page": SESSION,
    "sign-out": SESSION + ENDED + GONE,
    "sign-out at a client": CLIENT + SESSION,
    "sign-out page, for a client": CLIENT + SESSION,
    "sign-out, for a client": CLIENT + SESSION + ENDED + GONE,
    "sessions": SESSION + ELSEWHERE,
    # Whether it is theirs.
    "sessions, one ended": SESSION + 1 + ENDED + SAID,
    "sessions, two others ended": SESSION + ELSEWHERE + 2 * ENDED + SAID,
}
ACTS = {
    # Whose sign-in begins or ends, and what hangs on it.
    *("sign-in, right", "account chooser, another", "sign-out", "sign-out, for a client", "sessions, one ended"),
    # An answer, and what it does to what was allowed.
    *("consent, yes", "consent, yes to what was allowed", "consent, no", "consent, no to what was allowed"),
    *("an application, withdrawn", "an application, withdrawn again"),
    # The code, and the end of the request that waited for it.
    "back from a yes, with the code",
}
"""What writes several things that are one: a statement begins it and one ends it. No other has a transaction."""
EACH = {"sessions, two others ended": 2}
"""The requests with several such acts."""

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="the budgets are counted on PostgreSQL"),
    pytest.mark.server("the budgets are counted on PostgreSQL"),
    pytest.mark.sql("it counts its statements"),
]


def test_each_request_of_the_pages_makes_exactly_the_statements_of_its_budget(visits: dict[str, Visit]) -> None:
    made, units = {}, {}
    for name, visit in visits.items():
        request = visit()
        with CaptureQueriesContext(connection) as captured:
            answer = request()
        assert answer.status_code in (200, 302, 303, 422)
        made[name] = [sql for query in captured if not (sql := query["sql"]).startswith(TRANSACTION)]
        units[name] = (len(captured) - len(made[name])) / 2
    assert {name: len(statements) for name, statements in made.items()} == BUDGETS, made
    assert units == {name: EACH.get(name, int(name in ACTS)) for name in BUDGETS}
