"""refresh_token: rotation, retries, replays and ends, without HTTP."""

import base64
import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from tests.grants.family import ABSOLUTE, IDLE, SCOPE, Family, Make
from tests.support import builders
from tests.support.held import held, written
from tokens.conf import minter
from tokens.grants import redeem
from tokens.protocol import handles, journal, records
from tokens.protocol.errors import InvalidGrant, InvalidRequest, InvalidScope, Replayed, UnauthorizedClient
from tokens.protocol.records import RefreshToken
from tokens.protocol.token_request import TokenRequest
from tokens.stores import store

RETRY = timedelta(seconds=10)
INSTANT = timedelta(microseconds=1)


@pytest.fixture
def no_retry(settings: Settings) -> None:
    settings.TOKENS = replace(settings.TOKENS, refresh_retry=0)


# --- Rotation


@pytest.mark.covers("S29 rotate")
@pytest.mark.parametrize(
    ("kind", "rotate_refresh_tokens", "rotates"),
    [
        ("spa", None, True),
        ("native", None, True),
        ("web", None, False),
        ("web", True, True),
        ("web", False, False),
        ("spa", False, False),
    ],
)
def test_tokens_of_public_clients_rotate_unless_the_client_s_own_setting_says_otherwise(
    make_family: Make, kind: str, rotate_refresh_tokens: bool | None, rotates: bool
) -> None:
    family = make_family(kind, rotate_refresh_tokens=rotate_refresh_tokens)
    issuance = family.ask(family.first)
    assert (issuance.refresh_token is not None) is rotates
    assert (family.kept(family.first).spent_at is not None) is rotates
    assert len(held(records.RefreshToken)) == 1 + rotates


def test_a_successor_is_the_next_generation_with_the_same_scope_and_idle_time_anew(family: Family) -> None:
    after = timedelta(days=3)
    second = family.next(family.first, after)
    first, successor = family.kept(family.first), family.kept(second)
    assert first == RefreshToken(
        key=handles.key(family.first),
        authorization_id=family.authorization_id,
        client_id=family.client.client_id,
        generation=0,
        scope=SCOPE,
        expires=family.now + IDLE,
        spent_at=family.now + after,
    )
    renewed = family.now + after + IDLE
    assert successor == replace(first, key=handles.key(second), generation=1, expires=renewed, spent_at=None)


def test_a_token_that_does_not_rotate_works_again_and_again(make_family: Make) -> None:
    family = make_family("web")
    for hours in range(5):
        issuance = family.ask(family.first, timedelta(hours=hours))
        assert (issuance.refresh_token, issuance.scope, issuance.nonce) == (None, SCOPE, None)
    assert len(held(records.RefreshToken)) == 1


@pytest.mark.covers("S29 rotate", "CVE-2026-1035")
@pytest.mark.server("it reads the statements of a database")
@pytest.mark.sql("it reads its statements")
def test_the_first_statement_spends_the_token(family: Family) -> None:
    request = TokenRequest(grant_type="refresh_token", parameters={"refresh_token": family.first})
    with CaptureQueriesContext(connection) as captured:
        redeem(request, family.client, family.now)
    first = captured[0]["sql"].replace('"', "").replace("`", "").split()
    assert first[:4] == ["UPDATE", "tokens_refreshtoken", "SET", "spent_at"]


@pytest.mark.covers("S27 token", "S38 handles")
def test_a_successor_cannot_be_reckoned_from_its_predecessor_without_the_server_s_key(family: Family) -> None:
    second = family.next(family.first)
    for known in (family.first, handles.key(family.first), f"refresh_token {family.first}"):
        for digest in (hashlib.sha256(known.encode()).digest(), hashlib.sha512(known.encode()).digest()[:32]):
            assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() not in second
    rows = written(records.RefreshToken)
    assert family.first not in rows
    assert second not in rows


# --- A retry


@pytest.mark.covers("S30")
@pytest.mark.parametrize("after", [timedelta(0), INSTANT, RETRY - INSTANT])
def test_who_lost_the_answer_gets_the_same_successor_within_the_retry_time(family: Family, after: timedelta) -> None:
    second = family.next(family.first)
    assert [family.ask(family.first, after).refresh_token for _ in range(3)] == [second] * 3
    assert family.kept(second).spent_at is None
    assert len(held(records.RefreshToken)) == 2
    assert family.next(second, after)


