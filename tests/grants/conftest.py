"""A client and a person with a code between them."""

from datetime import UTC, datetime

import pytest

from tests.grants.redemption import Redemption
from tests.support import builders
from tests.support.messages import VERIFIER
from tokens.protocol.token_request import TokenRequest
from tokens.stores import store


@pytest.fixture
def given(db: None) -> Redemption:
    person, registered = builders.person(), builders.register("web")
    handle, code = builders.save_code(registered.client_id, str(person.pk))
    client = store().clients.get(registered.client_id)
    assert client is not None
    request = TokenRequest(
        grant_type="authorization_code",
        parameters={"code": handle, "redirect_uri": registered.redirect_uri, "code_verifier": VERIFIER},
    )
    return Redemption(code, client, request, person, datetime.now(UTC))
