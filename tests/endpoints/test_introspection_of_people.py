"""introspection_endpoint (RFC 7662 §2.2): what an API is told of the person whose token it was shown."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.endpoints.lifecycle import introspect
from tests.support import builders
from tests.support.endpoints import post, tokens_of
from tests.support.messages import TOKEN, Registered, basic

ISSUER, API = "http://localhost:8000", "https://api.example/"


def told(sender: Client, asker: Registered, client: Registered, alice: User, *resource: str) -> dict[str, Any]:
    """What introspection says beyond the token's own claims."""
    token = tokens_of(sender, client, alice.pk, resource=resource)["access_token"]
    ours = {"active", "token_type", "iss", "aud", "sub", "client_id", "scope", "iat", "exp", "jti"}
    ours |= {"auth_time", "acr", "amr", "authorization_id"}
    return {name: value for name, value in introspect(sender, asker, token).json().items() if name not in ours}


@pytest.mark.covers("S54")
@pytest.mark.parametrize(
    ("wanted", "public", "pairwise"),
    [
        ((), {"username": "alice"}, {}),
        (("username",), {"username": "alice"}, {"username": "alice"}),
        (
            ("email", "email_verified"),
            {"username": "alice", "email": "alice@example.org", "email_verified": True},
            {"email": "alice@example.org", "email_verified": True},
        ),
        (
            ("preferred_username",),
            {"username": "alice", "preferred_username": "alice"},
            {"preferred_username": "alice"},
        ),
    ],
)
@pytest.mark.parametrize("token_format", ["jwt", "opaque"])
def test_an_api_is_told_who_the_person_is_as_it_wants_and_their_client_is_not(
    anybody: Client,
    alice: User,
    token_format: str,
    wanted: tuple[str, ...],
    public: dict[str, object],
    pairwise: dict[str, object],
) -> None:
    api = builders.register("api", "")
    builders.protect(API, "read", owner=api, access_token_format=token_format, introspection_claims=wanted)
    builders.protect("urn:other", "read", introspection_claims=("name",))
    scope = f"openid profile {API}#read urn:other#read"
    for subject_type, expected in (("public", public), ("pairwise", pairwise)):
        client = builders.register("web", scope=scope, subject_type=subject_type)
        assert told(anybody, api, client, alice, API) == expected
        assert told(anybody, client, client, alice, API) == {}


@pytest.mark.covers("S36 audience", "S36 inactive")
def test_of_nobody_and_of_another_s_resource_nothing_more_is_told(
    anybody: Client, alice: User, web: Registered
) -> None:
    owner, other = builders.register("api", ""), builders.register("api", "")
    builders.protect(ISSUER, "read", owner=owner, introspection_claims=("username", "email"))
    builders.protect("https://other.example/", "read", owner=other, introspection_claims=("username", "email"))
    machine = builders.register("machine", "", scope="email")
    form, own = {"grant_type": "client_credentials"}, basic(machine.client_id, machine.client_secret)
    body = introspect(anybody, owner, post(anybody, TOKEN, form, own).json()["access_token"]).json()
    assert body["active"]
    assert {"username", "email"}.isdisjoint(body)
    assert told(anybody, other, web, alice) == {}
