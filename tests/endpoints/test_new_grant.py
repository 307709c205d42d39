"""A grant is a file and a line: one that is made up here is redeemed at the token endpoint."""

import importlib.util
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.support import builders
from tests.support.messages import FORM_TYPE, TOKEN, Registered, basic, refused
from tokens.grants import GRANTS, Grant
from tokens.verifier import read_access_token

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:token-exchange"
MODULE = '''"""token-exchange (RFC 8693), of tokens that are only believed."""

from datetime import datetime

from tokens.protocol.errors import InvalidRequest
from tokens.protocol.records import Client, Issuance
from tokens.protocol.scopes import granted, parse
from tokens.protocol.token_request import TokenRequest

ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"


def redeem(request: TokenRequest, client: Client, now: datetime) -> Issuance:
    subject = request.needed("subject_token")
    if request.get("requested_token_type") not in (None, ACCESS_TOKEN):
        raise InvalidRequest("this requested_token_type is not supported")
    if request.audience != ("orders", "stock"):
        raise InvalidRequest("this audience is not known")
    return Issuance(
        authorization=None,
        scope=client.scope if request.scope is None else granted(parse(request.scope), client.scope),
        members={"issued_token_type": ACCESS_TOKEN, "token_type": "N_A"},
        claims={"act": {"sub": subject}, "iss": "https://evil.example"},
    )
'''


@pytest.fixture
def token_exchange(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The module, loaded from its file, and its line in the table."""
    file = tmp_path / "token_exchange.py"
    file.write_text(MODULE)
    spec = importlib.util.spec_from_file_location("token_exchange", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert isinstance(GRANTS, dict)
    grant = Grant(module.redeem, parameters=("subject_token", "requested_token_type"))
    monkeypatch.setitem(GRANTS, GRANT_TYPE, grant)


def ask(sender: Client, client: Registered, query: str) -> Any:
    """What the token endpoint answers to the grant with these parameters."""
    header = basic(client.client_id, client.client_secret)
    return sender.post(TOKEN, f"grant_type={GRANT_TYPE}&{query}", content_type=FORM_TYPE, headers=header).json()


@pytest.fixture
def exchanger(token_exchange: None) -> Registered:
    return builders.register("machine", "", grant_types=[GRANT_TYPE], scope="profile")


def test_its_members_and_claims_are_added_and_replace_none_of_ours(anybody: Client, exchanger: Registered) -> None:
    response = ask(anybody, exchanger, "subject_token=t&audience=orders&audience=stock&audience=orders")
    token = response.pop("access_token")
    assert response == {
        "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "profile",
    }
    verified = read_access_token(token, datetime.now(UTC))
    assert verified is not None
    assert (verified.claims["act"], verified.claims["iss"]) == ({"sub": "t"}, "http://localhost:8000")


def test_it_reads_only_the_parameters_that_it_names(anybody: Client, exchanger: Registered) -> None:
    missing = refused("invalid_request", "subject_token is missing", "parameter_missing")
    assert ask(anybody, exchanger, "audience=orders&audience=stock") == missing
    unknown = {"error": "invalid_request", "error_description": "this audience is not known"}
    assert ask(anybody, exchanger, "subject_token=t&audience=orders") == unknown


def test_a_client_that_is_not_registered_for_it_may_not_use_it(
    anybody: Client, web: Registered, token_exchange: None
) -> None:
    assert ask(anybody, web, "subject_token=t")["error"] == "unauthorized_client"


def test_discovery_names_it(anybody: Client, token_exchange: None) -> None:
    document = anybody.get("/.well-known/openid-configuration").json()
    assert document["grant_types_supported"] == [
        *("authorization_code", "refresh_token", "client_credentials"),
        GRANT_TYPE,
    ]