@pytest.mark.covers("S29 reuse")
@pytest.mark.parametrize("after", [RETRY, RETRY + INSTANT, timedelta(days=1), IDLE + INSTANT])
def test_a_second_use_after_the_retry_time_is_a_replay(family: Family, after: timedelta) -> None:
    family.next(family.first)
    refused = family.refusal(family.first, after)
    assert isinstance(refused, Replayed)
    assert refused.authorization.id == family.authorization_id


@pytest.mark.covers("S30")
def test_a_node_whose_clock_is_behind_takes_a_retry_for_one(family: Family) -> None:
    second = family.next(family.first)
    assert family.ask(family.first, -timedelta(seconds=5)).refresh_token == second


@pytest.mark.covers("S29 reuse", "KC #50999")
@pytest.mark.parametrize("after", [-timedelta(seconds=5), -INSTANT, timedelta(0), INSTANT])
@pytest.mark.usefixtures("no_retry")
def test_without_a_retry_time_every_second_use_is_a_replay_whatever_the_clocks_say(
    family: Family, after: timedelta
) -> None:
    """A request reads the clock before it waits for the row: the loser of a race may well have read it first."""
    family.next(family.first)
    assert isinstance(family.refusal(family.first, after), Replayed)


@pytest.mark.covers("S29 reuse", "S30", "DOT #1510")
def test_once_the_successor_was_used_a_retry_is_a_replay(family: Family) -> None:
    second = family.next(family.first)
    family.next(second, INSTANT)
    assert isinstance(family.refusal(family.first, 2 * INSTANT), Replayed)


@pytest.mark.covers("S29 reuse", "DOT #1510", "DOT #1617")
def test_an_old_generation_is_never_revived_though_the_one_after_it_may_be_retried(family: Family) -> None:
    second = family.next(family.first)
    third = family.next(second)
    assert family.ask(second).refresh_token == third
    assert isinstance(family.refusal(family.first), Replayed)
    fourth = family.next(third)
    for old in (family.first, second):
        assert isinstance(family.refusal(old), Replayed)
    assert family.ask(third).refresh_token == fourth


def test_a_retry_after_the_pepper_was_rotated_gets_the_successor_that_is_there(
    family: Family, settings: Settings
) -> None:
    second = family.next(family.first)
    settings.PEPPERS = {"new": b"n" * 32, **settings.PEPPERS}
    assert family.ask(family.first).refresh_token == second
    third = family.next(second)
    assert family.ask(second).refresh_token == third


def test_a_retry_whose_successor_is_gone_is_a_replay(family: Family, settings: Settings) -> None:
    """Its pepper was thrown away, or its row: nobody can be told it again."""
    family.next(family.first)
    settings.PEPPERS = {"new": b"n" * 32}
    assert isinstance(family.refusal(family.first), Replayed)


# --- Whose, and until when


@pytest.mark.covers("CVE-2026-16089")
@pytest.mark.parametrize("spent", [False, True])
@pytest.mark.parametrize("rotates", [False, True])
def test_another_client_gets_nothing_spends_nothing_and_replays_nothing(
    make_family: Make, spent: bool, rotates: bool
) -> None:
    family = make_family()
    token = family.first
    second = family.next(token) if spent else None
    other = {"client_id": "0.other", "rotate_refresh_tokens": rotates}
    assert type(family.refusal(token, timedelta(hours=1), **other)) is InvalidGrant
    assert family.next(second or token)


@pytest.mark.covers("S31")
@pytest.mark.parametrize("kind", ["spa", "web"])
def test_a_token_that_is_not_used_ends_and_each_use_begins_the_time_anew(make_family: Make, kind: str) -> None:
    family = make_family(kind)
    assert type(family.refusal(family.first, IDLE)) is InvalidGrant
    token = family.ask(family.first, IDLE - INSTANT).refresh_token or family.first
    assert type(family.refusal(token, 2 * IDLE - INSTANT)) is InvalidGrant
    family.ask(token, 2 * IDLE - 2 * INSTANT)


@pytest.mark.covers("S31", "DOT #746")
@pytest.mark.parametrize("kind", ["spa", "web"])
def test_however_often_it_is_used_it_ends_with_its_authorization(make_family: Make, kind: str) -> None:
    family = make_family(kind)
    token, after = family.first, timedelta(0)
    while after + timedelta(days=20) < ABSOLUTE:
        after += timedelta(days=20)
        token = family.ask(token, after).refresh_token or token
    assert family.kept(token).expires == family.now + ABSOLUTE
    family.ask(token, ABSOLUTE - INSTANT, rotate_refresh_tokens=False)
    assert type(family.refusal(token, ABSOLUTE)) is InvalidGrant


