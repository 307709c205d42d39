"""What a caller may send, and what is to become of it at a view that wants the scope `songs`."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.test import Client

from accounts.models import PeopleGroup, User
from accounts.signals import session_ended
from tests.resource_server.world import API, World, changed
from tests.support import assertions, builders
from tests.support.builders import change_clients
from tests.support.endpoints import tokens_of
from tests.support.messages import bearer
from tokens import models
from tokens.protocol import journal
from tokens.registration import clients
from tokens.stores import store


@dataclass(frozen=True, slots=True)
class Sent:
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


Case = Callable[[World], Sent]


def _person(world: World) -> Sent:
    return Sent(bearer(world.held["access_token"]))


def _machine(world: World) -> Sent:
    return Sent(bearer(world.machine))


def _opaque(world: World) -> Sent:
    resource = builders.protect("urn:songs", "songs", caller=world.client, access_token_format="opaque")
    held = tokens_of(Client(), world.client, world.alice.pk, scope=("openid", "songs"), resource=(resource,))
    assert "." not in held["access_token"].partition(".")[2]
    return Sent(bearer(held["access_token"]))


def _with(**claims: Any) -> Case:
    """Alice's token with other claims, signed by us."""
    return lambda world: Sent(bearer(changed(world.held["access_token"], **claims)))


def meant_for(*audience: str) -> Case:
    """A token of Alice's client for these, each of which it may ask for. The issuer is what `openid` adds."""

    def case(world: World) -> Sent:
        others = [each for each in audience if each != settings.ISSUER]
        for each in others:
            builders.protect(each, "songs", caller=world.client)
        scope = ("openid", "songs") if settings.ISSUER in audience else ("songs",)
        held = tokens_of(Client(), world.client, world.alice.pk, scope=scope, resource=tuple(others))
        return Sent(bearer(held["access_token"]))

    return case


def _with_scopes(*scopes: str) -> Case:
    """A token of Alice's client for what it may ask for and our view does not take."""

    def case(world: World) -> Sent:
        change_clients(world.client.client_id, scope=" ".join(("openid", *scopes)))
        held = tokens_of(Client(), world.client, world.alice.pk, scope=("openid", *scopes))
        return Sent(bearer(held["access_token"]))

    return case


def _after(act: Callable[[World], Any], sent: Case = _person) -> Case:
    def case(world: World) -> Sent:
        token = sent(world)
        act(world)
        return token

    return case


def _header(header: str) -> Case:
    return lambda world: Sent({"Authorization": header.format(world.held["access_token"])})


def _disable(world: World) -> None:
    change_clients(world.client.client_id, enabled=False)
    clients.void(world.client.client_id)


def _revoke(world: World) -> None:
    for kept in models.Authorization.objects.all():
        store().journal.revoke(journal.authorization(kept.id), kept.expires)


def _end_session(world: World) -> None:
    held = models.Authorization.objects.get()
    session_ended.send(sender=User, sid=held.sid, subject=str(world.alice.pk), expires=held.expires)


def _switch_off(world: World) -> None:
    world.alice.is_active = False
    world.alice.save()


def _switch_off_behind_our_back(world: World) -> None:
    """By SQL, which sends no signal."""
    User.objects.update(is_active=False)


def _exclude(world: World) -> None:
    """Only others may use the client from now on."""
    change_clients(world.client.client_id, allowed_groups=["hatters"])


def _among_those_who_may(world: World) -> Sent:
    _exclude(world)
    world.alice.people_groups.add(PeopleGroup.objects.create(name="hatters"))
    return _person(world)


def _unsigned(world: World) -> Sent:
    payload = world.held["access_token"].split(".")[1]
    key = models.SigningKey.objects.get(alg="RS256")
    header = assertions.b64(json.dumps({"alg": "none", "typ": "at+jwt", "kid": key.kid}).encode()).decode()
    return Sent(bearer(f"{header}.{payload}."))


