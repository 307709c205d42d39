"""An invitation from the admin."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client as Browser
from pytest_django.fixtures import Settings

from accounts.models import Mail, User
from tests.accounts.signing_up import offered
from tests.accounts.way_back import offered_mail
from tests.admin.desk import USER
from tests.admin.staff import BrowserOf

__all__ = ["offered_mail"]

INVITE, ADDRESS = f"{USER}invite/", "zoe@example.org"


@pytest.fixture
def staff(browser_of: BrowserOf, settings: Settings, offered_mail: None) -> Browser:
    settings.ACCOUNTS = offered("invited")
    return browser_of("user manager")


def test_the_list_of_people_leads_to_it_and_the_address_is_mailed_a_link(staff: Browser) -> None:
    assert f'href="{INVITE}"' in staff.get(USER).content.decode()
    assert "good once" in staff.get(INVITE).content.decode()
    answer = staff.post(INVITE, {"address": ADDRESS}, follow=True)
    assert f"An invitation to {ADDRESS} is on its way." in answer.content.decode()
    [row] = Mail.objects.all()
    assert (row.kind, row.recipient) == ("invitation", ADDRESS)
    [entry] = LogEntry.objects.all()
    assert (entry.object_repr, entry.get_change_message()) == (ADDRESS, "Invited.")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "This field is required."),
        ("zoe", "Enter a valid email address."),
        ("Alice@Example.org", "has an account"),
        (f"{'x' * 60}@{'y' * 60}.{'z' * 60}.example", "too long"),
    ],
)
def test_whom_nobody_can_invite_is_told_and_what_was_typed_stays(staff: Browser, address: str, said: str) -> None:
    User.objects.create_user("alice", "alice@example.org")
    page = staff.post(INVITE, {"address": address}).content.decode()
    assert said in page
    assert f'value="{address}"' in page or not address
    assert not Mail.objects.exists()
    assert not LogEntry.objects.exists()


def test_where_nobody_signs_up_the_page_names_the_setting(staff: Browser, settings: Settings) -> None:
    settings.ACCOUNTS = offered("closed")
    assert INVITE not in staff.get(USER).content.decode()
    for page in (staff.get(INVITE), staff.post(INVITE, {"address": ADDRESS})):
        assert "IDP_ACCOUNTS_SIGN_UP" in page.content.decode()
    assert not Mail.objects.exists()


@pytest.mark.parametrize("role", ["support", "auditor", "client manager"])
def test_who_may_make_no_account_invites_nobody(browser_of: BrowserOf, settings: Settings, role: str) -> None:
    settings.ACCOUNTS = offered("open")
    browser = browser_of(role)
    assert (browser.get(INVITE).status_code, browser.post(INVITE, {"address": ADDRESS}).status_code) == (403, 403)
    assert not Mail.objects.exists()
