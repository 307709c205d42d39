"""The people who run the server invite somebody, for one address, once."""

import json
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.conf import settings as django
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.ground import clock
from accounts.mail.message import message_of
from accounts.models import Mail as Row
from accounts.models import User
from accounts.sign_in import invitations
from tests.accounts.authenticator import hold
from tests.accounts.signed_in import who
from tests.accounts.signing_up import ADDRESS, INVITED, choose, offered
from tests.accounts.way_back import NEW, offered_mail
from tests.support.people import PASSWORD

__all__ = ["offered_mail"]
VOID = "Your invitation is not good any more."


@pytest.fixture(autouse=True)
def _by_invitation(settings: Settings, db: None, offered_mail: None) -> None:
    settings.ACCOUNTS = offered("invited")


def invite(address: str = ADDRESS) -> str:
    """The link's path and query."""
    out = StringIO()
    call_command("users", "invite", address, "--print", "--json", stdout=out)
    link: str = json.loads(out.getvalue())["invitation_link"]
    assert link.startswith(django.ISSUER)
    return link.removeprefix(django.ISSUER)


def accept(browser: Client, link: str) -> Any:
    return browser.post(INVITED, {"invitation": browser.get(link).context["invitation"]})


def test_who_is_invited_makes_an_account_for_that_address() -> None:
    browser, link = Client(), invite()
    assert ADDRESS not in link
    shown = browser.get(link)
    assert (shown.status_code, ADDRESS in shown.content.decode()) == (200, True)
    page = accept(browser, link)["Location"]
    assert not User.objects.exists()
    assert choose(browser, page, address="mallory@example.net", login="mallory@example.net").status_code == 303
    user = User.objects.get()
    assert (user.username, user.email_verified, who(browser)) == (ADDRESS, True, ADDRESS)


def test_it_is_mailed_and_nothing_of_it_is_in_the_answer() -> None:
    out = StringIO()
    call_command("users", "invite", ADDRESS, "--json", stdout=out)
    assert json.loads(out.getvalue()) == {"address": ADDRESS}
    row = Row.objects.get()
    body = message_of(row).get_body(("plain",))
    assert body is not None
    assert f"{django.ISSUER}{INVITED}?invitation=" in body.get_content()
    assert row.expires - row.created >= timedelta(days=6, hours=23)


def test_to_look_at_it_begins_nothing_and_it_works_until_it_was_used() -> None:
    link = invite()
    for _ in range(3):
        Client().get(link)
    abandoned, browser, late = Client(), Client(), Client()
    accept(abandoned, link)
    page, other = accept(browser, link)["Location"], accept(late, link)["Location"]
    assert choose(browser, page).status_code == 303
    assert choose(late, other).status_code == 410
    assert Client().get(link).status_code == 409
    User.objects.all().delete()
    again = Client()
    assert choose(again, accept(again, link)["Location"]).status_code == 410, "once, though the account is gone"
    assert not User.objects.exists()


@pytest.mark.parametrize("days", [6.9, 7.1])
def test_it_is_good_for_seven_days(monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    hands = hold(monkeypatch)
    browser, link = Client(), invite()
    hands.move(timedelta(days=days))
    assert browser.get(link).status_code == (200 if days < 7 else 410)


@pytest.mark.parametrize(
    "change", [lambda text: "", lambda text: text[:-6], lambda text: f"x{text}", lambda text: "\x00"]
)
def test_what_is_no_invitation_of_ours_is_over(change: Any) -> None:
    text = invite().partition("=")[2]
    for method in ("get", "post"):
        assert getattr(Client(), method)(INVITED, {"invitation": change(text)}).status_code == 410


def test_a_name_that_was_typed_is_no_invitation() -> None:
    """Both are sealed, each for what it is."""
    typed = Client().post("/accounts/login/", {"login": ADDRESS})["Location"].partition("who=")[2]
    assert Client().get(f"{INVITED}?invitation={typed}").status_code == 410


def test_who_has_an_account_by_then_is_led_to_the_sign_in() -> None:
    browser, link = Client(), invite()
    page = accept(browser, link)["Location"]
    User.objects.create_user("zoe", ADDRESS, PASSWORD)
    assert browser.get(link).status_code == 409
    assert choose(browser, page).status_code == 409
    assert not User.objects.get().check_password(NEW)


@pytest.mark.parametrize(
    ("address", "said"), [("x", "ADDRESS"), ("a\x00@b.example", "ADDRESS"), ("zoe@example.org", "has an account")]
)
def test_whom_nobody_can_invite_is_told(address: str, said: str) -> None:
    User.objects.create_user("zoe", "zoe@example.org", PASSWORD)
    with pytest.raises(CommandError, match=said):
        call_command("users", "invite", address, stdout=StringIO())
    assert not Row.objects.exists()


def test_where_nobody_may_sign_up_nobody_is_invited_and_links_are_void(settings: Settings) -> None:
    link = invite()
    settings.ACCOUNTS = offered("closed")
    with pytest.raises(CommandError, match="IDP_ACCOUNTS_SIGN_UP"):
        invite()
    for answer in (Client().get(link), Client().post("/accounts/sign-up/invited/", {"invitation": "x"})):
        assert (answer.status_code, VOID in answer.content.decode()) == (403, True)
    assert VOID not in Client().get("/accounts/sign-up/").content.decode()


def test_it_is_read_as_it_was_made() -> None:
    invitation = invitations.read(Client().get(invite()).context["invitation"])
    assert invitation is not None
    assert (invitation.address, invitations.is_proof(invitation.proof)) == (ADDRESS, True)
    assert isinstance(invitation.ends, datetime)
    assert invitation.ends > clock.now()
