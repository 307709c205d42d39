"""authorization_code: from a token request to an issuance, without HTTP."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.grants.redemption import Redemption
from tests.support.held import held
from tests.support.messages import VERIFIER
from tokens.conf import minter
from tokens.grants import GRANTS, redeem
from tokens.protocol import handles, records, refresh_token
from tokens.protocol.errors import (
    InvalidGrant,
    InvalidRequest,
    OAuthError,
    Replayed,
    UnauthorizedClient,
    UnsupportedGrantType,
)
from tokens.protocol.records import NO_KEY, Confirmation, Issuance
from tokens.protocol.token_request import TokenRequest
from tokens.stores import store


def test_a_code_becomes_the_issuance_it_was_made_for(redemption: Redemption) -> None:
    issuance = redeem(redemption.request, redemption.client, redemption.now)
    handle = issuance.refresh_token
    generation = refresh_token.parse(handle or "")
    assert handle is not None
    assert generation is not None
    granted = replace(redemption.code.authorization, family=generation.family(NO_KEY))
    assert issuance == Issuance(
        authorization=granted,
        scope=granted.scope,
        nonce=redemption.code.nonce,
        protection="pkce",
        refresh_token=handle,
    )
    assert store().authorizations.get(granted.id, redemption.now) == granted
    first = store().refresh_tokens.get(handles.key(handle), redemption.client.client_id)
    assert first is not None
    assert (first.authorization_id, first.generation, first.scope) == (granted.id, 0, granted.scope)
    assert (first.expires, first.spent_at) == (granted.expires, None), "idle time never exceeds the authorization's"


def test_a_client_that_may_not_refresh_gets_no_refresh_token(redemption: Redemption) -> None:
    issuance = redeem(
        redemption.request, replace(redemption.client, grant_types=("authorization_code",)), redemption.now
    )
    assert issuance.refresh_token is None
    assert not held(records.RefreshToken)


@pytest.mark.covers("S51 password", "S51 allow-list")
def test_only_the_grants_of_the_table_exist_and_a_client_has_only_its_own(redemption: Redemption) -> None:
    assert GRANTS.keys() == {"authorization_code", "refresh_token", "client_credentials"}
    with pytest.raises(UnsupportedGrantType):
        redeem(replace(redemption.request, grant_type="password"), redemption.client, redemption.now)
    with pytest.raises(UnauthorizedClient):
        redeem(redemption.request, replace(redemption.client, grant_types=("client_credentials",)), redemption.now)
    assert not held(records.AuthorizationCode, spent_at__isnull=False)


@pytest.mark.covers("S19 concurrency")
@pytest.mark.server("it reads the statements of a database")
@pytest.mark.sql("it reads its statements")
def test_the_first_statement_spends_the_code(redemption: Redemption) -> None:
    with CaptureQueriesContext(connection) as captured:
        redeem(redemption.request, redemption.client, redemption.now)
    first = captured[0]["sql"].replace('"', "").replace("`", "").split()
    assert first[:4] == ["UPDATE", "tokens_authorizationcode", "SET", "spent_at"]


def test_a_request_without_what_it_needs_asks_no_store(redemption: Redemption) -> None:
    for missing in ("code", "redirect_uri"):
        with pytest.raises(InvalidRequest), CaptureQueriesContext(connection) as captured:
            redeem(with_parameters(redemption.request, **{missing: None}), redemption.client, redemption.now)
        assert len(captured) == 0


@pytest.mark.covers("S78 garbage")
@pytest.mark.parametrize("code", ["x", "\x00", "0." + "A" * 42, "0." + "A" * 44, "x" * 100_000, "\ud800"])
def test_a_code_that_cannot_be_one_asks_no_store(redemption: Redemption, code: str) -> None:
    with pytest.raises(InvalidGrant), CaptureQueriesContext(connection) as captured:
        redeem(with_parameters(redemption.request, code=code), redemption.client, redemption.now)
    assert len(captured) == 0


@pytest.mark.covers("S21 client", "CVE-2026-16089")
def test_a_code_is_its_clients_alone(redemption: Redemption) -> None:
    with pytest.raises(InvalidGrant) as refused:
        redeem(redemption.request, replace(redemption.client, client_id="0.other"), redemption.now)
    assert type(refused.value) is InvalidGrant
    authorization = redeem(redemption.request, redemption.client, redemption.now).authorization
    assert authorization is not None
    assert replace(authorization, family=None) == redemption.code.authorization


def test_a_code_is_good_before_its_end_and_not_at_it(redemption: Redemption) -> None:
    with pytest.raises(InvalidGrant) as refused:
        redeem(redemption.request, redemption.client, redemption.code.expires)
    assert type(refused.value) is InvalidGrant
    redeem(redemption.request, redemption.client, redemption.code.expires - timedelta(microseconds=1))


BINDING: dict[str, dict[str, Any]] = {
    "another redirect_uri": {"redirect_uri": "https://rp.example/other"},
    "no verifier": {"code_verifier": None},
    "another verifier": {"code_verifier": VERIFIER[::-1]},
    "a verifier of another form": {"code_verifier": "short"},
}


@pytest.mark.covers("S19 revokes", "S21 redirect_uri", "S21 PKCE", "S23 verifier", "CVE-2023-48228 absent")
@pytest.mark.parametrize("kind", BINDING)
def test_what_does_not_fit_is_refused_and_never_a_replay(redemption: Redemption, kind: str) -> None:
    other = with_parameters(redemption.request, **BINDING[kind])
    assert type(_refusal(redemption, other)) is InvalidGrant
    redeem(redemption.request, redemption.client, redemption.now)
    assert type(_refusal(redemption, other)) is InvalidGrant


@pytest.mark.covers("S19 second", "S19 revokes", "KC #50999")
@pytest.mark.parametrize("later", [timedelta(0), timedelta(microseconds=1), timedelta(hours=1)])
def test_a_second_use_is_a_replay_of_this_authorization_also_at_the_same_instant(
    redemption: Redemption, later: timedelta
) -> None:
    redeem(redemption.request, redemption.client, redemption.now)
    with pytest.raises(Replayed) as replay:
        redeem(redemption.request, redemption.client, redemption.now + later)
    assert replay.value.authorization == redemption.code.authorization


@pytest.mark.covers("S19 revokes", "S21 client")
def test_a_second_use_by_another_client_is_no_replay(redemption: Redemption) -> None:
    redeem(redemption.request, redemption.client, redemption.now)
    with pytest.raises(InvalidGrant) as refused:
        redeem(redemption.request, replace(redemption.client, client_id="0.other"), redemption.now)
    assert type(refused.value) is InvalidGrant


@pytest.mark.covers("S33 person", "S70 delete")
def test_a_person_who_is_gone_gets_nothing_and_the_code_stays_what_it_was(redemption: Redemption) -> None:
    redemption.person.is_active = False
    redemption.person.save()
    assert "the account behind the code has ended" in str(_refusal(redemption, redemption.request))
    code = store().codes.get(redemption.code.key, redemption.client.client_id)
    assert code is not None
    assert code.spent_at is None
    assert not held(records.Authorization)
    assert not held(records.RefreshToken)


def test_two_codes_of_one_person_make_two_authorizations(redemption: Redemption) -> None:
    handle = minter().mint()
    other = replace(
        redemption.code,
        key=handles.key(handle),
        authorization=replace(redemption.code.authorization, id=minter().mint()),
    )
    store().codes.add(other)
    redeem(redemption.request, redemption.client, redemption.now)
    redeem(with_parameters(redemption.request, code=handle), redemption.client, redemption.now)
    assert len(held(records.Authorization)) == 2


def with_parameters(request: TokenRequest, **changes: str | None) -> TokenRequest:
    """The request with other parameters of the grant's own; None takes one away."""
    merged = {**request.parameters, **changes}
    return replace(request, parameters={name: value for name, value in merged.items() if value is not None})


