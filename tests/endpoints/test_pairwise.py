"""Pairwise subjects (OpenID Connect Core §8): a client is told of a person by a name that no other sector sees."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import LoginSession, User
from tests.endpoints.lifecycle import END_SESSION, introspect, is_active, refresh, revoke
from tests.support import builders
from tests.support.builders import change_clients, protect
from tests.support.endpoints import exchange, location, post
from tests.support.held import only
from tests.support.messages import (
    AUTHORIZE,
    REDIRECT_URI,
    TOKEN,
    USERINFO,
    Registered,
    authorization_request,
    basic,
    bearer,
)
from tokens.keys import signer
from tokens.protocol import handles, records
from tokens.protocol.subject import session_id, subject
from tokens.stores import store

API, OPAQUE = "https://api.example/", "https://opaque.example/"
SCOPE = "openid orders:read"
KINDS = (("id_token", "JWT"), ("access_token", "at+jwt"))


@pytest.fixture
def api() -> Registered:
    return builders.register("api", "")


@pytest.fixture
def hidden(api: Registered) -> Registered:
    """A pairwise client that may ask for a JWT and for an opaque token."""
    protect(API, "orders:read", owner=api)
    protect(OPAQUE, "stock:read", owner=api, access_token_format="opaque")
    return pairwise()


def pairwise(redirect_uri: str = REDIRECT_URI, **columns: Any) -> Registered:
    more = {"skip_consent": True, "scope": "openid orders:read stock:read offline_access", **columns}
    return builders.register("web", redirect_uri, subject_type="pairwise", **more)


def names_of(client: Registered, alice: User) -> tuple[str, str]:
    """`sub` and `sid` as the client is to be told."""
    held = store().clients.get(client.client_id)
    assert held is not None
    sid = LoginSession.objects.get(user=alice, ended_at=None).sid
    return subject(held, str(alice.pk), settings.PAIRWISE_SALT), session_id(held, sid, settings.PAIRWISE_SALT)


class Wire:
    """Every answer that leaves for the client, with the tokens in it opened."""

    def __init__(self) -> None:
        self.bytes = b""

    def heard(self, answer: Any) -> Any:
        self.bytes += answer.content + repr(dict(answer.headers)).encode()
        for typ in ("JWT", "at+jwt"):
            for token in self._tokens(answer):
                self.bytes += json.dumps(signer().verify(token, typ=typ)).encode()
        return answer

    def _tokens(self, answer: Any) -> list[str]:
        kind = answer.headers.get("Content-Type", "")
        if kind == "application/jwt":
            return [answer.content.decode()]
        found = answer.json() if kind == "application/json" else {}
        return [found[name] for name in ("access_token", "id_token") if name in found]


def code_for(browser: Client, client: Registered, wire: Wire, *resource: str) -> str:
    """As the authorization endpoint gives it, for these resources."""
    _, parameters = location(wire.heard(browser.get(AUTHORIZE, authorization_request(client, scope=SCOPE))))
    builders.ask_for(handles.Handle(parameters["code"]), resource)
    return parameters["code"]


@pytest.mark.covers("S54")
@pytest.mark.parametrize("signs", ["", "ES256"])
@pytest.mark.parametrize("resource", [(), (API,), (OPAQUE,)])
def test_who_the_person_is_and_which_session_never_leaves_for_the_client(
    anybody: Client,
    browser: Client,
    alice: User,
    api: Registered,
    hidden: Registered,
    resource: tuple[str, ...],
    signs: str,
) -> None:
    change_clients(hidden.client_id, userinfo_signed_response_alg=signs)
    wire = Wire()
    sub, sid = names_of(hidden, alice)
    code = code_for(browser, hidden, wire, *resource)
    tokens = wire.heard(exchange(anybody, hidden, code)).json()
    access, identity = tokens["access_token"], signer().verify(tokens["id_token"], typ="JWT")
    assert identity is not None
    assert (identity["sub"], identity["sid"]) == (sub, sid)
    bodies = [wire.heard(introspect(anybody, each, access)).json() for each in (hidden, *([api] if resource else []))]
    bodies.append(wire.heard(introspect(anybody, hidden, tokens["refresh_token"])).json())
    assert [each["sub"] for each in bodies] == [sub] * len(bodies)
    answer = wire.heard(anybody.get(USERINFO, headers=bearer(access)))
    of_userinfo = signer().verify(answer.content.decode(), typ="JWT") if signs else answer.json()
    assert of_userinfo is not None
    assert of_userinfo["sub"] == sub
    again = wire.heard(refresh(anybody, hidden, tokens["refresh_token"])).json()
    refreshed = signer().verify(again["id_token"], typ="JWT")
    assert refreshed is not None
    assert (refreshed["sub"], refreshed["sid"]) == (sub, sid)
    # And where it goes wrong.
    wire.heard(exchange(anybody, hidden, code))
    wire.heard(refresh(anybody, hidden, tokens["refresh_token"]))
    wire.heard(anybody.get(USERINFO, headers=bearer(access)))
    wire.heard(introspect(anybody, hidden, access))
    wire.heard(revoke(anybody, hidden, access))
    wire.heard(browser.get(AUTHORIZE, authorization_request(hidden, scope=SCOPE, prompt="none", max_age="x")))
    wire.heard(browser.get(AUTHORIZE, authorization_request(hidden, redirect_uri="https://evil.example/")))
    wire.heard(browser.get(END_SESSION, {"id_token_hint": tokens["id_token"], "client_id": "0.other"}))
    secrets = (str(alice.pk), alice.pk.hex, LoginSession.objects.get().sid)
    assert [each for each in secrets if each.encode() in wire.bytes] == []


@pytest.mark.covers("S38 handles")
def test_the_row_of_an_opaque_token_holds_what_the_client_is_told_and_nothing_more(
    anybody: Client, browser: Client, alice: User, hidden: Registered
) -> None:
    exchange(anybody, hidden, code_for(browser, hidden, Wire(), OPAQUE))
    claims = only(records.AccessToken).claims
    assert claims["sub"] == names_of(hidden, alice)[0]
    assert str(alice.pk) not in json.dumps(claims)


@pytest.mark.covers("S54")
def test_clients_of_two_sectors_have_nothing_to_compare(
    anybody: Client, browser: Client, alice: User, hidden: Registered
) -> None:
    other = pairwise("https://other.example/callback")
    same = pairwise(f"{REDIRECT_URI}/2")
    told = []
    for client in (hidden, other, same):
        tokens = exchange(anybody, client, code_for(browser, client, Wire(), API)).json()
        identity, access = (signer().verify(tokens[name], typ=typ) for name, typ in KINDS)
        assert identity is not None
        assert access is not None
        assert identity["sub"] == access["sub"]
        told.append((identity["sub"], identity["sid"], access["authorization_id"]))
    one, another, third = told
    assert not set(one) & set(another)
    assert (one[:2], len({each[2] for each in told})) == (third[:2], 3)


# --- What the client gives back


@pytest.mark.covers("S17", "S73 hint")
def test_its_id_token_is_a_hint_of_the_person_who_is_signed_in(
    anybody: Client, browser: Client, alice: User, hidden: Registered
) -> None:
    tokens = exchange(anybody, hidden, code_for(browser, hidden, Wire())).json()
    assert browser.get(END_SESSION, {"id_token_hint": tokens["id_token"]}).status_code == 200
    assert not LoginSession.objects.filter(ended_at=None).exists()
    assert is_active(anybody, hidden, tokens["access_token"]) is False


@pytest.mark.covers("S17", "S73 hint")
@pytest.mark.parametrize("whose", ["another person's", "the internal one", "another sector's"])
def test_a_hint_with_another_subject_ends_nothing(
    anybody: Client, browser: Client, alice: User, hidden: Registered, whose: str
) -> None:
    bob, other = builders.person("bob"), pairwise("https://other.example/callback")
    records = {client.client_id: store().clients.get(client.client_id) for client in (hidden, other)}
    mine, others = records[hidden.client_id], records[other.client_id]
    assert mine is not None
    assert others is not None
    sub = {
        "another person's": subject(mine, str(bob.pk), settings.PAIRWISE_SALT),
        "the internal one": str(alice.pk),
        "another sector's": subject(others, str(alice.pk), settings.PAIRWISE_SALT),
    }[whose]
    tokens = exchange(anybody, hidden, code_for(browser, hidden, Wire())).json()
    claims = signer().verify(tokens["id_token"], typ="JWT")
    assert claims is not None
    hint = signer().sign({**claims, "sub": sub}, typ="JWT", alg="RS256")
    assert browser.get(END_SESSION, {"id_token_hint": hint})["Location"].startswith("/oauth2/sign_out?")
    assert LoginSession.objects.filter(ended_at=None).exists()


@pytest.mark.covers("S54")
def test_a_client_that_acts_for_itself_is_told_its_own_name(anybody: Client, hidden: Registered) -> None:
    change_clients(hidden.client_id, grant_types=["client_credentials"])
    form = {"grant_type": "client_credentials", "scope": "orders:read"}
    body = post(anybody, TOKEN, form, basic(hidden.client_id, hidden.client_secret)).json()
    claims = signer().verify(body["access_token"], typ="at+jwt")
    assert claims is not None
    assert claims["sub"] == hidden.client_id
