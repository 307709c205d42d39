"""Refresh tokens that have no row: spent and swept long ago, or never ours. The first ends the family, the second
nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from tests.grants.family import IDLE, Family, Make
from tests.support.held import held, sweep
from tokens.conf import minter
from tokens.protocol import handles, journal, refresh_token
from tokens.protocol.errors import InvalidGrant, Replayed
from tokens.protocol.handles import Handle, Minter
from tokens.protocol.records import NO_KEY, Confirmation, RefreshToken
from tokens.protocol.refresh_token import Generation
from tokens.stores import store

AGE = IDLE + timedelta(days=10)
GENERATIONS = 3
REFRESHES = 100


@pytest.fixture
def family(make_family: Make) -> Family:
    """One that began so long ago that its first tokens are swept."""
    return make_family(age=AGE)


@pytest.fixture
def tokens(family: Family) -> list[Handle]:
    """Each generation but the last was swept; the last works."""
    tokens = [family.first]
    for hours in range(GENERATIONS):
        tokens.append(family.next(tokens[-1], timedelta(hours=hours)))
    tokens.append(family.next(tokens[-1], AGE - timedelta(days=15)))
    assert sweep(RefreshToken)
    assert held(RefreshToken, spent_at__isnull=False) == []
    return tokens


def said(token: str) -> Generation:
    generation = refresh_token.parse(token)
    assert generation is not None
    return generation


def is_unknown(family: Family, token: str) -> None:
    """It is refused, no replay of anything, and the last token works."""
    assert store().refresh_tokens.get(handles.key(Handle(token)), family.client.client_id) is None
    assert type(family.refusal(token, AGE)) is InvalidGrant


@pytest.mark.covers("S29 rotate")
@pytest.mark.sql("elsewhere a token that was spent goes by itself")
def test_a_family_has_two_rows_however_often_it_is_refreshed_and_each_spent_token_ends_it(make_family: Make) -> None:
    family = make_family()
    tokens = [family.first]
    for generation in range(1, REFRESHES + 1):
        tokens.append(family.next(tokens[-1], timedelta(minutes=generation)))
        assert [row.generation for row in sorted(held(RefreshToken), key=lambda row: row.generation)] == [
            generation - 1,
            generation,
        ]
    for spent in tokens[:-1]:
        assert isinstance(family.refusal(spent, timedelta(minutes=REFRESHES + 1)), Replayed)
    assert family.next(tokens[-1], timedelta(minutes=REFRESHES + 1))


def test_a_refusal_forgets_nothing(make_family: Make) -> None:
    """What was spent stays what it is to a retry: an honest client's second try must not end its family."""
    family = make_family()
    tokens = [family.first]
    for _ in range(2):
        tokens.append(family.next(tokens[-1]))
    before = held(RefreshToken)
    family.refusal(tokens[-1], scope="openid offline_access")
    assert held(RefreshToken) == before
    assert family.ask(tokens[1]).refresh_token == tokens[2]


@pytest.mark.sql("elsewhere a token that was spent goes by itself")
@pytest.mark.parametrize("removed", [1, 2, 3])
def test_a_pepper_that_was_removed_leaves_a_few_rows_and_no_more(
    make_family: Make, settings: Settings, removed: int
) -> None:
    """What a token replaced is known by the pepper that sealed both."""
    family = make_family()
    token = family.first
    for generation in range(8):
        if generation == removed:
            settings.PEPPERS = {"new": b"n" * 32}
        token = family.next(token)
    assert len(held(RefreshToken)) <= 4


@pytest.mark.covers("S29 reuse")
@pytest.mark.parametrize("number", range(GENERATIONS + 1))
def test_a_spent_token_whose_row_was_swept_is_a_replay_still(family: Family, tokens: list[Handle], number: int) -> None:
    assert store().refresh_tokens.get(handles.key(tokens[number]), family.client.client_id) is None
    refused = family.refusal(tokens[number], AGE)
    assert isinstance(refused, Replayed)
    assert refused.authorization.id == family.authorization_id
    assert family.next(tokens[-1], AGE), "to end the family is what the token endpoint does"