def test_a_token_that_does_not_rotate_is_written_at_most_every_five_minutes(make_family: Make) -> None:
    family = make_family("web")
    ends = []
    for after in (timedelta(0), timedelta(minutes=5) - INSTANT, timedelta(minutes=5), timedelta(minutes=6)):
        family.ask(family.first, after)
        ends.append(family.kept(family.first).expires - family.now - IDLE)
    assert ends == [timedelta(0), timedelta(0), timedelta(minutes=5), timedelta(minutes=5)]


@pytest.mark.covers("S34 refresh")
@pytest.mark.parametrize("kind", ["spa", "web"])
def test_a_revoked_family_gives_nothing_and_is_not_spent(make_family: Make, kind: str) -> None:
    family = make_family(kind)
    store().journal.revoke(journal.authorization(family.authorization_id), family.now + ABSOLUTE)
    assert type(family.refusal(family.first)) is InvalidGrant
    assert family.kept(family.first).spent_at is None


# --- Scope


@pytest.mark.covers("S32 scope")
@pytest.mark.parametrize("kind", ["spa", "web"])
def test_a_narrower_scope_is_for_one_access_token_and_the_whole_comes_back(make_family: Make, kind: str) -> None:
    family = make_family(kind)
    issuance = family.ask(family.first, scope="email openid")
    assert issuance.scope == ("email", "openid")
    token = issuance.refresh_token or family.first
    assert family.kept(token).scope == SCOPE
    assert family.ask(token).scope == SCOPE


@pytest.mark.covers("S32 scope")
@pytest.mark.parametrize("kind", ["spa", "web"])
@pytest.mark.parametrize("scope", ["openid offline_access", "offline_access", "openid  email", " ", "OPENID", "admin"])
def test_a_wider_scope_is_refused_and_burns_nothing(make_family: Make, kind: str, scope: str) -> None:
    family = make_family(kind)
    before = family.kept(family.first)
    assert isinstance(family.refusal(family.first, timedelta(days=1), scope=scope), InvalidScope)
    assert family.kept(family.first) == before
    assert len(held(records.RefreshToken)) == 1
    assert family.ask(family.first).scope == SCOPE


@pytest.mark.covers("S32 scope")
@pytest.mark.parametrize("kind", ["spa", "web"])
def test_a_scope_that_was_dropped_before_is_dropped_again(make_family: Make, kind: str) -> None:
    family = make_family(kind)
    assert family.ask(family.first, scope="openid profile email admin").scope == ("openid", "profile", "email")


@pytest.mark.covers("S32 scope")
def test_a_retry_may_ask_for_less_but_not_for_more(family: Family) -> None:
    second = family.next(family.first)
    assert isinstance(family.refusal(family.first, scope="openid offline_access"), InvalidScope)
    retried = family.ask(family.first, scope="openid")
    assert (retried.scope, retried.refresh_token) == (("openid",), second)


# --- What is no refresh token


def test_a_request_without_a_token_asks_no_store(family: Family) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert isinstance(family.refusal(None), InvalidRequest)
    assert [query for query in captured if "tokens_" in query["sql"]] == []


@pytest.mark.covers("S78 garbage")
@pytest.mark.parametrize("token", ["x", "\x00", "0." + "A" * 42, "0." + "A" * 44, "x" * 100_000, "\ud800"])
@pytest.mark.parametrize("rotates", [False, True])
def test_a_text_that_cannot_be_one_asks_no_store(family: Family, token: str, rotates: bool) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert type(family.refusal(token, rotate_refresh_tokens=rotates)) is InvalidGrant
    assert [query for query in captured if "tokens_" in query["sql"]] == []


@pytest.mark.covers("CVE-2026-4282")
def test_nothing_else_of_ours_is_a_refresh_token(family: Family) -> None:
    code, kept = builders.save_code(family.client.client_id, builders.SUBJECT)
    others = [code, kept.key, kept.authorization.id, family.authorization_id, handles.key(family.first)]
    for other in [*others, family.client.client_id, minter().mint()]:
        for rotates in (False, True):
            assert type(family.refusal(other, rotate_refresh_tokens=rotates)) is InvalidGrant
    family.next(family.first)


@pytest.mark.covers("S51 allow-list")
def test_a_client_that_may_no_longer_refresh_gets_nothing_and_spends_nothing(family: Family) -> None:
    refused = family.refusal(family.first, grant_types=("authorization_code",))
    assert isinstance(refused, UnauthorizedClient)
    family.next(family.first)
