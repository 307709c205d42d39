"""A failed sign-in costs the same at every account and at none, whatever their hashes are: work is counted, no time."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from typing import Any

import argon2
import pytest
from argon2 import low_level
from django.contrib.auth import hashers
from django.contrib.auth.hashers import make_password
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.hash_kinds import foreign_kind, owed, todays_kind
from accounts.models import PasswordKind, User
from accounts.sign_in import equal_work
from accounts.sign_in.hashers import Argon2
from tests.support.people import PASSWORD

LOGIN = "/accounts/login/"
SALT = "somesaltofsomelength"


def _pbkdf2(rounds: int) -> str:
    return hashers.PBKDF2PasswordHasher().encode(PASSWORD, SALT, rounds)


def _argon2(memory: int, rounds: int, lanes: int) -> str:
    hashed = low_level.hash_secret(PASSWORD.encode(), SALT.encode(), rounds, memory, lanes, 32, low_level.Type.ID)
    return f"argon2{hashed.decode()}"


FOREIGN: dict[str, Callable[[], str]] = {
    "pbkdf2": lambda: _pbkdf2(1000),
    "more pbkdf2": lambda: _pbkdf2(3000),
    "argon2": lambda: _argon2(64, 1, 1),
    "more rounds": lambda: _argon2(64, 3, 1),
    "more lanes": lambda: _argon2(64, 1, 2),
    "more rounds than today": lambda: _argon2(32, 5, 1),
}
OURS: dict[str, Callable[[], str]] = {
    "today": lambda: make_password(PASSWORD),
    "unusable": lambda: make_password(None),
    "gibberish": lambda: "what is this",
    "another hasher": lambda: "bcrypt_sha256$$2b$12$abcdefgh",
}
PRESENT = [(), *combinations(FOREIGN, 1), *combinations(FOREIGN, 2), tuple(FOREIGN)]


@pytest.fixture(autouse=True)
def _cheap(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ACCOUNTS = replace(settings.ACCOUNTS, failures_per_address=100_000)
    monkeypatch.setattr(Argon2, "memory_cost", 32)


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Counter[tuple[Any, ...]]:
    """Rounds by family: of Argon2 its memory and lanes."""
    done: Counter[tuple[Any, ...]] = Counter()
    pbkdf2, hash_secret, verify = hashers.pbkdf2, low_level.hash_secret, argon2.PasswordHasher.verify  # type: ignore[attr-defined]

    def counted_pbkdf2(password: str, salt: str, iterations: int, **options: Any) -> Any:
        done["pbkdf2",] += iterations
        return pbkdf2(password, salt, iterations, **options)

    def counted_hash(*args: Any, **kwargs: Any) -> Any:
        names = ("secret", "salt", "time_cost", "memory_cost", "parallelism")
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        done["argon2", given["memory_cost"], given["parallelism"]] += given["time_cost"]
        return hash_secret(*args, **kwargs)

    def counted_verify(self: Any, hashed: str, password: str) -> Any:
        found = argon2.extract_parameters(hashed)
        done["argon2", found.memory_cost, found.parallelism] += found.time_cost
        return verify(self, hashed, password)

    monkeypatch.setattr(hashers, "pbkdf2", counted_pbkdf2)
    monkeypatch.setattr(low_level, "hash_secret", counted_hash)
    monkeypatch.setattr(argon2.PasswordHasher, "verify", counted_verify)
    return done


@pytest.mark.covers("S59 timing")
@pytest.mark.parametrize("present", PRESENT, ids=" and ".join)
def test_a_wrong_password_costs_the_same_at_every_account_and_at_none(
    db: None, work: Counter[tuple[Any, ...]], present: tuple[str, ...]
) -> None:
    made = {name: make() for name, make in {**{name: FOREIGN[name] for name in present}, **OURS}.items()}
    for number, hashed in enumerate(made.values()):
        User.objects.create(username=f"u{number}", password=hashed)
    spent = []
    for login in [f"u{number}" for number in range(len(made))] + ["nobody"]:
        work.clear()
        assert Client().post(LOGIN, {"login": login, "password": "wrong"}).status_code == 422
        spent.append(dict(work))
    assert all(each == spent[-1] for each in spent), dict(zip([*made, "nobody"], spent, strict=True))
    assert spent[-1]["argon2", 32, 1] >= 1


def test_of_a_family_it_is_the_dearest_that_counts(db: None, work: Counter[tuple[Any, ...]]) -> None:
    for name in ("pbkdf2", "more pbkdf2"):
        User.objects.create(username=name.replace(" ", ""), password=FOREIGN[name]())
    work.clear()
    Client().post(LOGIN, {"login": "nobody", "password": "wrong"})
    assert work == {("pbkdf2",): 3000, ("argon2", 32, 1): 1}


def test_what_came_by_a_way_that_told_nobody_is_noticed_at_the_first_guess(
    db: None, work: Counter[tuple[Any, ...]]
) -> None:
    User.objects.create(username="alice")
    User.objects.update(password=FOREIGN["pbkdf2"]())
    assert not PasswordKind.objects.present()
    Client().post(LOGIN, {"login": "alice", "password": "wrong"})
    assert PasswordKind.objects.present() == {"pbkdf2_sha256$1000"}
    work.clear()
    Client().post(LOGIN, {"login": "nobody", "password": "wrong"})
    assert work["pbkdf2",] == 1000


@pytest.mark.parametrize("way", ["create", "bulk", "save", "all fields"])
def test_each_way_that_brings_a_hash_notes_its_kind(db: None, way: str) -> None:
    hashed = FOREIGN["more lanes"]()
    if way == "create":
        User.objects.create(username="alice", password=hashed)
    elif way == "bulk":
        User.objects.bulk_create([User(username="alice", username_key="alice", password=hashed)])
    else:
        person = User.objects.create_user("alice", password=PASSWORD)
        person.password = hashed
        person.save(update_fields=["password"] if way == "save" else None)
    assert PasswordKind.objects.present() == {"argon2$argon2id$v=19$m=64,t=1,p=2"}


@pytest.mark.parametrize("password", [PASSWORD, None])
def test_todays_hashes_are_noted_nowhere_and_cost_no_statement(
    db: None, password: str | None, django_assert_num_queries: Any
) -> None:
    person = User.objects.create_user("alice", password=password)
    with django_assert_num_queries(1):
        person.save(update_fields=["last_login", "password"]) if password is None else person.save()
    assert not PasswordKind.objects.exists()


def test_a_look_at_all_accounts_remembers_what_is_there_and_forgets_what_is_gone(db: None) -> None:
    PasswordKind.objects.note(["pbkdf2_sha256$12345"])
    everything = {**FOREIGN, **OURS}
    for number in range(len(everything)):
        User.objects.create(username=f"u{number}")
    for number, make in enumerate(everything.values()):
        User.objects.filter(username=f"u{number}").update(password=make())
    equal_work.look_at_all()
    kinds = {kind for kind in (foreign_kind(make()) for make in everything.values()) if kind}
    assert PasswordKind.objects.present() == kinds
    assert len(kinds) == len(FOREIGN)


def test_the_kind_of_today_is_that_of_what_is_hashed_today() -> None:
    assert make_password(PASSWORD).startswith(f"{todays_kind()}$")
    assert foreign_kind(make_password(PASSWORD)) == ""
    assert Argon2().must_update(FOREIGN["argon2"]())
    assert not Argon2().must_update(make_password(PASSWORD))


@pytest.mark.parametrize("cost", [pytest.param((Argon2.memory_cost, Argon2.time_cost, Argon2.parallelism), id="")])
def test_outside_of_tests_a_hash_takes_what_owasp_recommends(cost: tuple[int, int, int]) -> None:
    """Read before the tests begin: within them it takes next to nothing (`tests.quick_hashes`)."""
    assert cost == (46 * 1024, 1, 1)


def test_who_signs_in_with_an_older_hash_has_todays_from_then_on(db: None) -> None:
    User.objects.create(username="alice", password=FOREIGN["pbkdf2"]())
    assert Client().post(LOGIN, {"login": "alice", "password": PASSWORD}).status_code == 303
    assert foreign_kind(User.objects.get().password) == ""


def test_what_nobody_knows_owes_nothing() -> None:
    assert list(owed(["bcrypt$12"], "")) == []
