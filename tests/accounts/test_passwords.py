"""One judge for every way that a password is set: what it refuses, why, and that nothing goes around it."""

import io
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from accounts.sign_in import reset_links
from accounts.sign_in.guessable import SEARCHED, worth
from accounts.sign_in.passwords import MAX_LENGTH
from tests.accounts.weak_passwords import ALICE, GOOD, WEAK
from tests.support.people import PASSWORD

Way = Callable[[User, str], None]
"""Tries to set the password of Alice, or of an account with all that is known of her."""


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user(password=PASSWORD, **ALICE)


@pytest.mark.covers("S57 common")
@pytest.mark.parametrize("password", WEAK)
def test_a_weak_password_is_refused_with_a_reason(password: str) -> None:
    with pytest.raises(ValidationError) as refused:
        validate_password(password, User(**ALICE))
    assert len(password) >= 15, "its length alone would do"
    assert "easy to guess" in str(refused.value) or "repeats something short" in str(refused.value)
    assert password not in str(refused.value)


@pytest.mark.covers("S56 composition", "S56 Unicode", "S56 64")
@pytest.mark.parametrize("password", GOOD)
def test_a_good_password_is_taken_whatever_it_is_made_of(password: str) -> None:
    validate_password(password, User(**ALICE))


@pytest.mark.covers("S57 common", "S57 context")
@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("Alice-Liddell-1990", "your names and addresses, or the name of this service"),
        ("password-password1", "passwords and words that many people choose"),
        ("asdfghjkl123456789", "characters that follow each other on the keyboard"),
        ("!?!??!!?!?!??!!?!?", "repetitions"),
    ],
)
def test_the_refusal_says_what_is_wrong_with_it(password: str, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        validate_password(password, User(**ALICE))


@pytest.mark.covers("S57 context")
@pytest.mark.parametrize("setting", ["BRAND", "ISSUER"])
def test_the_names_of_the_service_are_those_of_the_deployment(settings: Settings, setting: str) -> None:
    password = "sesamstrasse-2026!"
    assert worth(password, []).length >= 8
    value = {"BRAND": "Sesamstrasse", "ISSUER": "https://sso.sesamstrasse.example"}[setting]
    setattr(settings, setting, value)
    with pytest.raises(ValidationError, match="name of this service"):
        validate_password(password, User(**ALICE))


def test_what_is_tried_first_counts_for_less_than_what_few_people_choose() -> None:
    assert worth("dragon", []).length < worth("horse", []).length < worth("zxqvjwk", []).length


@pytest.mark.parametrize("length", [0, 1, SEARCHED, MAX_LENGTH + 1, 128 * 1024])
def test_a_password_of_any_length_is_judged(length: int) -> None:
    with pytest.raises(ValidationError):
        validate_password("a" * length, User(**ALICE))


LEAST = {("optional", None): 15, ("required", None): 8, ("optional", 20): 20, ("required", 12): 12}
RANDOM = "Xk7#mQ2v!pZ9wR4tHy5bN8c"


@pytest.mark.covers("S56 8", "S56 15")
@pytest.mark.parametrize(("second_factor", "said"), LEAST)
def test_how_long_a_password_is_follows_from_what_is_beside_it_and_each_page_says_so(
    alice: User, settings: Settings, second_factor: str, said: int | None
) -> None:
    settings.ACCOUNTS = replace(settings.ACCOUNTS, second_factor=second_factor, password_min_length=said)
    least = LEAST[second_factor, said]
    validate_password(RANDOM[:least], alice)
    with pytest.raises(ValidationError, match=f"too short: it needs {least} characters at the least") as refused:
        validate_password(RANDOM[: least - 1], alice)
    assert [error.code for error in refused.value.error_list] == ["password_too_short"]
    link = Client().get(reset_links.make(alice, timezone.now())).content.decode()
    assert f"At least {least} characters." in link
    settings.ACCOUNTS = replace(settings.ACCOUNTS, second_factor="optional", password_min_length=least)
    admin = _admin().get(f"/admin/accounts/user/{alice.pk}/password/").content.decode()
    assert f"Your password needs {least} characters at the least." in admin


@pytest.mark.covers("S56 8")
@pytest.mark.parametrize("way", ["reset link", "createsuperuser --noinput", "changepassword", "create_user"])
def test_eight_characters_are_taken_and_seven_are_not_where_a_second_factor_is_required_of_everybody(
    alice: User, settings: Settings, way: str
) -> None:
    settings.ACCOUNTS = replace(settings.ACCOUNTS, second_factor="required")
    WAYS[way](alice, RANDOM[:7])
    assert not _who_has(RANDOM[:7])
    WAYS[way](alice, RANDOM[:8])
    assert len(_who_has(RANDOM[:8])) == 1


@pytest.mark.covers("S56 8", "S57 common")
@pytest.mark.parametrize(
    ("password", "alone", "beside"),
    [
        ("zxq9horse", False, True),
        ("horse-42", False, True),
        ("dragon12", False, False),
        ("password1", False, False),
        ("Summer24", False, False),
        ("alice-7x", False, False),
        ("qwertzui", False, False),
    ],
)
def test_a_short_one_is_easy_to_guess_by_less(settings: Settings, password: str, alone: bool, beside: bool) -> None:
    for second_factor, taken in (("optional", alone), ("required", beside)):
        settings.ACCOUNTS = replace(settings.ACCOUNTS, second_factor=second_factor, password_min_length=8)
        with nullcontext() if taken else pytest.raises(ValidationError, match="easy to guess"):
            validate_password(password, User(**ALICE))


def _change(alice: User, password: str) -> None:
    browser = Client()
    browser.force_login(alice)
    browser.post("/accounts/password/change/", {"current_password": PASSWORD, "new_password": password})


def _reset_link(alice: User, password: str) -> None:
    link = reset_links.make(alice, timezone.now()).partition("link=")[2]
    Client().post("/accounts/password/new/", {"link": link, "password": password})


def _admin_password(alice: User, password: str) -> None:
    form = {"password1": password, "password2": password, "usable_password": "true"}
    _admin().post(f"/admin/accounts/user/{alice.pk}/password/", form)


def _admin_add(alice: User, password: str) -> None:
    """An account that is like hers, in what that form asks for."""
    _free_the_name()
    form = {"username": "alice", "email": ALICE["email"], "usable_password": "true"}
    _admin().post("/admin/accounts/user/add/", {**form, "password1": password, "password2": password})


def _noinput(alice: User, password: str) -> None:
    _createsuperuser(password, "--noinput")


def _insisting(alice: User, password: str) -> None:
    _createsuperuser(password, "--username=alice", f"--email={ALICE['email']}")


def _createsuperuser(password: str, *options: str) -> None:
    """With Alice's name; who is asked whether to go around the judge says yes."""
    _free_the_name()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("USERNAME", "alice"), ("EMAIL", ALICE["email"]), ("PASSWORD", password)):
            patch.setenv(f"DJANGO_SUPERUSER_{name}", value)
        patch.setattr("getpass.getpass", lambda *_, **__: password)
        patch.setattr("builtins.input", lambda prompt: "y")
        terminal = type("Terminal", (io.StringIO,), {"isatty": lambda self: True})()
        with suppress(CommandError):
            call_command("createsuperuser", *options, verbosity=0, stdin=terminal, stderr=io.StringIO())


