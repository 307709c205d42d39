"""Refresh tokens that were spent long ago and have no row, at the endpoints that take one: token (RFC 6749 §5.2),
revocation (RFC 7009 §2.2), introspection (RFC 7662 §2.2)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.endpoints.lifecycle import INACTIVE, REFUSED, introspect, is_active, opens_userinfo, refresh, revoke
from tests.support import builders
from tests.support.endpoints import tokens_of
from tests.support.held import sweep
from tests.support.messages import Registered
from tokens.protocol import handles, records
from tokens.protocol.handles import Handle
from tokens.stores import store

IDLE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Family:
    client: Registered
    swept: str
    """A token that was spent long ago. It has no row any more."""
    refresh_token: str
    access_token: str
    """What works today."""


@pytest.fixture
def family(anybody: Client, alice: User, clock: Callable[[datetime], None]) -> Family:
    client = builders.register("web", rotate_refresh_tokens=True)
    today = datetime.now(UTC)
    clock(today - IDLE - timedelta(days=5))
    first = tokens_of(anybody, client, alice.pk, authorization_expires=today + IDLE)
    clock(today - timedelta(days=6))
    second = refresh(anybody, client, first["refresh_token"]).json()
    clock(today)
    last = refresh(anybody, client, second["refresh_token"]).json()
    sweep(records.RefreshToken)
    assert not has_row(client, first["refresh_token"])
    return Family(client, first["refresh_token"], last["refresh_token"], last["access_token"])


def has_row(client: Registered, token: str) -> bool:
    return store().refresh_tokens.get(handles.key(Handle(token)), client.client_id) is not None


def altered(token: str) -> str:
    """Another MAC: nobody of ours gave it out."""
    at = token.index(".") + 40
    return token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]


def lives(sender: Client, family: Family) -> bool:
    """Whether what the family was given last works: all of it, or nothing."""
    verdicts = {
        is_active(sender, family.client, family.refresh_token),
        opens_userinfo(sender, family.access_token),
    }
    assert len(verdicts) == 1
    return verdicts.pop()


@pytest.mark.covers("S29 reuse")
def test_to_use_it_is_refused_in_the_words_for_any_other_and_ends_the_family(anybody: Client, family: Family) -> None:
    assert lives(anybody, family)
    answers = [refresh(anybody, family.client, token) for token in (altered(family.swept), family.swept)]
    assert [(answer.status_code, answer.json()) for answer in answers] == [(400, REFUSED)] * 2
    assert not lives(anybody, family)
    assert refresh(anybody, family.client, family.refresh_token).json() == REFUSED
    assert refresh(anybody, family.client, family.swept).json() == REFUSED


def test_to_revoke_it_ends_the_family_as_any_token_of_it_does(anybody: Client, family: Family) -> None:
    answer = revoke(anybody, family.client, family.swept)
    assert (answer.status_code, answer.content) == (200, b"")
    assert not lives(anybody, family)


@pytest.mark.parametrize("hint", ["refresh_token", "access_token", "nonsense"])
def test_a_hint_changes_nothing(anybody: Client, family: Family, hint: str) -> None:
    assert revoke(anybody, family.client, family.swept, token_type_hint=hint).status_code == 200
    assert not lives(anybody, family)


def test_it_is_inactive_and_to_ask_ends_nothing(anybody: Client, family: Family) -> None:
    assert introspect(anybody, family.client, family.swept).json() == INACTIVE
    assert lives(anybody, family)


@pytest.mark.parametrize("send", [refresh, revoke, introspect])
def test_with_another_client_or_another_mac_it_ends_nothing_at_any_endpoint(
    anybody: Client, family: Family, send: Callable[..., Any]
) -> None:
    other = builders.register("web", rotate_refresh_tokens=True)
    expected = {refresh: (400, REFUSED), revoke: (200, None), introspect: (200, INACTIVE)}[send]
    for client, token in (
        (other, family.swept),
        (family.client, altered(family.swept)),
        (family.client, family.swept[:-4]),
        (family.client, family.swept + "AAAA"),
        (family.client, family.swept.swapcase()),
    ):
        answer = send(anybody, client, token)
        assert (answer.status_code, answer.json() if answer.content else None) == expected, token
    assert lives(anybody, family)
