"""A client and a person with a code between them."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from accounts.models import User
from tests.support import builders
from tests.support.messages import VERIFIER
from tokens.protocol.records import AuthorizationCode, Client
from tokens.protocol.token_request import TokenRequest
from tokens.stores import store


@dataclass(frozen=True, slots=True)
class Given:
    """A code as it was stored, who may redeem it, and the request that would."""

    code: AuthorizationCode
    client: Client
    request: TokenRequest
    person: User
    now: datetime


@pytest.fixture
def given(db: None) -> Given:
    person, registered = builders.person(), builders.register("web")
    handle, code = builders.save_code(registered.client_id, str(person.pk))
    client = store().client(registered.client_id)
    assert client is not None
    request = TokenRequest(
        grant_type="authorization_code",
        parameters={"code": handle, "redirect_uri": registered.redirect_uri, "code_verifier": VERIFIER},
    )
    return Given(code, client, request, person, datetime.now(UTC))
