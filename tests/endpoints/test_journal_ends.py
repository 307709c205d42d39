"""How long entries of the journal are kept: until what they void has ended, and not longer than they need be."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts import sessions
from accounts.models import LoginSession, User
from tests.endpoints.lifecycle import is_active, refresh, revoke
from tests.support import builders
from tests.support.endpoints import post, redeem, tokens_of
from tests.support.held import forget, only, voided
from tests.support.messages import TOKEN, Registered, basic
from tokens.conf import CLOCK_MARGIN, MAX_AUTHORIZATION_LIFETIME, Tokens
from tokens.issuer import WRITTEN_AS
from tokens.protocol import handles, journal, records
from tokens.protocol.handles import Handle
from tokens.registration import clients
from tokens.stores import store

API = "urn:api"
Given = dict[str, Any]


def revoke_refresh_token(sender: Client, client: Registered, given: Given) -> None:
    revoke(sender, client, given["refresh_token"])


def revoke_access_token(sender: Client, client: Registered, given: Given) -> None:
    revoke(sender, client, given["access_token"])


def revoke_a_spent_one(sender: Client, client: Registered, given: Given) -> None:
    last = refresh(sender, client, refresh(sender, client, given["refresh_token"]).json()["refresh_token"])
    assert last.status_code == 200
    forget(records.RefreshToken, key=handles.key(Handle(given["refresh_token"])))
    revoke(sender, client, given["refresh_token"])


def replay_a_refresh_token(sender: Client, client: Registered, given: Given) -> None:
    revoked = refresh(sender, client, refresh(sender, client, given["refresh_token"]).json()["refresh_token"])
    assert revoked.status_code == 200
    assert refresh(sender, client, given["refresh_token"]).status_code == 400


ENDS: dict[str, Callable[[Client, Registered, Given], None]] = {
    "the refresh token is revoked": revoke_refresh_token,
    "the access token is revoked": revoke_access_token,
    "a spent refresh token is revoked": revoke_a_spent_one,
    "a refresh token is replayed": replay_a_refresh_token,
}


@pytest.mark.parametrize("token_format", WRITTEN_AS)
@pytest.mark.parametrize("end", ENDS)
def test_the_entry_of_an_authorization_ends_with_it(anybody: Client, alice: User, end: str, token_format: Any) -> None:
    client = builders.register("web", rotate_refresh_tokens=True)
    builders.protect(API, "read", caller=client, access_token_format=token_format)
    expires = datetime.now(UTC) + timedelta(days=90)
    given = tokens_of(anybody, client, alice.pk, resource=(API,), authorization_expires=expires)
    ENDS[end](anybody, client, given)
    assert voided() == {journal.authorization(only(records.Authorization).id): expires}
    assert not is_active(anybody, client, given["access_token"])


def test_so_does_that_of_a_code_that_was_used_twice(anybody: Client, alice: User, web: Registered) -> None:
    expires = datetime.now(UTC) + timedelta(days=90)
    code, kept = builders.save_code(web.client_id, str(alice.pk), authorization_expires=expires)
    assert [redeem(anybody, web, code, "client_secret_basic").status_code for _ in range(2)] == [200, 400]
    assert voided() == {journal.authorization(kept.authorization.id): expires}


def test_that_of_an_authorization_which_is_not_there_outlives_whatever_it_may_be(
    anybody: Client, alice: User, web: Registered
) -> None:
    """In a store without transactions the one who wins a code may add it later."""
    token, kept = tokens_of(anybody, web, alice.pk)["access_token"], only(records.Authorization)
    forget(records.Authorization, id=kept.id)
    revoke(anybody, web, token)
    assert outlives_any(voided()[journal.authorization(kept.id)])


@pytest.mark.parametrize("token_format", WRITTEN_AS)
def test_the_entry_of_a_machine_s_token_ends_with_the_token(anybody: Client, token_format: Any) -> None:
    client = builders.register("web", grant_types=["client_credentials"])
    builders.protect(API, "read", caller=client, access_token_format=token_format)
    asked = {"grant_type": "client_credentials", "resource": API}
    answer = post(anybody, TOKEN, asked, basic(client.client_id, client.client_secret)).json()
    before = datetime.now(UTC)
    assert revoke(anybody, client, answer["access_token"]).status_code == 200
    [(key, end)] = voided().items()
    assert key.startswith("token:")
    assert abs(end - before - timedelta(seconds=answer["expires_in"])) < timedelta(minutes=1)
    assert not is_active(anybody, client, answer["access_token"])


def test_the_entry_of_a_session_ends_when_that_would_have_ended(browser: Client, alice: User) -> None:
    """What outlives a session, offline_access, it does not void."""
    login = LoginSession.objects.get(user=alice)
    assert sessions.end(login.sid)
    assert voided() == {journal.session(login.sid): login.expires}


def test_the_end_of_all_sessions_is_one_entry(browser: Client, alice: User) -> None:
    assert sessions.end_all(alice) == 1
    assert voided().keys() == {journal.subject(str(alice.pk))}


def test_a_sign_in_that_ends_with_all_others_is_void_with_them_however_late_it_began(
    browser: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing else says of what hangs on it that it is void."""
    end_all = sessions.sign_ins().end_all

    def overtaken(*given: Any) -> int:
        Client().force_login(alice, backend="accounts.sign_in.backends.PasswordBackend")
        return end_all(*given)

    monkeypatch.setattr(sessions.sign_ins(), "end_all", overtaken)
    assert sessions.end_all(alice) == 2
    begun = LoginSession.objects.values_list("root_at", flat=True)
    assert all(store().journal.revoked([journal.subject(str(alice.pk))], root_at) for root_at in begun)


def test_what_may_void_anything_outlives_all_that_any_settings_let_hang_on_a_sign_in(
    alice: User, web: Registered
) -> None:
    """Else what was revoked would come back to life once the entry is swept."""
    sessions.end_all(alice)
    clients.void(web.client_id)
    ends = voided()
    assert outlives_any(ends[journal.subject(str(alice.pk))])
    assert outlives_any(ends[journal.client(web.client_id)])
    too_long = Tokens(authorization_lifetime=MAX_AUTHORIZATION_LIFETIME + 1)
    assert [fault.partition(":")[0] for fault in too_long.faults()] == ["IDP_TOKENS_AUTHORIZATION_LIFETIME"]


def outlives_any(end: datetime) -> bool:
    longest = timedelta(seconds=MAX_AUTHORIZATION_LIFETIME)
    return end > datetime.now(UTC) + longest + CLOCK_MARGIN + timedelta(days=1)
