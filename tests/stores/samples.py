"""Records to put into a store: each new, each changed by keywords."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.support.pictures import named, png
from tokens.conf import minter
from tokens.protocol import handles
from tokens.protocol.handles import Key
from tokens.protocol.records import (
    AccessToken,
    Authorization,
    AuthorizationCode,
    ClaimsRequest,
    Client,
    ClientSecret,
    Confirmation,
    Consent,
    Done,
    Interaction,
    RefreshToken,
    Resource,
    SigningKey,
)

NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
END = NOW + timedelta(minutes=1)
INSTANT = timedelta(microseconds=1)
CLIENT = "client-1"
FAR = datetime(9000, 1, 1, tzinfo=UTC)
THUMBPRINT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"  # RFC 9449 §6.1
GRACE = timedelta(hours=1)
IMPOSSIBLE = ("", "\x00", "a\x00b", "\ud800", "x" * 10_000, "ä€🦊", "'; --", "%s", "c" * 255 + "\n")
"""What no column can hold, or only a longer one: a lookup answers, it never fails."""
IDENTIFIERS = (
    "https://a",
    "https://A",
    "https://a/b",
    "https://a/_",
    "https://a/%",
    "https://a/%25",
    "https://a/it's",
    "https://a/?b=%_*",
    "urn:x",
    "urn:xy",
    "urn:https://a",
)
"""Of resources. Each is another one, whatever SQL makes of its letters, and though one begins or ends like another."""


AddClient = Callable[[Client], None]
AddResource = Callable[[Resource], None]


def handle() -> str:
    return minter().mint()


def key() -> Key:
    return handles.key(minter().mint())


def subject() -> str:
    return str(uuid4())


def client(**changes: Any) -> Client:
    record = Client(
        client_id=CLIENT,
        client_name="A client",
        redirect_uris=("https://client.example/cb", "https://client.example/other?a=b"),
        grant_types=("authorization_code",),
        response_types=("code",),
        token_endpoint_auth_method="client_secret_basic",
        scope=("openid", "profile"),
        application_type="web",
        id_token_signed_response_alg="ES256",
        client_uri="https://client.example/",
        logo_uri="https://client.example/logo.svg",
        policy_uri="https://client.example/policy",
        tos_uri="https://client.example/terms",
        post_logout_redirect_uris=("https://client.example/bye",),
        backchannel_logout_uri="https://client.example/logout",
        backchannel_logout_session_required=True,
        jwks={"keys": [{"kty": "EC", "kid": "1"}]},
        jwks_uri="https://client.example/jwks",
        token_endpoint_auth_signing_alg="PS256",
        rotate_refresh_tokens=True,
        subject_type="pairwise",
        sector_identifier_uri="https://client.example/sector",
        userinfo_signed_response_alg="EdDSA",
        default_max_age=timedelta(hours=1),
        default_resource=("urn:c", "https://api.example/b"),
        second_factor_required=True,
        skip_consent=True,
        development=True,
        enabled=True,
        secrets=(ClientSecret("1", "a" * 64, None), ClientSecret("2", "b" * 64, END, NOW)),
        resources=("https://api.example/a", "https://api.example/b", "urn:c"),
    )
    return replace(record, **changes)


LOGO = png()
LOGO_NAME = named(LOGO)


def authorization(**changes: Any) -> Authorization:
    record = Authorization(
        id=handle(),
        client_id=CLIENT,
        subject=subject(),
        sid=handle(),
        told_sid=handle(),
        consent_id=handle(),
        scope=("openid", "profile"),
        auth_time=NOW - timedelta(seconds=5),
        acr="1",
        amr=("pwd",),
        root_at=NOW - timedelta(seconds=7),
        expires=END,
        kept_until=END + timedelta(hours=1),
        resource=("https://api.example/b", "urn:c"),
        claims=ClaimsRequest(userinfo=("name", "email"), id_token=("email",)),
    )
    return replace(record, **changes)


def code(**changes: Any) -> AuthorizationCode:
    record = AuthorizationCode(
        key=key(),
        authorization=authorization(),
        redirect_uri="https://client.example/cb",
        code_challenge="c" * 43,
        nonce="n-0S6_WzA2Mj",
        expires=END,
        dpop_jkt=THUMBPRINT,
    )
    return replace(record, **changes)


def resource(**changes: Any) -> Resource:
    record = Resource(
        identifier="https://api.example/orders",
        name="Orders",
        scope=("orders:read", "orders:write"),
        access_token_format="opaque",
        access_token_signed_response_alg="RS256",
    )
    return replace(record, **changes)


def access_token(**changes: Any) -> AccessToken:
    claims = {"sub": "a", "aud": ["urn:c"], "exp": 1, "authorization_id": handle(), "amr": ["pwd"], "scope": "a b"}
    return replace(AccessToken(key=key(), claims=claims, expires=END), **changes)


def refresh_token(**changes: Any) -> RefreshToken:
    record = RefreshToken(
        key=key(),
        authorization_id=handle(),
        client_id=CLIENT,
        generation=0,
        scope=("openid", "profile"),
        expires=END,
        confirmation=Confirmation(jkt=THUMBPRINT, x5t_s256=THUMBPRINT[::-1]),
    )
    return replace(record, **changes)


def consent(**changes: Any) -> Consent:
    record = Consent(
        id=handle(),
        subject=subject(),
        client_id=CLIENT,
        scope=("openid",),
        claims=("email", "name"),
        resource=("urn:c", "https://api.example/a"),
        granted_at=NOW - INSTANT,
        expires=END,
    )
    return replace(record, **changes)


def done(kind: str, whose: str, at: datetime | None = None) -> Done:
    return Done(kind=kind, whose=whose, at=at)


def interaction(**changes: Any) -> Interaction:
    record = Interaction(
        key=key(), browser=key(), parameters={"client_id": CLIENT, "state": "§"}, created=NOW, expires=END
    )
    return replace(record, **changes)


def signing_key(**changes: Any) -> SigningKey:
    record = SigningKey(
        kid=handle(),
        alg="ES256",
        public={"kty": "EC", "x": "1"},
        private="sealed",
        state="active",
        created=NOW,
        since=NOW,
    )
    return replace(record, **changes)