def _by_a_stranger(world: World) -> Sent:
    key = models.SigningKey.objects.get(alg="ES256")
    header = {"alg": "ES256", "typ": "at+jwt", "kid": key.kid}
    payload = world.held["access_token"].split(".")[1]
    claims = json.loads(assertions.unb64(payload))
    return Sent(bearer(assertions.sign(claims, **header)))


def _in_the_query(world: World) -> Sent:
    return Sent(query={"access_token": world.held["access_token"]})


def _in_the_query_too(world: World) -> Sent:
    return Sent(bearer(world.held["access_token"]), {"access_token": world.held["access_token"]})


GOOD: Mapping[str, Case] = {
    "a token of a person": _person,
    "an opaque token of a person": _opaque,
    "a token of a person of the client's groups": _among_those_who_may,
    "a token meant for others too": _with(aud=[API, "http://localhost:8000"]),
    "a token with more scopes": _with(scope="a songs b"),
    "a scheme in other letters": _header("bEARER  {} "),
    "a query of odd letters": lambda world: Sent(_person(world).headers, {"%": "%zz\x00é"}),
    "a query that looks like a request of OAuth": lambda world: Sent(
        _person(world).headers, {"scopes": "x", "user": "x", "client": "x", "scope": "x"}
    ),
}
NO_TOKEN: Mapping[str, Case] = {
    "nothing": lambda world: Sent(),
    "no header but an empty one": _header(""),
    "a scheme alone": _header("Bearer"),
    "another scheme": _header("DPoP {}"),
    "a scheme that begins like ours": _header("BearerX {}"),
    "a password": _header("Basic YTpi"),
    "two tokens": _header("Bearer {0} {0}"),
    "two headers, which a server makes one": _header("Bearer {0},Bearer {0}"),
}
INVALID_TOKEN: Mapping[str, Case] = {
    "garbage": _header("Bearer x"),
    "garbage of dots": _header("Bearer ..."),
    "garbage of other letters": _header("Bearer \N{LATIN SMALL LETTER E WITH ACUTE}\xff"),
    "garbage with a NUL": _header("Bearer a\x00b"),
    "garbage without end": _header("Bearer " + "A.{0}" * 3000),
    "a quote": _header('Bearer "{0}"'),
    "a token with its end cut off": lambda world: Sent(bearer(world.held["access_token"][:-2])),
    "a handle of nobody": _header("Bearer 0." + "A" * 43),
    "an expired token": _with(exp=1),
    "a token of another issuer": _with(iss="https://evil.example"),
    "a token without an audience": _with(aud=[]),
    "a revoked authorization": _after(_revoke),
    "an ended session": _after(_end_session),
    "a disabled client": _after(_disable),
    "a disabled client, for itself": _after(_disable, _machine),
    "a deleted person": _after(lambda world: world.alice.delete()),
    "a person switched off": _after(_switch_off),
    "a person switched off behind our back": _after(_switch_off_behind_our_back),
    "a person who left the client's groups": _after(_exclude),
    "an ID token": lambda world: Sent(bearer(world.held["id_token"])),
    "a refresh token": lambda world: Sent(bearer(world.held["refresh_token"])),
    "a token without a signature": _unsigned,
    "a token signed by a stranger": _by_a_stranger,
}
ELSEWHERE: Mapping[str, Case] = {
    "a token meant for another API": meant_for("https://api.example/other"),
    "a token meant for the address that it was sent to": meant_for("http://testserver/"),
    "a token meant for what our name begins with": meant_for("http://localhost"),
    "a token meant for a page of ours": meant_for("http://localhost:8000/view"),
}
IN_A_URL: Mapping[str, Case] = {
    "a token in the query": _in_the_query,
    "a token in the query and one in the header": _in_the_query_too,
}
TOO_NARROW: Mapping[str, Case] = {
    "a token with another scope": _with(scope="openid"),
    "a token without a scope": _with(scope=None),
    "a token with a scope that begins like ours": _with_scopes("songs:read", "song", "Songs"),
}
