"""`manage.py users`."""

import json
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import ResetLink, User
from accounts.signals import ends_owed, subject_changed
from tests.accounts.signed_in import SignIn
from tests.accounts.test_reset_links import NEW, PATH


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("users", *arguments, stdout=out)
    return out.getvalue()


def told(*arguments: str) -> Any:
    text = said(*arguments, "--json")
    assert text.count("\n") == 1
    return json.loads(text)


def test_an_account_is_made_and_its_link_leads_to_a_password(db: None) -> None:
    arguments = ["--email", "Bob@example.org", "--email-verified", "--name", "Bob B", "--given-name", "Bob"]
    printed = told("add", "bob", *arguments, "--family-name", "B")
    user = User.objects.get()
    link = printed.pop("reset_link")
    assert printed == {
        "id": str(user.pk),
        "username": "bob",
        "email": "Bob@example.org",
        "email_verified": True,
        "name": "Bob B",
        "given_name": "Bob",
        "family_name": "B",
        "active": True,
        "superuser": False,
        "roles": [],
        "has_password": False,
    }
    assert (user.is_staff, user.is_superuser) == (False, False)
    assert Client().post(PATH, {"link": link.partition("link=")[2], "password": NEW}).status_code == 303
    assert told("list")[0]["has_password"] is True


def test_roles_make_staff_and_superuser_makes_an_admin(db: None) -> None:
    assert told("add", "carol", "--role", "support", "--role", "auditor")["roles"] == ["auditor", "support"]
    assert told("add", "root", "--superuser")["superuser"] is True
    carol, root = User.objects.order_by("username")
    assert (carol.is_staff, carol.is_superuser, root.is_staff, root.is_superuser) == (True, False, True, True)
    assert set(carol.groups.all()) == set(Group.objects.filter(name__in=["support", "auditor"]))


REFUSED = {
    "a name that is taken in another spelling": (["ALICE"], "USERNAME: This username is taken."),
    "a name with what no name has": (["a b\x1b"], "USERNAME: Enter a valid username"),
    "an address that is no address": (["bob", "--email", "nowhere"], "--email: Enter a valid email address."),
    "somebody's address": (["bob", "--email", "alice@EXAMPLE.org"], "--email: This e-mail address belongs to another"),
    "no address that could be verified": (["bob", "--email-verified"], "--email-verified: there is no e-mail address"),
    "no role": (
        ["bob", "--role", "king"],
        "'king' is not one of auditor, client manager, key manager, support, user",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_admin_would_refuse_is_refused(case: str, person: User) -> None:
    arguments, words = REFUSED[case]
    with pytest.raises(CommandError) as caught:
        said("add", *arguments)
    assert words in str(caught.value)
    assert list(User.objects.all()) == [person]


def test_accounts_are_listed_without_what_opens_them(person: User) -> None:
    User.objects.create_user("bob", is_active=False)
    assert [each["username"] for each in told("list")] == ["alice", "bob"]
    assert [each["username"] for each in told("list", "--search", "EXAMPLE.org")] == ["alice"]
    text = said("list")
    assert f"{person.pk}  alice  Alice@Example.org  -\n" in text
    assert "disabled, no password" in text
    assert person.password not in json.dumps(told("list"))


def test_who_disables_an_account_is_told_what_has_not_heard_of_it(
    person: User, capsys: pytest.CaptureFixture[str]
) -> None:
    """A store elsewhere, that does not answer; and once it does, the same command tells it again."""
    named, told_of = person.username, []

    def store(subjects: Any, **_: Any) -> bool:
        return list(subjects) == [str(person.pk)]

    def hears(subject: str, **_: Any) -> None:
        told_of.append(subject)

    ends_owed.connect(store)
    subject_changed.connect(hears)
    try:
        with pytest.raises(SystemExit, match="1"):
            call_command("users", "disable", named)
        out, err = capsys.readouterr()
        assert out == f"{named} is disabled: every sign-in has ended\n"
        assert err.startswith("the store of tokens does not answer and has not heard of it: ")
        ends_owed.disconnect(store)
        call_command("users", "disable", named)
        assert capsys.readouterr() == ("it was so already\n", "")
        assert told_of == [str(person.pk)] * 2
    finally:
        ends_owed.disconnect(store)
        subject_changed.disconnect(hears)


@pytest.mark.parametrize("called", [lambda user: "ALICE", lambda user: "alice@example.org", lambda user: str(user.pk)])
def test_a_disabled_account_is_signed_out_everywhere(called: Any, person: User, sign_in: SignIn) -> None:
    browser, named = sign_in(), called(person)
    assert told("disable", named) == {"id": str(person.pk), "active": False, "changed": True}
    assert not browser.get("/").context["user"].is_authenticated
    assert told("disable", named)["changed"] is False
    assert told("enable", named)["changed"] is True
    assert not browser.get("/").context["user"].is_authenticated


def test_a_reset_link_is_for_who_may_sign_in(person: User) -> None:
    address, over = said("reset-link", "alice").splitlines()
    assert Client().get(address).status_code == 200
    assert over == "Open it within an hour; it works once."
    said("disable", "alice")
    with pytest.raises(CommandError, match="alice is disabled"):
        said("reset-link", "alice")
    with pytest.raises(CommandError, match="there is no account 'nobody'"):
        said("reset-link", "nobody")


def test_a_node_without_pages_makes_no_link(person: User, settings: Settings) -> None:
    settings.PAGES = False
    with pytest.raises(CommandError, match="IDP_ROLE"):
        said("reset-link", "alice")
    with pytest.raises(CommandError, match="IDP_ROLE"):
        said("add", "bob")
    assert (list(User.objects.all()), ResetLink.objects.count()) == ([person], 0)


def test_the_first_admin_is_made_once_and_waits_for_a_password(db: None) -> None:
    assert told("first-admin")["username"] == "admin"
    link = told("first-admin")["reset_link"]
    admin = User.objects.get()
    assert (admin.is_superuser, admin.is_staff, admin.has_usable_password()) == (True, True, False)
    assert Client().post(PATH, {"link": link.partition("link=")[2], "password": NEW}).status_code == 303
    with pytest.raises(CommandError, match="there is an admin already"):
        said("first-admin")


def test_somebody_else_who_is_called_admin_stays_what_they_are(db: None) -> None:
    User.objects.create_user("Admin")
    assert told("first-admin")["username"] == "admin-2"
    assert not User.objects.get(username="Admin").is_superuser
