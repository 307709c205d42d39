"""Standard claims by scope, from one query."""

from collections.abc import Collection
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError

from accounts.claims import CLAIMS, known_groups, person_of
from accounts.claims import person as account
from accounts.models import PeopleGroup, User
from accounts.profile import check_attributes
from tests.support.builders import authorization, client_record
from tokens.protocol import scopes
from tokens.protocol.claims import in_userinfo, values
from tokens.protocol.records import ClaimsRequest


def claims(subject: str, scope: Collection[str], names: Collection[str] = ()) -> dict[str, object] | None:
    """As userinfo tells them: what scopes cover, and what is asked for one by one."""
    known, client = person_of(subject), client_record(scope=scopes.SUPPORTED, username_as_name=False)
    asking = authorization(claims=ClaimsRequest(userinfo=tuple(names)))
    return values(in_userinfo(asking, scope, client), known, client) if known is not None else None


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


def test_claims_attributes_and_groups_are_one_statement(person: User, django_assert_num_queries: Any) -> None:
    person.people_groups.set([PeopleGroup.objects.create(name=name) for name in ("hatters", "Hares", "hares")])
    person.groups.add(Group.objects.create(name="a role"))
    User.objects.update(attributes={"department": "Tea", "floors": ["1", "2"]})
    with django_assert_num_queries(1):
        known = person_of(str(person.pk))
    assert known is not None
    assert known.groups == ("Hares", "hares", "hatters")
    assert known.attributes == {"department": "Tea", "floors": ["1", "2"]}
    assert known.claims["name"] == "Alice Liddell"
    assert known_groups(["hatters", "HATTERS", "a role"]) == {"hatters"}


@pytest.mark.parametrize("value", [{}, {"a": "b"}, {"a.b-C_1": ["x", ""]}, {"a": 7, "b": True, "c": -(2**53 - 1)}])
def test_attributes_are_plain_values_and_lists_of_texts(value: object) -> None:
    check_attributes(value)


@pytest.mark.parametrize(
    "value",
    [
        *([], "a", None, {"": "a"}, {"1": "a"}, {"é": "a"}, {"a" * 65: "a"}, {"a b": "a"}),
        *({"a": {"b": "c"}}, {"a": None}, {"a": 1.5}, {"a": 2**53}, {"a": [1]}, {"a": [["b"]]}, {"a": "\x00"}),
        *({"a": "\n"}, {"a": ["\x00"]}, {"a": "a" * 1001}, {"a": ["a"] * 1001}, {f"a{i}": "" for i in range(51)}),
    ],
)
def test_what_no_client_could_read_is_no_attribute(value: object) -> None:
    with pytest.raises(ValidationError):
        check_attributes(value)


@pytest.mark.parametrize("name", ["a", "Domain Users", "team/tea", "a@b.example", "hätters_1", "a+b:c"])
def test_a_groups_name_is_a_word_or_some(db: None, name: str) -> None:
    PeopleGroup(name=name).full_clean()


@pytest.mark.parametrize("name", ["", " ", "a ", " a", "a,b", "a;b", "a\nb", "a\x00", '"a"', "a" * 101, "a\u200bb"])
def test_a_groups_name_cannot_be_taken_for_two_or_for_another(db: None, name: str) -> None:
    """Proxies write groups into one header, with commas between."""
    with pytest.raises(ValidationError):
        PeopleGroup(name=name).full_clean()


def test_a_claim_may_be_asked_for_by_its_name_and_one_that_we_do_not_have_is_left_out(
    person: User, django_assert_num_queries: Any
) -> None:
    subject = str(person.pk)
    names = ["email", "birthdate", "sub", "password", "username", "is_staff", ""]
    assert claims(subject, (), names) == {"email": "Alice@Example.org"}
    profile = claims(subject, ["profile"])
    assert profile is not None
    with django_assert_num_queries(1):
        assert claims(subject, ["profile"], ["name", "email_verified"]) == profile | {"email_verified": False}


