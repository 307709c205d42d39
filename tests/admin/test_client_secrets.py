"""Secrets of clients in the admin: shown once, several alive at a time, ended one by one."""

import json
import logging
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import quote
from django.test import Client as Browser
from pytest_django.fixtures import Settings

from accounts.admin import gate
from accounts.models import LoginSession, Session, User
from tests.admin.pages import ADD, add_secret, change_url, gets_in, new, shown
from tests.admin.staff import BrowserOf
from tests.support.people import PASSWORD
from tokens.models import Client, ClientSecret
from tokens.protocol.client_authentication.client_secret import secret_digest


@pytest.mark.covers("S50 hashed", "S77 errors")
def test_the_secret_is_in_one_answer_and_nowhere_else(
    manager: Browser, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = manager.post(ADD, new())
    client, secret = Client.objects.get(), shown(answer)
    assert re.fullmatch(r"[\w-]{43}", secret)
    assert client.pk in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert gets_in(client, secret, settings)
    pages = [
        "/admin/",
        "/admin/tokens/client/",
        ADD,
        change_url(client),
        change_url(client).replace("change", "history"),
    ]
    kept = "".join(manager.get(page).content.decode() for page in pages)
    kept += caplog.text + json.dumps(list(LogEntry.objects.values()), default=str)
    kept += json.dumps([dict(manager.session.items()), list(Session.objects.values())], default=str)
    kept += str(answer.headers) + str(answer.cookies) + str(manager.cookies)
    assert secret not in kept
    digest = secret_digest(secret, next(iter(settings.PEPPERS.values())))
    stored = ClientSecret.objects.values("client_id", "pepper", "digest", "client_secret_expires_at").get()
    pepper = next(iter(settings.PEPPERS))
    assert stored == {"client_id": client.pk, "pepper": pepper, "digest": digest, "client_secret_expires_at": None}
    assert digest not in kept


@pytest.mark.covers("S50 hashed", "S77 errors")
def test_secrets_are_rotated_without_a_moment_in_which_none_works(manager: Browser, settings: Settings) -> None:
    first = shown(manager.post(ADD, new()))
    client = Client.objects.get()
    answer = add_secret(manager, client)
    second = shown(answer)
    assert "no-store" in answer["Cache-Control"]
    assert [gets_in(client, secret, settings) for secret in (first, second)] == [True, True]
    page = manager.get(change_url(client))
    end_first, end_second = (secret["end_url"] for secret in page.context["secrets"])
    assert all(secret not in page.content.decode() for secret in (first, second))
    assert manager.post(end_first).status_code == 302
    assert [gets_in(client, secret, settings) for secret in (first, second)] == [False, True]
    assert "had ended" in manager.post(end_first, follow=True).content.decode()
    manager.post(end_second)
    assert "has no secret" in manager.get(change_url(client)).content.decode()
    noted = [entry.change_message for entry in LogEntry.objects.order_by("pk")]
    assert noted[1] == "Added a secret."
    assert [note[:20] for note in noted[2:]] == ["Ended the secret of "] * 2


def test_a_page_that_is_sent_twice_adds_one_secret(manager: Browser) -> None:
    manager.post(ADD, new())
    page = manager.get(change_url(Client.objects.get()))
    form = {"latest": page.context["latest"]}
    assert shown(manager.post(page.context["add_secret_url"], form))
    again = manager.post(page.context["add_secret_url"], form, follow=True)
    assert "Nothing was done" in again.content.decode()
    assert ClientSecret.objects.count() == 2


def test_a_public_client_gets_no_secret(manager: Browser) -> None:
    manager.post(ADD, new("spa"))
    client = Client.objects.get()
    page = manager.get(change_url(client))
    assert "Add a secret" not in page.content.decode()
    assert manager.post(page.context["add_secret_url"], {"latest": "0"}).status_code == 404
    assert not ClientSecret.objects.exists()


def test_a_secret_is_ended_at_its_own_client_alone(manager: Browser) -> None:
    manager.post(ADD, new())
    manager.post(ADD, new(client_name="Another"))
    mine, other = Client.objects.order_by("client_name")
    url = f"/admin/tokens/client/{quote(mine.pk)}/secrets/{other.secrets.get().pk}/end/"
    manager.post(url)
    assert ClientSecret.objects.count() == 2


@pytest.mark.covers("S78 garbage")
@pytest.mark.parametrize("number", ["99999999999999999999999999", "-1", "x", "0"])
def test_a_secret_that_never_was_is_no_error(number: str, manager: Browser) -> None:
    manager.post(ADD, new())
    url = f"/admin/tokens/client/{quote(Client.objects.get().pk)}/secrets/{number}/end/"
    assert manager.post(url).status_code in (302, 404)


def test_those_who_only_look_are_offered_no_button(browser_of: BrowserOf) -> None:
    browser_of("client manager").post(ADD, new())
    page = browser_of("auditor").get(change_url(Client.objects.get())).content.decode()
    assert "Added" in page
    assert "Add a secret" not in page
    assert "End it now" not in page


def test_a_secret_is_shown_only_to_whoever_signed_in_a_short_while_ago(manager: Browser) -> None:
    manager.post(ADD, new())
    client = Client.objects.get()
    page = manager.get(change_url(client))
    LoginSession.objects.update(auth_time=datetime.now(UTC) - timedelta(minutes=16))
    led = manager.get(ADD)
    assert (led.status_code, led["Location"]) == (302, f"/accounts/reauthenticate/?next={ADD.replace('/', '%2F')}")
    answers = [manager.post(ADD, new()), manager.post(page.context["add_secret_url"], {"latest": "0"})]
    assert [(answer.status_code, gate.PASSWORD in answer.content.decode()) for answer in answers] == [(403, True)] * 2
    assert (Client.objects.count(), ClientSecret.objects.count()) == (1, 1)


def test_the_password_opens_the_page_of_a_new_client_again(manager: Browser) -> None:
    user = User.objects.get()
    user.set_password(PASSWORD)
    user.save()
    manager.force_login(user)
    LoginSession.objects.update(auth_time=datetime.now(UTC) - timedelta(hours=1))
    asked = manager.get(ADD)["Location"]
    answer = manager.post(asked, {"password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (303, ADD)
    assert shown(manager.post(ADD, new()))
