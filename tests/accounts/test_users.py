"""Accounts: their names, their epoch, createsuperuser."""

import uuid
from typing import Any
from unicodedata import normalize

import pytest
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.signals import subject_changed
from tests.accounts.signed_in import Listen
from tests.support.people import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("alice", "ALICE"),
        ("file", "ﬁle"),
        ("strasse", "straße"),
        ("i\u0307stanbul", "İstanbul"),
        ("alice", "\uff41\uff4c\uff49\uff43\uff45"),
        ("\u212bngstrom", "ångstrom"),
        ("cafe\u0301", "café"),
    ],
)
def test_two_spellings_of_one_username_are_one_account(first: str, second: str) -> None:
    User.objects.create_user(first)
    with pytest.raises(ValidationError, match="taken"):
        User.objects.create_user(second)
    with pytest.raises(IntegrityError), transaction.atomic():
        User(username=second, password="!").save()
    assert User.objects.by_identifier(second) == User.objects.get()


def test_a_dotless_i_is_another_letter() -> None:
    User.objects.create_user("mike", "mike@example.org")
    assert User.objects.create_user("m\u0131ke") != User.objects.get(username="mike")
    assert User.objects.by_identifier("m\u0131ke@example.org") is None


def test_mail_goes_to_the_address_as_it_was_given() -> None:
    person = User.objects.create_user("alice", "Alice.L@Example.org")
    assert User.objects.by_identifier("ALICE.l@example.ORG") == person
    assert User.objects.get().email == "Alice.L@Example.org"


def test_an_address_belongs_to_one_account() -> None:
    User.objects.create_user("alice", "alice@example.org")
    with pytest.raises(ValidationError, match="another account"):
        User.objects.create_user("bob", "ALICE@example.org")
    User.objects.create_user("bob")
    User.objects.create_user("carol")  # no address is not a shared one


def test_nobody_signs_in_as_another_by_a_username_that_is_their_address() -> None:
    User.objects.create_user("alice", "alice@example.org")
    with pytest.raises(ValidationError, match="own e-mail address"):
        User.objects.create_user("ALICE@example.org", "mallory@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        User(username="alice@example.org", password="!").save()
    assert User.objects.create_user("bob@example.org", "bob@example.org").username_key


def test_the_subject_is_a_uuid_that_a_new_account_of_the_same_name_does_not_get() -> None:
    first = User.objects.create_user("alice")
    subject = first.pk
    assert isinstance(subject, uuid.UUID)
    first.delete()
    assert User.objects.create_user("alice").pk != subject


def test_a_changed_password_or_a_switched_off_account_moves_the_epoch_and_says_so_once(listen: Listen) -> None:
    heard: list[str] = []

    def hear(subject: str, **_: object) -> None:
        heard.append(subject)

    listen(subject_changed, hear)
    person = User.objects.create_user("alice", password=PASSWORD)
    person.set_password("another long passphrase")
    person.save()
    assert (person.security_epoch, len(heard)) == (1, 1)
    person.is_active = False
    person.save(update_fields=["is_active"])
    assert (User.objects.get().security_epoch, heard) == (2, [str(person.pk)] * 2)
    person.name = "Alice"
    person.save()
    assert (User.objects.get().security_epoch, len(heard)) == (2, 2)


def test_a_receiver_that_fails_keeps_the_change_from_happening(person: User, listen: Listen) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("journal away")

    listen(subject_changed, fail)
    person.is_active = False
    with pytest.raises(RuntimeError, match="journal away"), transaction.atomic():
        person.save()
    assert User.objects.get().is_active


def test_a_hash_made_anew_by_todays_rules_is_not_a_change_of_password(person: User) -> None:
    User.objects.update(password=make_password(PASSWORD, hasher="pbkdf2_sha256"))
    person = User.objects.get()
    epoch = person.security_epoch
    assert person.check_password(PASSWORD)
    person.save()
    fresh = User.objects.get()
    assert fresh.password.startswith("argon2")
    assert fresh.security_epoch == epoch


@pytest.mark.covers("S56 truncation", "S56 Unicode", "S56 64")
def test_a_password_is_the_same_however_its_letters_are_composed_and_is_never_cut(person: User) -> None:
    long = "pässwörd 密码 🗝 " * 10
    person.set_password(normalize("NFD", long))
    assert person.check_password(normalize("NFC", long))
    assert not person.check_password(long[:-1])


@pytest.mark.parametrize(
    ("column", "before", "after"),
    [("email", "alice@example.org", "mallory@example.org"), ("phone_number", "+1 604 555 1234", "+1 604 555 9999")],
)
@pytest.mark.parametrize("how", ["whole", "column", "unloaded", "spelling"])
def test_a_changed_address_is_not_verified_because_the_one_before_was(
    column: str, before: str, after: str, how: str
) -> None:
    verified = f"{column}_verified"
    columns: dict[str, Any] = {"email": "", column: before, verified: True}
    person = User.objects.create_user("alice", **columns)
    if how == "unloaded":
        person = User.objects.only("username").get()
    setattr(person, column, before.upper().replace(" ", "-") if how == "spelling" else after)
    person.save(update_fields=[column] if how in ("column", "unloaded") else None)
    assert not getattr(User.objects.get(), verified)


def test_who_sets_an_address_and_says_that_it_is_verified_is_believed() -> None:
    person = User.objects.create_user("alice", "alice@example.org")
    person.email, person.email_verified = "alice@example.net", True
    person.save(update_fields=["email", "email_verified"])
    assert User.objects.get().email_verified
    person.name = "Alice"
    person.save()
    assert User.objects.get().email_verified


def test_what_one_verified_is_never_what_another_wrote_meanwhile() -> None:
    verifying = User.objects.create_user("alice", "alice@example.org")
    changing = User.objects.get()
    changing.email = "mallory@example.org"
    changing.save(update_fields=["email"])
    verifying.email_verified = True
    verifying.save(update_fields=["email_verified"])
    row = User.objects.get()
    assert (row.email, row.email_key, row.email_verified) == ("alice@example.org", "alice@example.org", True)


@pytest.mark.covers("S65")
def test_a_new_deployment_has_no_account(db: None) -> None:
    assert list(User.objects.all()) == []


def test_createsuperuser_works_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_USERNAME", "root")
    monkeypatch.setenv("DJANGO_SUPERUSER_EMAIL", "root@example.org")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", "--noinput", verbosity=0)
    root = User.objects.get()
    assert (root.username, root.email, root.is_staff, root.is_superuser) == ("root", "root@example.org", True, True)
    assert root.check_password(PASSWORD)
    assert root.email_verified
    with pytest.raises(CommandError, match="taken"):
        call_command("createsuperuser", "--noinput", "--username=ROOT", verbosity=0)
    with pytest.raises(CommandError, match="another account"):
        call_command("createsuperuser", "--noinput", "--username=toor", verbosity=0)
