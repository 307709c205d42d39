"""Refresh tokens that are bound to the key of their sender (RFC 9449 §5, RFC 8705 §4), without HTTP."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from tests.support import builders
from tests.support.messages import REDIRECT_URI, VERIFIER
from tokens.grants import redeem
from tokens.protocol import handles
from tokens.protocol.errors import InvalidGrant, OAuthError, Replayed
from tokens.protocol.handles import Handle
from tokens.protocol.records import NO_KEY, Client, Confirmation, Issuance, RefreshToken
from tokens.protocol.token_request import TokenRequest
from tokens.stores import store

KEY = Confirmation(jkt="key")
NOT_THE_KEY = [NO_KEY, Confirmation(jkt="another"), Confirmation(x5t_s256="key")]
PAST_THE_RETRY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Sender:
    """A client, and the refresh token that it got for a code which it redeemed with KEY."""

    client: Client
    first: Handle
    now: datetime

    def refresh(self, token: Handle, confirmation: Confirmation, after: timedelta = timedelta(0)) -> Issuance:
        request = TokenRequest(
            grant_type="refresh_token", parameters={"refresh_token": token}, confirmation=confirmation
        )
        return store().in_unit(lambda: redeem(request, self.client, self.now + after))

    def refusal(self, token: Handle, confirmation: Confirmation, after: timedelta = timedelta(0)) -> OAuthError:
        with pytest.raises(OAuthError) as refused:
            self.refresh(token, confirmation, after)
        return refused.value

    def kept(self, token: Handle) -> RefreshToken:
        row = store().refresh_tokens.get(handles.key(token), self.client.client_id)
        assert row is not None
        return row


def sender(kind: str) -> Sender:
    registered, person, now = builders.register(kind), builders.person(), datetime.now(UTC)
    code, _ = builders.save_code(registered.client_id, str(person.pk))
    client = store().clients.get(registered.client_id)
    assert client is not None
    parameters = {"code": code, "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER}
    request = TokenRequest(grant_type="authorization_code", parameters=parameters, confirmation=KEY)
    first = redeem(request, client, now).refresh_token
    assert first is not None
    return Sender(client, first, now)


@pytest.mark.django_db
@pytest.mark.parametrize("confirmation", NOT_THE_KEY)
def test_a_public_clients_family_is_bound_to_the_key_that_redeemed_the_code(confirmation: Confirmation) -> None:
    spa = sender("spa")
    assert spa.kept(spa.first).confirmation == KEY
    assert type(spa.refusal(spa.first, confirmation)) is InvalidGrant
    issuance = spa.refresh(spa.first, KEY)
    assert issuance.confirmation == KEY
    assert issuance.refresh_token is not None
    assert spa.kept(issuance.refresh_token).confirmation == KEY


@pytest.mark.django_db
def test_who_has_not_the_key_of_a_spent_token_cannot_end_its_family() -> None:
    spa = sender("spa")
    spa.refresh(spa.first, KEY)
    assert type(spa.refusal(spa.first, NO_KEY, PAST_THE_RETRY)) is InvalidGrant
    assert type(spa.refusal(spa.first, KEY, PAST_THE_RETRY)) is Replayed


@pytest.mark.django_db
@pytest.mark.parametrize("confirmation", NOT_THE_KEY)
def test_a_confidential_clients_token_is_bound_to_the_client_and_to_no_key(confirmation: Confirmation) -> None:
    web = sender("web")
    assert web.kept(web.first).confirmation == NO_KEY
    assert web.refresh(web.first, confirmation).confirmation == confirmation
