"""A client and a person with a code between them, or a family of refresh tokens."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.grants.family import ABSOLUTE, SCOPE, Family, Make
from tests.grants.redemption import Redemption
from tests.support import builders
from tests.support.messages import REDIRECT_URI, VERIFIER
from tokens.grants import redeem
from tokens.protocol.records import NO_KEY, Confirmation
from tokens.protocol.token_request import TokenRequest
from tokens.stores import store


@pytest.fixture
def redemption(db: None) -> Redemption:
    person, registered = builders.person(), builders.register("web")
    handle, code = builders.save_code(registered.client_id, str(person.pk))
    client = store().clients.get(registered.client_id)
    assert client is not None
    request = TokenRequest(
        grant_type="authorization_code",
        parameters={"code": handle, "redirect_uri": registered.redirect_uri, "code_verifier": VERIFIER},
    )
    return Redemption(code, client, request, person, datetime.now(UTC))


@pytest.fixture
def make_family(db: None) -> Make:
    """Makes a family: of what kind of client, how long ago, bound to what, and with which of the client's columns."""

    def make(
        kind: str = "spa",
        scope: tuple[str, ...] = SCOPE,
        age: timedelta = timedelta(0),
        confirmation: Confirmation = NO_KEY,
        **columns: Any,
    ) -> Family:
        registered, person = builders.register(kind, **columns), builders.person()
        now = datetime.now(UTC) - age
        code, kept = builders.save_code(
            registered.client_id, str(person.pk), scope=scope, authorization_expires=now + ABSOLUTE
        )
        client = store().clients.get(registered.client_id)
        assert client is not None
        request = TokenRequest(
            grant_type="authorization_code",
            parameters={"code": code, "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER},
            confirmation=confirmation,
        )
        first = redeem(request, client, now).refresh_token
        assert first is not None
        return Family(client, first, kept.authorization.id, now)

    return make


@pytest.fixture
def family(make_family: Make) -> Family:
    """A public client's, whose tokens rotate."""
    return make_family()
