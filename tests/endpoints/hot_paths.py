"""Every request of the hot paths, ready to be sent as often as a test likes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import PeopleGroup, User
from tests.endpoints.lifecycle import introspect, refresh, revoke
from tests.support.builders import NOW, change_clients, let_serve, never_given, protect, register, save_code
from tests.support.endpoints import exchange, post, redeem, tokens_of
from tests.support.messages import (
    AUTHORIZE,
    TOKEN,
    USERINFO,
    Registered,
    authorization_request,
    basic,
    bearer,
    code_form,
)
from tokens.conf import minter
from tokens.grants import GRANTS
from tokens.protocol import handles
from tokens.protocol.client_authentication import METHODS
from tokens.protocol.records import ClaimsRequest, Consent
from tokens.stores import store

APIS = {"jwt": "urn:jwt", "opaque": "urn:opaque"}

Ask = Callable[[], Any]


@pytest.fixture
def asks(anybody: Client, browser: Client, alice: User, web: Registered) -> dict[str, Ask]:
    """A request a budget, ready to be sent as often as wanted, by a client that must ask for consent."""
    change_clients(skip_consent=False, grant_types=list(GRANTS))
    store().consents.grant(
        Consent(
            id="0.consent",
            subject=str(alice.pk),
            client_id=web.client_id,
            scope=("openid", "profile", "email"),
            resource=tuple(APIS.values()),
            granted_at=NOW,
            expires=NOW.replace(year=9999),
        )
    )
    for token_format, identifier in APIS.items():
        protect(identifier, "read", caller=web, access_token_format=token_format)
    tokens = tokens_of(anybody, web, alice.pk)
    grouped = register(allowed_groups=["hatters"], skip_consent=True)
    return {
        **{name: ask for method in METHODS for name, ask in _grants(anybody, alice, method).items()},
        **_for_resources(anybody, alice, web),
        **_looks(anybody, alice, web),
        **_ends(anybody, alice, web),
        "authorize, signed in, consent remembered": lambda: browser.get(AUTHORIZE, authorization_request(web)),
        "authorize, prompt=none": lambda: browser.get(AUTHORIZE, authorization_request(web, prompt="none")),
        "authorize, with all that needs no statement of its own": lambda: browser.get(
            AUTHORIZE,
            authorization_request(web, id_token_hint=tokens["id_token"], claims='{"userinfo": {"name": null}}'),
        ),
        "authorize, for a resource": lambda: browser.get(AUTHORIZE, authorization_request(web, resource=APIS["jwt"])),
        "authorize, for some groups": lambda: browser.get(AUTHORIZE, authorization_request(grouped, prompt="none")),
        "jwks": lambda: anybody.get("/oauth2/jwks"),
        "discovery": lambda: anybody.get("/.well-known/openid-configuration"),
    }


def _grants(sender: Client, person: User, method: str) -> dict[str, Ask]:
    """Every grant by clients that authenticate in this way."""
    client, rotating = (
        register(token_endpoint_auth_method=method, grant_types=list(GRANTS), rotate_refresh_tokens=rotates)
        for rotates in (False, True)
    )

    def code(of: Registered) -> Any:
        return redeem(sender, of, save_code(of.client_id, str(person.pk))[0], method)

    kept, newest, retried = code(client).json(), [code(rotating).json()["refresh_token"]], code(rotating).json()
    refresh(sender, rotating, retried["refresh_token"], method)
    codes = [save_code(client.client_id, str(person.pk))[0] for _ in range(5)]

    def rotate() -> Any:
        answer = refresh(sender, rotating, newest[0], method)
        newest[0] = answer.json()["refresh_token"]
        return answer

    for_itself = {**dict.fromkeys(code_form(client, "")), **MACHINE}
    requests: dict[str, Ask] = {
        f"code by {method}": lambda: redeem(sender, client, codes.pop(), method),
        f"refresh, rotating by {method}": rotate,
        f"refresh, not rotating by {method}": lambda: refresh(sender, client, kept["refresh_token"], method),
        f"retry of a refresh by {method}": lambda: refresh(sender, rotating, retried["refresh_token"], method),
    }
    if method != "none":
        requests[f"client_credentials by {method}"] = lambda: redeem(sender, client, "", method, **for_itself)
    return requests


MACHINE = {"grant_type": "client_credentials", "scope": "email"}


def _for_resources(sender: Client, person: User, web: Registered) -> dict[str, Ask]:
    own = basic(web.client_id, web.client_secret)

    def code(**changes: Any) -> handles.Handle:
        return save_code(web.client_id, str(person.pk), resource=tuple(APIS.values()), **changes)[0]

    def of(token_format: str, identifier: str) -> dict[str, Ask]:
        codes = [code() for _ in range(5)]
        newest = [exchange(sender, web, code(), resource=identifier).json()["refresh_token"]]

        def rotate() -> Any:
            answer = refresh(sender, web, newest[0], resource=identifier)
            newest[0] = answer.json()["refresh_token"]
            return answer

        return {
            f"code for a resource, {token_format}": lambda: exchange(sender, web, codes.pop(), resource=identifier),
            f"refresh for a resource, {token_format}": rotate,
            f"client_credentials for a resource, {token_format}": lambda: post(
                sender, TOKEN, MACHINE | {"resource": identifier}, own
            ),
        }

    change_clients(web.client_id, rotate_refresh_tokens=True)
    wanted = ClaimsRequest(id_token=("email",))
    asking = [save_code(web.client_id, str(person.pk), claims=wanted)[0] for _ in range(5)]
    silent = register(claims_in_id_token=False)
    without = [save_code(silent.client_id, str(person.pk))[0] for _ in range(5)]
    person.people_groups.set([PeopleGroup.objects.create(name=name) for name in ("hatters", "hares")])
    some = register(claims_in_id_token=False, allowed_groups=["hatters"])
    of_some = [save_code(some.client_id, str(person.pk))[0] for _ in range(5)]
    kept = tokens_of(sender, some, person.pk)["refresh_token"]
    return {
        **{name: ask for each, identifier in APIS.items() for name, ask in of(each, identifier).items()},
        "code, claims asked for one by one": lambda: exchange(sender, web, asking.pop()),
        "code, no claims in the ID token": lambda: exchange(sender, silent, without.pop()),
        "code, for some groups": lambda: exchange(sender, some, of_some.pop()),
        "refresh, not rotating, for some groups": lambda: refresh(sender, some, kept),
    }


def _looks(sender: Client, person: User, web: Registered) -> dict[str, Ask]:
    own, api = basic(web.client_id, web.client_secret), register("api", "")
    let_serve(api)
    grouped = register(allowed_groups=["hatters"])
    permitted = store().clients.get(web.client_id)
    assert permitted is not None
    change_clients(grouped.client_id, scope=" ".join(permitted.scope))
    some = tokens_of(sender, grouped, person.pk)
    some_at_api = tokens_of(sender, grouped, person.pk, resource=(APIS["jwt"],))["access_token"]
    signing = register(userinfo_signed_response_alg="ES256")
    signed = tokens_of(sender, signing, person.pk)["access_token"]
    refresh_token = tokens_of(sender, web, person.pk)["refresh_token"]
    hint = {"token_type_hint": "refresh_token"}

    def of(token_format: str, identifier: str) -> dict[str, Ask]:
        token = tokens_of(sender, web, person.pk, resource=(identifier,))["access_token"]
        machine = post(sender, TOKEN, MACHINE | {"resource": identifier}, own).json()["access_token"]
        return {
            f"userinfo, {token_format}": lambda: sender.get(USERINFO, headers=bearer(token)),
            f"introspection, {token_format} of a person": lambda: introspect(sender, web, token),
            f"introspection by the API, {token_format} of a person": lambda: introspect(sender, api, token),
            f"introspection, {token_format} of a machine": lambda: introspect(sender, web, machine),
        }

    return {
        **{name: ask for each, identifier in APIS.items() for name, ask in of(each, identifier).items()},
        "userinfo, for some groups": lambda: sender.get(USERINFO, headers=bearer(some["access_token"])),
        "introspection, for some groups": lambda: introspect(sender, grouped, some["access_token"]),
        "introspection by the API, for some groups": lambda: introspect(sender, api, some_at_api),
        "introspection, refresh token, for some groups": lambda: introspect(sender, grouped, some["refresh_token"]),
        "userinfo, signed": lambda: sender.get(USERINFO, headers=bearer(signed)),
        "introspection, refresh token": lambda: introspect(sender, web, refresh_token),
        "introspection, refresh token with its hint": lambda: introspect(sender, web, refresh_token, **hint),
        "introspection, an opaque token that never was": lambda: introspect(sender, web, minter().mint()),
        "introspection, a refresh token that never was": lambda: introspect(sender, web, never_given()),
        "introspection, no token at all": lambda: introspect(sender, web, "x"),
    }


def _ends(sender: Client, person: User, web: Registered) -> dict[str, Ask]:
    def of(resource: str) -> dict[str, Any]:
        return tokens_of(sender, web, person.pk, resource=(resource,))

    jwt, opaque, hinted = of(APIS["jwt"]), of(APIS["opaque"]), of(APIS["opaque"])
    hint = {"token_type_hint": "access_token"}
    return {
        "revocation, jwt": lambda: revoke(sender, web, jwt["access_token"]),
        "revocation, opaque": lambda: revoke(sender, web, opaque["access_token"]),
        "revocation, opaque with its hint": lambda: revoke(sender, web, hinted["access_token"], **hint),
        "revocation, refresh token": lambda: revoke(sender, web, jwt["refresh_token"]),
        "revocation, an opaque token that never was": lambda: revoke(sender, web, minter().mint()),
        "revocation, a refresh token that never was": lambda: revoke(sender, web, never_given()),
        "revocation, no token at all": lambda: revoke(sender, web, "x"),
    }


@pytest.fixture
def warm(asks: dict[str, Ask]) -> dict[str, Ask]:
    """The same, when each was asked once before: what is loaded once has been loaded."""
    for ask in asks.values():
        assert ask().status_code in (200, 303)
    return asks
