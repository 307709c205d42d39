"""Mails in the admin: which wait, which were given up and why, and nothing of what they say."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from accounts.ground import clock
from accounts.models import Mail
from tests.admin.staff import BrowserOf

URL = "/admin/accounts/mail/"
SEALED = "what-it-says-sealed"


@pytest.fixture
def mails(db: None) -> dict[str, Mail]:
    now = clock.now()

    def make(recipient: str, kind: str, **more: object) -> Mail:
        held = {"language": "", "created": now, "expires": now + timedelta(days=1), "fault": "", "data": SEALED}
        return Mail.objects.create(recipient=recipient, kind=kind, **{**held, **more})

    return {
        "waiting": make("slow@example.org", "password_reset", due=now, attempts=2, fault="the server says 451"),
        "given_up": make(
            "gone@example.org", "factor_added", due=None, attempts=1, fault="the server says 550", data=""
        ),
        "nobody": make("", "password_reset", due=None),
    }


@pytest.fixture
def support(browser_of: BrowserOf) -> Browser:
    return browser_of("support")


@pytest.mark.parametrize("state", ["waiting", "given_up"])
def test_mails_are_found_by_what_became_of_them(support: Browser, mails: dict[str, Mail], state: str) -> None:
    page = support.get(f"{URL}?state={state}")
    assert [row.pk for row in page.context["cl"].result_list] == [mails[state].pk]
    one = support.get(f"{URL}{mails[state].pk}/change/")
    for text in (strip_tags(page.content.decode()), strip_tags(one.content.decode())):
        for seen in (state.replace("_", " "), mails[state].recipient, mails[state].kind, mails[state].fault):
            assert seen in text


def test_the_list_says_that_what_was_sent_is_not_in_it(support: Browser, mails: dict[str, Mail]) -> None:
    assert "Of what was sent nothing is kept." in support.get(URL).content.decode()


def test_what_is_written_for_nobody_is_not_there(support: Browser, mails: dict[str, Mail]) -> None:
    """It would tell that nobody has the address that was typed."""
    found = {row.pk for row in support.get(URL).context["cl"].result_list}
    assert found == {mails["waiting"].pk, mails["given_up"].pk}
    assert support.get(f"{URL}{mails['nobody'].pk}/change/").status_code == 302


@pytest.mark.parametrize("query", ["data__startswith=w", "recipient__startswith=s", "due__isnull=1", "id__gt=0"])
def test_what_it_says_is_neither_shown_nor_asked_for_bit_by_bit(
    support: Browser, mails: dict[str, Mail], query: str
) -> None:
    assert support.get(f"{URL}?{query}").status_code == 400
    for page in (support.get(URL), support.get(f"{URL}{mails['waiting'].pk}/change/")):
        assert page.status_code == 200
        assert SEALED not in page.content.decode()


@pytest.mark.parametrize(("role", "sees"), [("auditor", True), ("support", True), ("client manager", False)])
def test_who_sees_people_sees_their_mails_and_nobody_changes_one(
    browser_of: BrowserOf, mails: dict[str, Mail], role: str, sees: bool
) -> None:
    browser, one = browser_of(role), f"{URL}{mails['waiting'].pk}/"
    asked = [browser.get(URL), browser.get(f"{one}change/")]
    assert [answer.status_code for answer in asked] == [200 if sees else 403] * 2
    refused = [browser.post(f"{one}change/"), browser.get(f"{one}delete/"), browser.get(f"{URL}add/")]
    assert [answer.status_code for answer in refused] == [403] * 3
    assert Mail.objects.count() == 3


def test_the_list_reads_the_mails_once_and_not_what_they_say(support: Browser, mails: dict[str, Mail]) -> None:
    with CaptureQueriesContext(connection) as captured:
        support.get(URL)
    asked = [query["sql"] for query in captured if "accounts_mail" in query["sql"]]
    assert len(asked) == 1, captured.captured_queries
    assert '"data"' not in asked[0]
