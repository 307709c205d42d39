"""client_credentials: the client acts for itself, without HTTP."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.support.builders import client_record
from tokens.grants import redeem
from tokens.protocol import permission
from tokens.protocol.errors import InvalidScope, OAuthError, UnauthorizedClient
from tokens.protocol.records import Client, Issuance
from tokens.protocol.scopes import SUPPORTED
from tokens.protocol.token_request import TokenRequest

PEOPLES = tuple(name for name in SUPPORTED if name not in ("openid", "offline_access"))
READ, WRITE = "urn:orders#orders:read", "urn:orders#orders:write"
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


def ask(client: Client, scope: str | None = None, resource: tuple[str, ...] = ()) -> Issuance:
    return redeem(TokenRequest(grant_type="client_credentials", scope=scope, resource=resource), client, NOW)


def machine(*scope: str, **changes: object) -> Client:
    return client_record(grant_types=("client_credentials",), scope=scope, **changes)


@pytest.mark.parametrize(
    ("allowed", "asked", "given"),
    [
        ((), None, ()),
        ((READ,), None, (READ,)),
        # RFC 6749 §3.3: a default of the server's own. What is of people needs somebody.
        (("openid", "offline_access", *PEOPLES), None, ()),
        (("openid", READ, "offline_access", WRITE, *PEOPLES), None, (READ, WRITE)),
        (("openid", READ), "orders:read", (READ,)),
        (("email", "profile"), "profile", ("profile",)),
        (("email", "profile"), "profile email profile", ("profile", "email")),
    ],
)
def test_the_scope_is_what_is_asked_of_what_the_client_may_have(
    allowed: tuple[str, ...], asked: str | None, given: tuple[str, ...]
) -> None:
    expected = Issuance(authorization=None, scope=given, resource=permission.resources(given))
    assert ask(machine(*allowed), asked) == expected


@pytest.mark.covers("S28 scope")
@pytest.mark.parametrize("asked", ["profile", "email profile", "unknown", "EMAIL", "email  email", " ", "a" * 300])
def test_a_scope_that_the_client_may_not_have_is_refused_not_dropped(asked: str) -> None:
    with pytest.raises(InvalidScope):
        ask(machine("email"), asked)


@pytest.mark.covers("S28 audience")
def test_the_resources_are_those_of_the_request_else_the_client_s_own() -> None:
    client = machine("urn:a#a", "urn:b#b", "urn:c#c", default_resource=("urn:a", "urn:b"))
    assert ask(client).resource == ("urn:a", "urn:b")
    assert ask(client, resource=("urn:c",)).resource == ("urn:c",)
    assert ask(client, "c").resource == ("urn:c",)
    assert ask(machine("email")).resource == ()


@pytest.mark.covers("S51 allow-list")
@pytest.mark.parametrize("asked", ["openid", "offline_access", "email openid", "offline_access email"])
def test_what_is_for_people_who_sign_in_is_refused_though_the_client_may_have_it(asked: str | None) -> None:
    with pytest.raises(InvalidScope):
        ask(machine("openid", "offline_access", "email"), asked)
    assert ask(machine("openid", "offline_access", "email"), "email").scope == ("email",)


@pytest.mark.covers("S47 token")
def test_a_public_client_is_nobody() -> None:
    with pytest.raises(UnauthorizedClient):
        ask(machine("email", token_endpoint_auth_method="none"), "email")


@pytest.mark.covers("S51 allow-list")
def test_a_client_without_the_grant_type_is_refused() -> None:
    with pytest.raises(UnauthorizedClient):
        ask(client_record(), "email")


@pytest.mark.django_db
def test_no_store_is_asked_whatever_the_answer() -> None:
    with CaptureQueriesContext(connection) as captured:
        ask(machine("email"), "email")
        with pytest.raises(OAuthError):
            ask(machine("email"), "openid")
    assert len(captured) == 0
