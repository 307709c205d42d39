"""The command `void`: what it takes for an instant, and that what was issued until then is over, whoever's."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import sessions
from accounts.models import LoginSession, User
from tests.endpoints.lifecycle import introspect, is_active, refresh
from tests.support import builders
from tests.support.endpoints import post, tokens_of
from tests.support.held import held, voided
from tests.support.messages import AUTHORIZE, TOKEN, authorization_request, basic
from tokens.conf import JOURNAL_LIFETIME
from tokens.protocol import journal, records

FEW = 6
"""Statements, BEGIN and COMMIT apart: the journal's, two for the sign-ins, two for the links."""
HOUR = timedelta(hours=1)


def void(issued_before: str) -> str:
    call_command("void", issued_before=issued_before, stdout=(told := StringIO()))
    return told.getvalue()


def told_of(issued_before: str) -> str:
    with pytest.raises(CommandError) as refused:
        void(issued_before)
    return str(refused.value)


@pytest.mark.parametrize(
    "typed",
    ["", "yesterday", "2026-13-01T00:00:00Z", "1764170000", "2026-11-26T25:00:00Z", "0001-01-01T00:00:00+14:00", "-1"],
)
def test_what_is_no_instant_is_quoted_beside_one_that_is(db: None, typed: str) -> None:
    assert told_of(typed).startswith(f"--issued-before {typed}: is no instant; right would be 20")
    assert not voided()


@pytest.mark.parametrize("typed", ["2026-11-26T17:30:00", "2026-11-26 17:30", "2026-11-26"])
def test_an_instant_has_an_offset(db: None, typed: str) -> None:
    assert told_of(typed) == f"--issued-before {typed}: say the offset too, such as {typed}Z for UTC"
    assert not voided()


def test_nobody_is_signed_out_in_the_future(db: None) -> None:
    later = (datetime.now(UTC) + HOUR).isoformat()
    assert told_of(later).startswith(f"--issued-before {later}: lies in the future")
    assert not voided()


@pytest.mark.parametrize("typed", ["now", "NOW", "Now"])
def test_it_says_what_is_over_and_what_goes_on_a_while(db: None, typed: str) -> None:
    told = void(typed)
    assert told.startswith("Void: every sign-in up to now, with its sessions, codes and tokens;")
    assert told.endswith("APIs that verify JWTs by themselves take one until it expires, for 300 s at most.\n")


@pytest.mark.parametrize("offset", ["Z", "+00:00", "-05:30"])
def test_it_says_the_instant_in_utc(db: None, offset: str) -> None:
    at = datetime.fromisoformat(f"2026-01-02T03:04:05{offset}").astimezone(UTC)
    assert f"up to {at:%Y-%m-%d %H:%M:%S}.000000 UTC" in void(f"2026-01-02T03:04:05{offset}")
    assert held_until() - datetime.now(UTC) > JOURNAL_LIFETIME - HOUR


def held_until() -> datetime:
    return voided()[journal.EVERYTHING]


def test_what_hangs_on_a_sign_in_up_to_the_instant_is_over_and_nothing_else(anybody: Client, alice: User) -> None:
    bob = builders.person("bob")
    client, now = builders.register("web", rotate_refresh_tokens=True), datetime.now(UTC)
    old = tokens_of(anybody, client, alice.pk, root_at=now - HOUR)
    new = tokens_of(anybody, client, bob.pk, root_at=now - HOUR / 2)
    void((now - HOUR * 3 / 4).isoformat())
    for tokens, lives in ((old, False), (new, True)):
        assert is_active(anybody, client, tokens["access_token"]) is lives
        assert is_active(anybody, client, tokens["refresh_token"]) is lives
        assert (refresh(anybody, client, tokens["refresh_token"]).status_code == 200) is lives


@pytest.mark.covers("CVE-2023-0091")
def test_a_machine_s_token_of_before_is_over_and_the_next_one_works(
    anybody: Client, clock: Callable[[datetime], None]
) -> None:
    client = builders.register("web", grant_types=["client_credentials"])
    asked = {"grant_type": "client_credentials", "scope": "email"}
    token = post(anybody, TOKEN, asked, basic(client.client_id, client.client_secret)).json()["access_token"]
    assert introspect(anybody, client, token).json()["active"]
    void("now")
    assert introspect(anybody, client, token).json() == {"active": False}
    clock(datetime.now(UTC) + timedelta(seconds=20))
    token = post(anybody, TOKEN, asked, basic(client.client_id, client.client_secret)).json()["access_token"]
    assert introspect(anybody, client, token).json()["active"]


def test_a_request_that_waits_for_a_person_is_over(anybody: Client, alice: User, web: Any) -> None:
    place = anybody.get(AUTHORIZE, authorization_request(web))["Location"]
    [waiting] = held(records.Interaction)
    assert anybody.get(place).status_code == 200
    void("now")
    going_on = anybody.get(AUTHORIZE, {"interaction": place.rpartition("interaction%3D")[2].partition("%26")[0]})
    assert going_on.status_code == 400
    assert held(records.Interaction) == [waiting], "it ends by the entry alone, however many there are"
    assert "interaction" in anybody.get(AUTHORIZE, authorization_request(web))["Location"]


def test_however_much_there_is_it_takes_a_few_statements(anybody: Client, alice: User, web: Any) -> None:
    counts = []
    for more in (1, 5):
        for _ in range(more):
            tokens_of(anybody, web, alice.pk)
            Client().force_login(alice, backend="accounts.sign_in.backends.PasswordBackend")
        with CaptureQueriesContext(connection) as captured:
            void("now")
        counts.append(len([each for each in captured if not each["sql"].startswith(("SAVE", "RELEASE", "BEGIN"))]))
    assert LoginSession.objects.count() == 6
    assert counts[0] == counts[1] <= FEW


@pytest.mark.server("one transaction takes both back")
@pytest.mark.sql("one transaction takes both back")
def test_a_database_that_is_away_is_told_in_a_line_and_nothing_is_half_done(
    monkeypatch: pytest.MonkeyPatch, alice: User, browser: Client
) -> None:
    def away(*_: Any) -> None:
        raise OperationalError("the connection\nis lost")

    monkeypatch.setattr(sessions, "void_until", away)
    assert told_of("now") == "the database: the connection is lost; nothing is half done: run it again"
    assert not voided()
