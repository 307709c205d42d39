"""A relying party that we did not write (Authlib) signs people in against a live server."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from authlib.common.errors import AuthlibBaseError
from jwcrypto.jwk import JWKSet
from jwcrypto.jwt import JWT

from tests.outside.interop.clients import CONFIDENTIAL, KINDS, MACHINES, SIGNED_OUT, Registered
from tests.outside.interop.relying_party import RelyingParty
from tests.servers.nodes import Cluster
from tests.support import assertions
from tests.support.messages import NOWHERE
from tests.support.people import EMAIL, USERNAME
from tests.support.person import Person

MakeRelyingParty = Callable[..., RelyingParty]


@pytest.fixture(scope="session")
def relying_party(provider: Cluster, clients: dict[str, Registered]) -> MakeRelyingParty:
    """Relying parties, one of each sort for all tests."""
    metadata = requests.get(f"{provider.issuer}/.well-known/openid-configuration", timeout=10).json()
    return lambda name="basic": RelyingParty(metadata, clients[name])


@pytest.mark.parametrize("name", KINDS)
def test_authlib_signs_a_person_in(relying_party: MakeRelyingParty, person: Person, name: str) -> None:
    party = relying_party(name)
    before = int(time.time())
    begun = party.begin(prompt="consent")
    redirected = person.go(begun.url, client=NOWHERE)
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
        "name": USERNAME,
        "preferred_username": USERNAME,
        "email": EMAIL,
        "email_verified": True,
    }


@pytest.mark.covers("S19 second", "S19 revokes")
def test_authlib_cannot_use_a_code_twice_and_loses_what_the_first_use_gave(
    relying_party: MakeRelyingParty, person: Person
) -> None:
    party = relying_party()
    begun = party.begin()
    redirected = person.go(begun.url, client=NOWHERE)
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
    person.go(first.url, client=NOWHERE)
    second = party.begin()
    redirected = person.go(second.url, client=NOWHERE)
    assert person.seen == []
    assert party.id_token(second, party.exchange(second, redirected))["nonce"] == second.nonce


@pytest.mark.covers("S7 error", "S15 exact")
def test_a_no_comes_back_as_access_denied_with_state_and_iss(
    provider: Cluster, relying_party: MakeRelyingParty, person: Person
) -> None:
    begun = relying_party().begin(prompt="consent")
    answered = _response(person.go(begun.url, client=NOWHERE, answer="deny"))
    assert answered.pop("error_description")
    assert answered.pop("error_uri").startswith(provider.issuer)
    assert answered == {"error": "access_denied", "state": begun.state, "iss": provider.issuer}


@pytest.mark.covers("S16 none")
def test_prompt_none_without_a_session_is_login_required(
    provider: Cluster, relying_party: MakeRelyingParty, person: Person
) -> None:
    begun = relying_party().begin(prompt="none")
    answered = _response(person.go(begun.url, client=NOWHERE))
    assert answered.pop("error_description")
    assert answered.pop("error_uri").startswith(provider.issuer)
    assert answered == {"error": "login_required", "state": begun.state, "iss": provider.issuer}
    assert person.seen == []


@pytest.mark.covers("S22 verifier", "S23 verifier")
def test_authlib_with_another_verifier_gets_nothing(relying_party: MakeRelyingParty, person: Person) -> None:
    party = relying_party()
    begun = party.begin()
    redirected = person.go(begun.url, client=NOWHERE)
    with party.session() as session, pytest.raises(AuthlibBaseError, match="invalid_grant"):
        session.fetch_token(
            party.metadata["token_endpoint"],
            authorization_response=redirected,
            state=begun.state,
            code_verifier="x" * 43,
        )


@pytest.mark.covers("S29 rotate")
@pytest.mark.parametrize(("name", "rotates"), [("spa", True), ("native", True), ("basic", False), ("key", False)])
def test_authlib_refreshes(relying_party: MakeRelyingParty, regular: Person, name: str, rotates: bool) -> None:
    """A public client gets another refresh token each time, a confidential one keeps its own."""
    party = relying_party(name)
    token = dict(party.sign_in(regular))
    before = dict(token)
    with party.session(token=token) as session:
        after = session.refresh_token(party.metadata["token_endpoint"])
        assert session.get(party.metadata["userinfo_endpoint"]).status_code == 200
    assert after["access_token"] != before["access_token"]
    assert (after["refresh_token"] != before["refresh_token"]) is rotates


@pytest.mark.parametrize("name", MACHINES)
def test_authlib_acts_for_itself(relying_party: MakeRelyingParty, name: str) -> None:
    party = relying_party(name)
    with party.session(scope="email") as session:
        token = session.fetch_token(party.metadata["token_endpoint"], grant_type="client_credentials")
    assert {name: token[name] for name in ("token_type", "expires_in", "scope")} == {
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "email",
    }
    assert {"refresh_token", "id_token"}.isdisjoint(token)


@pytest.mark.parametrize("name", CONFIDENTIAL)
def test_authlib_introspects_what_it_holds(relying_party: MakeRelyingParty, regular: Person, name: str) -> None:
    party = relying_party(name)
    token = party.sign_in(regular)
    for kind in ("access_token", "refresh_token"):
        told = _introspected(party, token[kind])
        assert (told["active"], told["client_id"]) == (True, party.client.client_id)
    assert _introspected(party, "0.unknown") == {"active": False}


@pytest.mark.covers("S34 access", "S34 refresh")
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
@pytest.mark.parametrize("name", CONFIDENTIAL)
def test_authlib_revokes_a_token_and_all_that_came_with_it(
    relying_party: MakeRelyingParty, regular: Person, name: str, kind: str
) -> None:
    party = relying_party(name)
    token = party.sign_in(regular)
    with party.session() as session:
        answer = session.revoke_token(party.metadata["revocation_endpoint"], token[kind], kind)
    assert answer.status_code == 200
    assert _introspected(party, token["access_token"]) == {"active": False}
    assert _introspected(party, token["refresh_token"]) == {"active": False}


@pytest.mark.covers("S73 exact")
def test_authlib_signs_a_person_out(relying_party: MakeRelyingParty, person: Person) -> None:
    """Authlib has no function for it: the request is an address with parameters."""
    party = relying_party()
    token = party.sign_in(person)
    parameters = {"id_token_hint": token["id_token"], "post_logout_redirect_uri": SIGNED_OUT, "state": "left"}
    url = f"{party.metadata['end_session_endpoint']}?{urlencode(parameters)}"
    assert person.visit(url, client=SIGNED_OUT) == f"{SIGNED_OUT}?state=left"
    answered = _response(person.go(party.begin(prompt="none").url, client=NOWHERE))
    assert answered["error"] == "login_required"


def test_authlib_with_another_key_than_the_registered_one_is_refused(relying_party: MakeRelyingParty) -> None:
    party = relying_party("machine with a key")
    stranger = replace(party, client=replace(party.client, credential=assertions.private(assertions.pair(kid="2"))))
    with stranger.session(scope="email") as session, pytest.raises(AuthlibBaseError, match="invalid_client"):
        session.fetch_token(party.metadata["token_endpoint"], grant_type="client_credentials")


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
    verified = JWT(jwt=id_token, key=keys, algs=[party.client.kind.alg], expected_type="JWS")
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


def _introspected(party: RelyingParty, token: str) -> dict[str, Any]:
    with party.session() as session:
        body: dict[str, Any] = session.introspect_token(party.metadata["introspection_endpoint"], token).json()
    return body
