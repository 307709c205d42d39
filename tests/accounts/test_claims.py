"""Standard claims by scope, from one query."""

from collections.abc import Collection
from typing import Any

import pytest

from accounts.claims import CLAIMS, claims_of
from accounts.claims import person as account
from accounts.models import User
from tokens.protocol import scopes


def claims(subject: str, scope: Collection[str], names: Collection[str] = ()) -> dict[str, object] | None:
    """As userinfo asks: what scopes cover, and what is asked for one by one."""
    return claims_of(subject, {*scopes.claims_of(scope), *names})


def test_the_scopes_decide_what_is_said(person: User, django_assert_num_queries: Any) -> None:
    profile = {
        "name": "Alice Liddell",
        "preferred_username": "alice",
        "updated_at": int(person.updated_at.timestamp()),
    }
    email = {"email": "Alice@Example.org", "email_verified": False}
    subject = str(person.pk)
    assert claims(subject, {"openid"}) == {}
    assert claims(subject, {"openid", "profile"}) == profile
    assert claims(subject, {"openid", "email"}) == email
    with django_assert_num_queries(1):
        assert claims(subject, {"openid", "email", "profile"}) == profile | email
    with django_assert_num_queries(1):
        assert account(subject) == person


def test_a_claim_may_be_asked_for_by_its_name_and_one_that_we_do_not_have_is_left_out(
    person: User, django_assert_num_queries: Any
) -> None:
    subject = str(person.pk)
    assert claims(subject, (), ["email", "birthdate", "sub", "password", ""]) == {"email": "Alice@Example.org"}
    profile = claims(subject, ["profile"])
    assert profile is not None
    with django_assert_num_queries(1):
        assert claims(subject, ["profile"], ["name", "email_verified"]) == profile | {"email_verified": False}


def test_every_claim_of_the_table_is_said_of_who_has_it(db: None) -> None:
    bob = User.objects.create_user("bob", "bob@example.org", given_name="Bob", family_name="Roe", email_verified=True)
    values = claims(str(bob.pk), set(scopes.SUPPORTED))
    assert values is not None
    assert values.keys() == CLAIMS.keys() == {name for each in CLAIMS for name in claims(str(bob.pk), (), [each]) or {}}


def test_what_is_not_known_is_left_out(db: None) -> None:
    bob = User.objects.create_user("bob", given_name="Bob", family_name="Roe")
    values = claims(str(bob.pk), {"profile", "email"})
    assert values is not None
    assert values.pop("updated_at")
    assert values == {"name": "Bob Roe", "given_name": "Bob", "family_name": "Roe", "preferred_username": "bob"}


def test_nothing_is_said_of_a_switched_off_account(person: User) -> None:
    person.is_active = False
    person.save()
    assert claims(str(person.pk), {"profile"}) is None
    assert account(str(person.pk)) is None


@pytest.mark.parametrize("subject", ["", "x", "\x00", "0" * 32, "f" * 36, "{0}", "é" * 36])
def test_a_subject_that_is_no_id_is_nobody(db: None, subject: str) -> None:
    assert claims(subject, {"profile"}) is None
    assert account(subject) is None


def test_another_spelling_of_an_id_is_nobody(person: User) -> None:
    assert claims(person.pk.hex, {"profile"}) is None
    assert claims(str(person.pk).upper(), {"profile"}) is None