def _changepassword(alice: User, password: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("getpass.getpass", lambda *_, **__: password)
        with suppress(CommandError):
            call_command("changepassword", "alice", stdout=io.StringIO(), stderr=io.StringIO())


def _programmed(alice: User, password: str) -> None:
    _free_the_name()
    with suppress(ValidationError):
        User.objects.create_user(password=password, **ALICE)


WAYS: dict[str, Way] = {
    "change": _change,
    "reset link": _reset_link,
    "admin: password": _admin_password,
    "admin: add": _admin_add,
    "createsuperuser --noinput": _noinput,
    "createsuperuser, insisting": _insisting,
    "changepassword": _changepassword,
    "create_user": _programmed,
}


@pytest.mark.covers("S57 common")
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_no_way_sets_a_weak_password_and_each_sets_a_good_one(alice: User, way: Way) -> None:
    for password in WEAK:
        way(alice, password)
    assert not _who_has(*WEAK)
    way(alice, GOOD[3])
    assert len(_who_has(GOOD[3])) == 1


@pytest.mark.parametrize("command", ["add", "first-admin"])
def test_the_command_for_people_sets_no_password(db: None, command: str, capsys: Any) -> None:
    call_command("users", command, *(["bob"] if command == "add" else []))
    assert not User.objects.get().has_usable_password()


def _admin() -> Client:
    root = User.objects.filter(username="root").first() or User.objects.create_superuser("root")
    browser = Client()
    browser.force_login(root)
    return browser


def _free_the_name() -> None:
    User.objects.filter(username_key="alice").delete()


def _who_has(*passwords: str) -> list[User]:
    return [user for user in User.objects.all() if any(user.check_password(password) for password in passwords)]
