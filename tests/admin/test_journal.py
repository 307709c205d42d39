"""The admin is in the language of who reads it, and its journal in one, whoever writes it."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client as Browser
from django.urls import reverse

from accounts.models import User
from tests.admin.pages import ADD, new
from tests.admin.staff import BrowserOf
from tokens.models import Client

IN_GERMAN = {"Accept-Language": "de"}


@pytest.mark.parametrize("name", ["disable", "end_sessions", "reset_link"])
def test_an_act_on_a_person_is_noted_in_english(browser_of: BrowserOf, name: str) -> None:
    admin, alice = browser_of("user manager"), User.objects.create_user("alice")
    page = admin.get(reverse("admin:accounts_user_change", args=[alice.pk]), headers=IN_GERMAN)
    assert page["Content-Language"] == "de"
    admin.post(reverse(f"admin:accounts_user_{name}", args=[alice.pk]), headers=IN_GERMAN)
    noted = {"disable": "Disable", "end_sessions": "End all sessions", "reset_link": "Made a reset link."}
    assert LogEntry.objects.latest("pk").change_message == noted[name]


def test_what_is_done_to_a_secret_is_noted_in_english(manager: Browser) -> None:
    manager.post(ADD, new(), headers=IN_GERMAN)
    client = Client.objects.get()
    secret = client.secrets.get()
    page = manager.post(reverse("admin:tokens_client_end_secret", args=[client.pk, secret.pk]), headers=IN_GERMAN)
    assert page.status_code == 302
    assert LogEntry.objects.latest("pk").change_message == f"Ended the secret of {secret}."