def test_every_claim_of_the_table_is_said_of_who_has_it(db: None) -> None:
    columns: dict[str, Any] = {
        "name": "Robert Roe",
        "given_name": "Robert",
        "family_name": "Roe",
        "middle_name": "James",
        "nickname": "Bob",
        "profile": "https://example.org/bob",
        "picture": "https://example.org/bob.jpg",
        "website": "https://bob.example",
        "gender": "male",
        "birthdate": "0000-02-29",
        "zoneinfo": "Europe/Paris",
        "locale": "fr-FR",
        "email_verified": True,
        "phone_number": "+33 1 23 45 67 89",
        "phone_number_verified": True,
    }
    place = {"street_address": "1 rue de la Paix", "locality": "Paris", "postal_code": "75002", "country": "France"}
    bob = User.objects.create_user("bob", "bob@example.org", **columns, **place)
    bob.full_clean(exclude=["password"])
    told = claims(str(bob.pk), {*scopes.SUPPORTED} - {"groups"})
    assert told == columns | {
        "email": "bob@example.org",
        "preferred_username": "bob",
        "updated_at": int(bob.updated_at.timestamp()),
        "address": {"formatted": "1 rue de la Paix\n75002 Paris\nFrance", **place},
    }
    assert told.keys() == CLAIMS.keys() == scopes.CLAIMS.keys() - {"groups"}
    assert told == {name: value for each in CLAIMS for name, value in (claims(str(bob.pk), (), [each]) or {}).items()}


def test_each_scope_covers_the_claims_that_the_specification_gives_it() -> None:
    """OpenID Connect Core §5.4."""
    covered = {scope: set(scopes.claims_of([scope])) for scope in scopes.SUPPORTED}
    assert covered == {
        "openid": set(),
        "profile": {"name", "family_name", "given_name", "middle_name", "nickname", "preferred_username"}
        | {"profile", "picture", "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at"},
        "email": {"email", "email_verified"},
        "address": {"address"},
        "phone": {"phone_number", "phone_number_verified"},
        "groups": {"groups"},
        "offline_access": set(),
    }


def test_of_an_address_the_parts_are_told_that_there_are(db: None) -> None:
    bob = User.objects.create_user("bob", country="France")
    assert claims(str(bob.pk), {"address"}) == {"address": {"formatted": "France", "country": "France"}}


def test_nothing_is_verified_that_is_not_there(db: None) -> None:
    bob = User.objects.create_user("bob", email_verified=True, phone_number_verified=True)
    assert claims(str(bob.pk), {"email", "phone", "address"}) == {}


@pytest.mark.parametrize(
    ("column", "good", "bad"),
    [
        ("birthdate", ["1970-01-31", "1970", "0000-02-29"], ["0000", "1970-02-30", "1970-1-1", "\uff11970"]),
        ("zoneinfo", ["Europe/Paris", "UTC", "America/Argentina/Ushuaia", "Etc/GMT+1"], ["Paris!", "+01:00", "a/"]),
        ("locale", ["en", "en-GB", "zh-Hant-TW"], ["en_GB", "english", "e", "en-"]),
        ("phone_number", ["+1 (604) 555-1234;ext=5678", "+33123456789"], ["555 1234", "+1 604 five", "+1\n604555"]),
        *(
            (link, ["https://example.org/a", "http://example.org"], ["javascript:alert(1)", "example.org", "ftp://a.b"])
            for link in ("profile", "picture", "website")
        ),
    ],
)
def test_a_column_holds_what_its_claim_may_say(db: None, column: str, good: list[str], bad: list[str]) -> None:
    bob = User.objects.create_user("bob")
    for text in good:
        setattr(bob, column, text)
        bob.full_clean(exclude=["password"])
    for text in bad:
        setattr(bob, column, text)
        with pytest.raises(ValidationError):
            bob.full_clean(exclude=["password"])


def test_what_is_not_known_is_left_out(db: None) -> None:
    bob = User.objects.create_user("bob", given_name="Bob", family_name="Roe")
    told = claims(str(bob.pk), {"profile", "email"})
    assert told is not None
    assert told.pop("updated_at")
    assert told == {"name": "Bob Roe", "given_name": "Bob", "family_name": "Roe", "preferred_username": "bob"}


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
