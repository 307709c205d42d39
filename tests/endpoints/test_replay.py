"""A code works once; nothing else of ours is a code."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import LoginSession, User
from tests.support import builders
from tests.support.builders import save_code
from tests.support.endpoints import exchange, is_unspent, location, redeem, tokens_of
from tests.support.held import held, let_end, only
from tests.support.messages import (
    AUTHORIZE,
    CONSENT,
    USERINFO,
    VERIFIER,
    Registered,
    authorization_request,
    bearer,
    refused,
)
from tokens.interaction.interactions import COOKIE
from tokens.protocol import handles, records

REFUSED = refused(
    "invalid_grant", "the code was used before: each works once, and all that came of it has ended", "code_used"
)

UNKNOWN = refused(
    "invalid_grant", "the code is unknown, or another client's, or it was issued long ago", "code_unknown"
)


@pytest.mark.covers("S19 second", "S19 revokes", "KC #50999")
def test_a_second_use_is_refused_and_ends_what_the_first_one_gave_within_the_same_second(
    anybody: Client, alice: User, web: Registered, clock: Any
) -> None:
    now = datetime.now(UTC)
    clock(now)
    code, _ = save_code(web.client_id, str(alice.pk))
    token = exchange(anybody, web, code).json()["access_token"]
    assert anybody.get(USERINFO, headers=bearer(token)).status_code == 200
    assert exchange(anybody, web, code).json() == REFUSED
    assert anybody.get(USERINFO, headers=bearer(token)).status_code == 401
    assert exchange(anybody, web, code).json() == REFUSED
    assert len(held(records.Authorization)) == 1


@pytest.mark.covers("S19 second", "S19 revokes")
def test_a_replay_after_the_codes_end_still_ends_what_it_gave(anybody: Client, alice: User, web: Registered) -> None:
    code, _ = save_code(web.client_id, str(alice.pk))
    token = exchange(anybody, web, code).json()["access_token"]
    let_end(records.AuthorizationCode, datetime.now(UTC) - timedelta(hours=1))
    assert exchange(anybody, web, code).json() == REFUSED
    assert anybody.get(USERINFO, headers=bearer(token)).status_code == 401


@pytest.mark.covers("S19 revokes", "attacker response")
@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": None},
        {"code_verifier": VERIFIER[:-1] + "x"},
        {"redirect_uri": "https://rp.example/other"},
        {"redirect_uri": None},
    ],
)
def test_who_merely_saw_the_code_cannot_end_a_session_with_it(
    anybody: Client, alice: User, changes: dict[str, str | None]
) -> None:
    for client, method in ((builders.register("web"), "client_secret_basic"), (builders.register("spa"), "none")):
        code, _ = save_code(client.client_id, str(alice.pk))
        token = redeem(anybody, client, code, method).json()["access_token"]
        assert redeem(anybody, client, code, method, **changes).status_code == 400
        assert anybody.get(USERINFO, headers=bearer(token)).status_code == 200


@pytest.mark.covers("S19 revokes", "S47 token")
def test_a_replay_without_the_clients_secret_ends_nothing(anybody: Client, alice: User, web: Registered) -> None:
    code, _ = save_code(web.client_id, str(alice.pk))
    token = exchange(anybody, web, code).json()["access_token"]
    assert exchange(anybody, Registered(web.client_id, "wrong"), code).status_code == 401
    assert anybody.get(USERINFO, headers=bearer(token)).status_code == 200


def test_a_replay_ends_only_its_own_authorization(anybody: Client, alice: User, web: Registered) -> None:
    other = tokens_of(anybody, web, alice.pk)["access_token"]
    code, _ = save_code(web.client_id, str(alice.pk))
    for _again in range(2):
        exchange(anybody, web, code)
    assert anybody.get(USERINFO, headers=bearer(other)).status_code == 200


@pytest.mark.covers("CVE-2026-4282")
def test_nothing_else_of_ours_that_works_once_is_a_code(
    anybody: Client, browser: Client, alice: User, web: Registered
) -> None:
    _, query = location(browser.get(AUTHORIZE, authorization_request(web, prompt="login")))
    interaction = query["next"].partition("interaction=")[2].partition("&")[0]
    tokens = tokens_of(anybody, web, alice.pk)
    others = [
        interaction,
        browser.cookies[COOKIE].value,
        handles.key(handles.Handle(interaction)),
        only(records.AuthorizationCode).key,
        only(records.Authorization).id,
        f"authorization:{only(records.Authorization).id}",
        LoginSession.objects.get().sid,
        web.client_id,
        web.client_secret,
        tokens["access_token"],
        tokens["id_token"],
        tokens["refresh_token"],
        str(alice.pk),
        *("", " ", "0.", "0." + "A" * 43, "code:" + interaction, "../" + interaction, "x" * 100_000, "\N{SNOWMAN}"),
    ]
    for other in others:
        answer = exchange(anybody, web, other)
        assert answer.status_code == 400, other
        assert answer.json() == UNKNOWN or other == ""
    # And a code is not an interaction.
    code, _ = save_code(web.client_id, str(alice.pk))
    assert browser.get(AUTHORIZE, {"interaction": code}).status_code == 400
    assert browser.get(CONSENT, {"interaction": code}).status_code == 400
    assert is_unspent(code, web)
