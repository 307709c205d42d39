"""Logout notices in the admin: what became of each, and one more attempt."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client as Browser
from django.utils.html import strip_tags
from pytest_django import DjangoAssertNumQueries

from tests.admin.pages import URI, change_url, edited
from tests.admin.staff import PERSON, BrowserOf
from tests.support.builders import create
from tokens import models
from tokens.stores import store

URL = "/admin/tokens/logoutdelivery/"
TRY = "try_again"


@pytest.fixture
def notices(db: None) -> dict[str, models.LogoutDelivery]:
    """One in every state."""
    now = datetime.now(UTC)
    over = {"due": None, "expires": now + timedelta(days=7), "subject": PERSON, "sid": "0.a-session"}
    make = models.LogoutDelivery.objects.create
    return {
        "waiting": make(client_id="0.slow", subject=PERSON, sid="0.a-session", attempts=2, outcome="answered 503"),
        "delivered": make(client_id="0.a-client", delivered_at=now, attempts=1, outcome="answered 200", **over),
        "given_up": make(client_id="0.broken", attempts=3, outcome="answered 400", **over),
    }


@pytest.fixture
def support(browser_of: BrowserOf) -> Browser:
    return browser_of("support")


@pytest.mark.parametrize("state", ["waiting", "delivered", "given_up"])
def test_notices_are_found_by_what_became_of_them(
    support: Browser, notices: dict[str, models.LogoutDelivery], state: str
) -> None:
    page = support.get(f"{URL}?state={state}")
    assert [row.pk for row in page.context["cl"].result_list] == [notices[state].pk]
    text = strip_tags(page.content.decode())
    for seen in (state.replace("_", " "), notices[state].client_id, notices[state].outcome):
        assert seen in text


@pytest.mark.parametrize("term", ["0.broken", str(PERSON), "0.brok", "' OR 1=1", "%ff", "x" * 5000])
def test_notices_are_found_by_a_whole_id(
    support: Browser, notices: dict[str, models.LogoutDelivery], term: str
) -> None:
    found = {row.pk for row in support.get(f"{URL}?q={term}").context["cl"].result_list}
    everyone = {row.pk for row in notices.values()}
    assert found == ({notices["given_up"].pk} if term == "0.broken" else everyone if term == str(PERSON) else set())


@pytest.mark.covers("S77 errors")
@pytest.mark.parametrize("query", ["sid=0.a-session", "sid__startswith=0", "subject__gt=0", "outcome__contains=a"])
def test_a_session_is_neither_shown_nor_asked_for_bit_by_bit(
    support: Browser, notices: dict[str, models.LogoutDelivery], query: str
) -> None:
    assert support.get(f"{URL}?{query}").status_code == 400
    pages = [support.get(URL), *(support.get(f"{URL}{row.pk}/change/") for row in notices.values())]
    assert [page.status_code for page in pages] == [200] * 4
    assert all("0.a-session" not in page.content.decode() for page in pages)


def test_a_notice_that_was_given_up_is_tried_once_more(
    support: Browser, notices: dict[str, models.LogoutDelivery]
) -> None:
    form = {"action": TRY, "_selected_action": [row.pk for row in notices.values()]}
    page = support.post(URL, form, follow=True)
    assert "1 notice will be tried again." in strip_tags(page.content.decode())
    assert store().outbox.claim("0.broken", timedelta(minutes=1)) is not None
    assert store().outbox.claim("0.a-client", timedelta(minutes=1)) is None
    assert [entry.object_id for entry in LogEntry.objects.all()] == [str(notices["given_up"].pk)]


@pytest.mark.parametrize("role", ["auditor", "client manager"])
def test_who_may_only_look_cannot_try_again_by_a_forged_form(
    browser_of: BrowserOf, notices: dict[str, models.LogoutDelivery], role: str
) -> None:
    form = {"action": TRY, "_selected_action": [notices["given_up"].pk]}
    browser_of(role).post(URL, form)
    assert store().outbox.claim("0.broken", timedelta(minutes=1)) is None


def test_a_page_takes_at_most_10_statements(
    support: Browser,
    notices: dict[str, models.LogoutDelivery],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for url in (URL, f"{URL}{notices['waiting'].pk}/change/"):
        with django_assert_max_num_queries(10):
            assert support.get(url).status_code == 200


# --- The client's own side


def test_a_client_gets_an_address_for_notices_and_loses_it_again(manager: Browser) -> None:
    create("web", "A site", [URI])
    client = models.Client.objects.get()
    given = {"backchannel_logout_uri": f"{URI}/logout?a=b", "backchannel_logout_session_required": "on"}
    assert manager.post(change_url(client), edited(client, **given)).status_code == 302
    client.refresh_from_db()
    assert (client.backchannel_logout_uri, client.backchannel_logout_session_required) == (f"{URI}/logout?a=b", True)
    assert f"{URI}/logout?a=b" in manager.get(change_url(client)).content.decode()
    assert manager.post(change_url(client), edited(client)).status_code == 302
    client.refresh_from_db()
    assert (client.backchannel_logout_uri, client.backchannel_logout_session_required) == ("", False)


@pytest.mark.parametrize(
    "uri", ["http://rp.example/", "https://rp.example/#f", "ftp://rp.example/", "https://a@b.example/"]
)
def test_an_address_that_could_not_be_called_is_a_fault_at_its_field(manager: Browser, uri: str) -> None:
    create("web", "A site", [URI])
    client = models.Client.objects.get()
    response = manager.post(change_url(client), edited(client, backchannel_logout_uri=uri))
    assert list(response.context["errors"]) == ["backchannel_logout_uri"]
    assert models.Client.objects.get().backchannel_logout_uri == ""