@pytest.mark.covers("S29 reuse")
def test_it_is_one_under_every_pepper_that_is_known_and_none_under_one_that_was_removed(
    family: Family, tokens: list[Handle], settings: Settings
) -> None:
    before = settings.PEPPERS
    settings.PEPPERS = {"new": b"n" * 32, **before}
    assert isinstance(family.refusal(tokens[0], AGE), Replayed)
    settings.PEPPERS = {"new": b"n" * 32}
    is_unknown(family, tokens[0])
    assert family.next(tokens[-1], AGE), "a row is found without a MAC"


@pytest.mark.parametrize("rotates", [False, True])
def test_who_cannot_seal_ends_nothing(family: Family, tokens: list[Handle], rotates: bool) -> None:
    first = said(tokens[0])
    stranger = Minter(region="0", peppers={"1": b"x" * 32})
    made_up = [
        replace(first, mac=bytes(24)),
        replace(first, mac=said(tokens[1]).mac),
        replace(first, number=GENERATIONS + 2),
        replace(first, number=2**32 - 1),
        replace(first, secret=bytes(20)),
        replace(first, authorization_id=minter().mint()),
        replace(first, region="elsewhere"),
        refresh_token.begin(family.authorization_id, family.client.client_id, ("a code",), stranger),
    ]
    altered = [tokens[0][:-1], tokens[0] + "A", tokens[0].swapcase(), tokens[0].lower(), tokens[0][:-4]]
    for token in [*(each.text for each in made_up), *altered]:
        refused = family.refusal(token, AGE, rotate_refresh_tokens=rotates)
        assert type(refused) is InvalidGrant, token
    assert family.next(tokens[-1], AGE)


@pytest.mark.covers("CVE-2026-16089")
def test_another_client_replays_nothing(make_family: Make, family: Family, tokens: list[Handle]) -> None:
    is_unknown(family, refresh_token.begin(family.authorization_id, "0.other", ("a code",), minter()).text)
    assert type(family.refusal(tokens[0], AGE, client_id="0.other")) is InvalidGrant
    assert family.next(tokens[-1], AGE)


@pytest.mark.covers("S38 handles")
def test_who_knows_the_pepper_and_the_database_but_held_no_token_ends_nothing(
    family: Family, tokens: list[Handle]
) -> None:
    is_unknown(family, refresh_token.begin(family.authorization_id, family.client.client_id, ("code",), minter()).text)
    assert family.next(tokens[-1], AGE)


@pytest.mark.server("it reads the statements of a database")
@pytest.mark.sql("it reads its statements")
def test_a_made_up_token_costs_no_look_at_the_authorization(family: Family, tokens: list[Handle]) -> None:
    looks = []
    for token in (replace(said(tokens[0]), mac=bytes(24)).text, tokens[0]):
        with CaptureQueriesContext(connection) as captured:
            family.refusal(token, AGE)
        looks.append(len([query for query in captured if "FROM tokens_authorization" in query["sql"]]))
    assert looks == [0, 1]


def test_where_the_family_is_over_there_is_nothing_to_end(family: Family, tokens: list[Handle]) -> None:
    store().journal.revoke(journal.authorization(family.authorization_id), family.now + AGE * 2)
    assert type(family.refusal(tokens[0], AGE)) is InvalidGrant


def test_a_client_whose_tokens_do_not_rotate_has_spent_none(make_family: Make) -> None:
    """It was away for longer than a token may be idle: that is no replay."""
    family = make_family("web", age=AGE)
    assert sweep(RefreshToken) == 1
    assert type(family.refusal(family.first, AGE)) is InvalidGrant


def test_who_has_not_the_key_that_the_family_is_bound_to_cannot_end_it(make_family: Make) -> None:
    key = Confirmation(jkt="key")
    family = make_family(age=AGE, confirmation=key)
    last = family.ask(family.first, IDLE - timedelta(days=1), confirmation=key).refresh_token
    assert sweep(RefreshToken) == 1
    for other in (NO_KEY, Confirmation(jkt="another"), Confirmation(x5t_s256="key")):
        assert type(family.refusal(family.first, AGE, confirmation=other)) is InvalidGrant
    assert isinstance(family.refusal(family.first, AGE, confirmation=key), Replayed)
    assert family.ask(last, AGE, confirmation=key).refresh_token


def test_the_generation_in_the_text_is_that_of_the_row(family: Family, tokens: list[Handle]) -> None:
    last = store().refresh_tokens.get(handles.key(tokens[-1]), family.client.client_id)
    assert last is not None
    assert [said(token).number for token in tokens] == list(range(last.generation + 1))
