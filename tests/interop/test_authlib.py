"""A relying party that we did not write (Authlib) signs people in against a live server."""

import json
import time
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from authlib.common.errors import AuthlibBaseError
from jwcrypto.jwk import JWKSet
from jwcrypto.jwt import JWT

from idp.local.nodes import Cluster
from tests.cluster.servers import EMAIL, USERNAME
from tests.interop.conftest import CALLBACK, register
from tests.interop.person import Person
from tests.interop.relying_party import RelyingParty

MakeRelyingParty = Callable[..., RelyingParty]
KINDS = [
    ("web", "client_secret_basic", "RS256"),
    ("web", "client_secret_post", "ES256"),
    ("spa", "none", "RS256"),
    ("native", "none", "ES256"),
]


@pytest.fixture(scope="session")
def relying_party(provider: Cluster) -> MakeRelyingParty:
    """Relying parties, one of each sort for all tests."""

    @cache
    def made(kind: str = "web", method: str = "client_secret_basic", alg: str = "RS256") -> RelyingParty:
        client = register(provider, kind, method=method, alg=alg)
        metadata = requests.get(f"{provider.issuer}/.well-known/openid-configuration", timeout=10).json()
        return RelyingParty(metadata, client["client_id"], client.get("client_secret"), method, alg, CALLBACK)

    return made


@pytest.mark.parametrize(("kind", "method", "alg"), KINDS)
def test_authlib_signs_a_person_in(
    provider: Cluster, relying_party: MakeRelyingParty, person: Person, kind: str, method: str, alg: str
) -> None:
    party = relying_party(kind, method, alg)
    before = int(time.time())
    begun = party.begin(prompt="consent")
    redirected = person.go(begun.url, client=CALLBACK)
    assert person.seen == ["/accounts/login/", "/oauth2/consent"]
    assert _response(redirected).keys() == {"code", "state", "iss"}

    token = party.exchange(begun, redirected)
    assert {name: token[name] for name in ("token_type", "expires_in", "scope")} == {
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "openid profile email",
    }
    id_token = party.id_token(begun, token)
    assert before <= id_token["auth_time"] <= id_token["iat"] <= time.time() < id_token["exp"]
    assert id_token["amr"] == ["pwd"]
    assert dict(id_token) == _independently_verified(party, token["id_token"])

    told = _userinfo(party, token)
    assert told.pop("updated_at") <= time.time()
    assert told == {
        "sub": id_token["sub"],
        "preferred_username": USERNAME,
        "email": EMAIL,
        "email_verified": False,
    }


@pytest.mark.covers("S19")
def test_authlib_cannot_use_a_code_twice_and_loses_what_the_first_use_gave(
    relying_party: MakeRelyingParty, person: Person
) -> None:
    party = relying_party()
    begun = party.begin()
    redirected = person.go(begun.url, client=CALLBACK)
    token = party.exchange(begun, redirected)
    with pytest.raises(AuthlibBaseError, match="invalid_grant"):
        party.exchange(begun, redirected)
    refused = requests.get(
        party.metadata["userinfo_endpoint"], headers={"Authorization": f"Bearer {token['access_token']}"}, timeout=10
    )
    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]


def test_who_consented_once_goes_straight_through_the_next_time(
    relying_party: MakeRelyingParty, person: Person
) -> None:
    party = relying_party()
    first = party.begin()
    person.go(first.url, client=CALLBACK)
    second = party.begin()
    redirected = person.go(second.url, client=CALLBACK)
    assert person.seen == []
    assert party.id_token(second, party.exchange(second, redirected))["nonce"] == second.nonce


@pytest.mark.covers("S7", "S15")
def test_a_no_comes_back_as_access_denied_with_state_and_iss(
    provider: Cluster, relying_party: MakeRelyingParty, person: Person
) -> None:
    begun = relying_party().begin(prompt="consent")
    answered = _response(person.go(begun.url, client=CALLBACK, answer="deny"))
    assert answered.pop("error_description")
    assert answered == {"error": "access_denied", "state": begun.state, "iss": provider.issuer}


@pytest.mark.covers("S16")
def test_prompt_none_without_a_session_is_login_required(
    provider: Cluster, relying_party: MakeRelyingParty, person: Person
) -> None:
    begun = relying_party().begin(prompt="none")
    answered = _response(person.go(begun.url, client=CALLBACK))
    assert answered.pop("error_description")
    assert answered == {"error": "login_required", "state": begun.state, "iss": provider.issuer}
    assert person.seen == []


@pytest.mark.covers("S22", "S23")
def test_authlib_with_another_verifier_gets_nothing(relying_party: MakeRelyingParty, person: Person) -> None:
    party = relying_party()
    begun = party.begin()
    redirected = person.go(begun.url, client=CALLBACK)
    with party.session() as session, pytest.raises(AuthlibBaseError, match="invalid_grant"):
        session.fetch_token(
            party.metadata["token_endpoint"],
            authorization_response=redirected,
            state=begun.state,
            code_verifier="x" * 43,
        )


def test_both_metadata_documents_are_the_same(provider: Cluster) -> None:
    names = ("openid-configuration", "oauth-authorization-server")
    first, second = (requests.get(f"{provider.issuer}/.well-known/{name}", timeout=10).json() for name in names)
    assert first == second
    assert first["issuer"] == provider.issuer


def _response(url: str) -> dict[str, str]:
    """The authorization response's parameters, none of them twice."""
    given = parse_qs(urlsplit(url).query, strict_parsing=True)
    assert all(len(values) == 1 for values in given.values())
    return {name: values[0] for name, values in given.items()}


def _independently_verified(party: RelyingParty, id_token: str) -> dict[str, Any]:
    keys = JWKSet.from_json(requests.get(party.metadata["jwks_uri"], timeout=10).text)
    verified = JWT(jwt=id_token, key=keys, algs=[party.alg], expected_type="JWS")
    claims: dict[str, Any] = json.loads(verified.claims)
    return claims


def _userinfo(party: RelyingParty, token: Any) -> dict[str, Any]:
    """What the endpoint tells by GET with the header; by POST, header and body, it tells the same."""
    endpoint = party.metadata["userinfo_endpoint"]
    with party.session(token=token) as session:
        by_get: dict[str, Any] = session.get(endpoint).json()
        by_post = session.post(endpoint).json()
    in_body = requests.post(endpoint, data={"access_token": token["access_token"]}, timeout=10).json()
    assert by_get == by_post == in_body
    return by_get
