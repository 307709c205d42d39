"""authorization_code: from a token request to an issuance, without HTTP."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.grants.redemption import Redemption
from tests.support.messages import VERIFIER
from tokens import models
from tokens.conf import minter
from tokens.grants import GRANTS, redeem
from tokens.protocol import handles
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


def test_a_code_becomes_the_issuance_it_was_made_for(given: Redemption) -> None:
    issuance = redeem(given.request, given.client, given.now)
    granted = given.code.authorization
    handle = issuance.refresh_token
    assert handle is not None
    assert issuance == Issuance(
        authorization=granted, scope=granted.scope, nonce=given.code.nonce, refresh_token=handle
    )
    assert store().authorizations.get(granted.id, given.now) == granted
    first = store().refresh_tokens.get(handles.key(handle), given.client.client_id)
    assert first is not None
    assert (first.authorization_id, first.generation, first.scope) == (granted.id, 0, granted.scope)
    assert (first.expires, first.spent_at) == (granted.expires, None), "idle time never exceeds the authorization's"


def test_a_client_that_may_not_refresh_gets_no_refresh_token(given: Redemption) -> None:
    issuance = redeem(given.request, replace(given.client, grant_types=("authorization_code",)), given.now)
    assert issuance.refresh_token is None
    assert not models.RefreshToken.objects.exists()


@pytest.mark.covers("S51")
def test_only_the_grants_of_the_table_exist_and_a_client_has_only_its_own(given: Redemption) -> None:
    assert GRANTS.keys() == {"authorization_code", "refresh_token", "client_credentials"}
    with pytest.raises(UnsupportedGrantType):
        redeem(replace(given.request, grant_type="password"), given.client, given.now)
    with pytest.raises(UnauthorizedClient):
        redeem(given.request, replace(given.client, grant_types=("client_credentials",)), given.now)
    assert not models.AuthorizationCode.objects.exclude(spent_at=None).exists()


@pytest.mark.covers("S19")
@pytest.mark.server("it reads the statements of a database")
def test_the_first_statement_spends_the_code(given: Redemption) -> None:
    with CaptureQueriesContext(connection) as captured:
        redeem(given.request, given.client, given.now)
    first = captured[0]["sql"].replace('"', "").replace("`", "").split()
    assert first[:4] == ["UPDATE", "tokens_authorizationcode", "SET", "spent_at"]


def test_a_request_without_what_it_needs_asks_no_store(given: Redemption) -> None:
    for missing in ("code", "redirect_uri"):
        with pytest.raises(InvalidRequest), CaptureQueriesContext(connection) as captured:
            redeem(with_parameters(given.request, **{missing: None}), given.client, given.now)
        assert len(captured) == 0


@pytest.mark.covers("S78")
@pytest.mark.parametrize("code", ["x", "\x00", "0." + "A" * 42, "0." + "A" * 44, "x" * 100_000, "\ud800"])
def test_a_code_that_cannot_be_one_asks_no_store(given: Redemption, code: str) -> None:
    with pytest.raises(InvalidGrant), CaptureQueriesContext(connection) as captured:
        redeem(with_parameters(given.request, code=code), given.client, given.now)
    assert len(captured) == 0


@pytest.mark.covers("S21", "CVE-2026-16089")
def test_a_code_is_its_clients_alone(given: Redemption) -> None:
    with pytest.raises(InvalidGrant) as refused:
        redeem(given.request, replace(given.client, client_id="0.other"), given.now)
    assert type(refused.value) is InvalidGrant
    assert redeem(given.request, given.client, given.now).authorization == given.code.authorization


@pytest.mark.covers("S20")
def test_a_code_is_good_before_its_end_and_not_at_it(given: Redemption) -> None:
    with pytest.raises(InvalidGrant) as refused:
        redeem(given.request, given.client, given.code.expires)
    assert type(refused.value) is InvalidGrant
    redeem(given.request, given.client, given.code.expires - timedelta(microseconds=1))


BINDING: dict[str, dict[str, Any]] = {
    "another redirect_uri": {"redirect_uri": "https://rp.example/other"},
    "no verifier": {"code_verifier": None},
    "another verifier": {"code_verifier": VERIFIER[::-1]},
    "a verifier of another form": {"code_verifier": "short"},
}


@pytest.mark.covers("S19", "S21", "S23", "CVE-2023-48228")
@pytest.mark.parametrize("kind", BINDING)
def test_what_does_not_fit_is_refused_and_never_a_replay(given: Redemption, kind: str) -> None:
    other = with_parameters(given.request, **BINDING[kind])
    assert type(_refusal(given, other)) is InvalidGrant
    redeem(given.request, given.client, given.now)
    assert type(_refusal(given, other)) is InvalidGrant


@pytest.mark.covers("S19", "KC #50999")
@pytest.mark.parametrize("later", [timedelta(0), timedelta(microseconds=1), timedelta(hours=1)])
def test_a_second_use_is_a_replay_of_this_authorization_also_at_the_same_instant(
    given: Redemption, later: timedelta
) -> None:
    redeem(given.request, given.client, given.now)
    with pytest.raises(Replayed) as replay:
        redeem(given.request, given.client, given.now + later)
    assert replay.value.authorization == given.code.authorization


@pytest.mark.covers("S19", "S21")
def test_a_second_use_by_another_client_is_no_replay(given: Redemption) -> None:
    redeem(given.request, given.client, given.now)
    with pytest.raises(InvalidGrant) as refused:
        redeem(given.request, replace(given.client, client_id="0.other"), given.now)
    assert type(refused.value) is InvalidGrant


@pytest.mark.covers("S33", "S70")
def test_a_person_who_is_gone_gets_nothing_and_the_code_stays_what_it_was(given: Redemption) -> None:
    given.person.is_active = False
    given.person.save()
    assert "the account behind the code has ended" in str(_refusal(given, given.request))
    code = store().codes.get(given.code.key, given.client.client_id)
    assert code is not None
    assert code.spent_at is None
    assert not models.Authorization.objects.exists()
    assert not models.RefreshToken.objects.exists()


def test_two_codes_of_one_person_make_two_authorizations(given: Redemption) -> None:
    handle = minter().mint()
    other = replace(
        given.code, key=handles.key(handle), authorization=replace(given.code.authorization, id=minter().mint())
    )
    store().codes.add(other)
    redeem(given.request, given.client, given.now)
    redeem(with_parameters(given.request, code=handle), given.client, given.now)
    assert models.Authorization.objects.count() == 2


def with_parameters(request: TokenRequest, **changes: str | None) -> TokenRequest:
    """The request with other parameters of the grant's own; None takes one away."""
    merged = {**request.parameters, **changes}
    return replace(request, parameters={name: value for name, value in merged.items() if value is not None})