@pytest.mark.parametrize("sender", [NO_KEY, Confirmation(jkt="another"), Confirmation(x5t_s256="key")])
def test_a_code_that_is_bound_to_a_dpop_key_needs_it_and_is_no_replay_without(
    redemption: Redemption, sender: Confirmation
) -> None:
    """RFC 9449 §10."""
    handle = minter().mint()
    granted = replace(redemption.code.authorization, id=minter().mint())
    store().codes.add(replace(redemption.code, key=handles.key(handle), authorization=granted, dpop_jkt="key"))
    bound = with_parameters(redemption.request, code=handle)
    assert type(_refusal(redemption, replace(bound, confirmation=sender))) is InvalidGrant
    issuance = redeem(replace(bound, confirmation=Confirmation(jkt="key")), redemption.client, redemption.now)
    assert issuance.confirmation == Confirmation(jkt="key")
    assert type(_refusal(redemption, replace(bound, confirmation=sender))) is InvalidGrant
    assert type(_refusal(redemption, replace(bound, confirmation=Confirmation(jkt="key")))) is Replayed


def _refusal(redemption: Redemption, request: Any) -> OAuthError:
    """The refusal, after the transaction that it rolls back."""
    with pytest.raises(OAuthError) as refused:
        store().in_unit(lambda: redeem(request, redemption.client, redemption.now))
    return refused.value