@pytest.mark.parametrize("sender", [NO_KEY, Confirmation(jkt="another"), Confirmation(x5t_s256="key")])
def test_a_code_that_is_bound_to_a_dpop_key_needs_it_and_is_no_replay_without(
    given: Redemption, sender: Confirmation
) -> None:
    """RFC 9449 §10."""
    handle = minter().mint()
    granted = replace(given.code.authorization, id=minter().mint())
    store().codes.add(replace(given.code, key=handles.key(handle), authorization=granted, dpop_jkt="key"))
    bound = with_parameters(given.request, code=handle)
    assert type(_refusal(given, replace(bound, confirmation=sender))) is InvalidGrant
    issuance = redeem(replace(bound, confirmation=Confirmation(jkt="key")), given.client, given.now)
    assert issuance.confirmation == Confirmation(jkt="key")
    assert type(_refusal(given, replace(bound, confirmation=sender))) is InvalidGrant
    assert type(_refusal(given, replace(bound, confirmation=Confirmation(jkt="key")))) is Replayed


def _refusal(given: Redemption, request: Any) -> OAuthError:
    """The refusal, after the transaction that it rolls back."""
    with pytest.raises(OAuthError) as refused:
        store().in_unit(lambda: redeem(request, given.client, given.now))
    return refused.value
