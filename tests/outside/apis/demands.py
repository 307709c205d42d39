"""What resource servers that cannot be run here demand of a token by their documented defaults, with the address of the
issuer, and the audience where they take one, set as those documents say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """`typ`: the values of the header that pass, None for a token without; empty where any does. `claims`: what has to
    be there. `looks_at_aud`: whether the audience is compared where its documents' first example is followed."""

    source: str
    algs: frozenset[str]
    typ: frozenset[str | None] = frozenset()
    claims: frozenset[str] = frozenset({"exp"})
    looks_at_aud: bool

    @property
    def wants_jwt(self) -> bool:
        return bool(self.typ) and "at+jwt" not in self.typ


@dataclass(frozen=True, slots=True, kw_only=True)
class Introspecting:
    """`members`: what it reads of the answer."""

    source: str
    members: tuple[str, ...]
    active: bool = True


RS256 = frozenset({"RS256"})
RSA_AND_EC = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"})
ONLY_JWT = frozenset({"JWT", None})

BY_KEYS: Mapping[str, Verifier] = {
    "Spring Security, jwk-set-uri alone": Verifier(
        source="docs.spring.io/spring-security: OAuth 2.0 Resource Server JWT; RS256 is trusted, any audience passes",
        algs=RS256,
        typ=ONLY_JWT,
        looks_at_aud=False,
    ),
    "Spring Security, issuer-uri and audiences": Verifier(
        source="docs.spring.io/spring-boot: spring.security.oauth2.resourceserver.jwt.audiences",
        algs=RSA_AND_EC,
        typ=ONLY_JWT,
        claims=frozenset({"exp", "iss", "aud"}),
        looks_at_aud=True,
    ),
    "Quarkus": Verifier(
        source="quarkus.io/guides: OIDC Bearer token authentication, quarkus.oidc.token.audience",
        algs=RSA_AND_EC,
        claims=frozenset({"exp", "iat", "iss", "sub"}),
        looks_at_aud=True,
    ),
    "Kafka's BrokerJwtValidator": Verifier(
        source="kafka.apache.org: BrokerJwtValidator, sasl.oauthbearer.expected.audience and .expected.issuer",
        algs=RSA_AND_EC,
        claims=frozenset({"scope", "exp", "sub", "iss", "iat"}),
        looks_at_aud=True,
    ),
    "Kubernetes' API server": Verifier(
        source="kubernetes.io: --oidc-client-id, --oidc-username-claim=sub, --oidc-signing-algs=RS256",
        algs=RS256,
        claims=frozenset({"exp", "iss", "aud", "sub"}),
        looks_at_aud=True,
    ),
    "Vert.x, JWT": Verifier(
        source="vertx.io: OAuth2Auth with JWTOptions.setAudience",
        algs=RSA_AND_EC,
        claims=frozenset({"exp"}),
        looks_at_aud=True,
    ),
}
BY_INTROSPECTION: Mapping[str, Introspecting] = {
    "mod_oauth2": Introspecting(
        source="github.com/OpenIDC/mod_oauth2: OAuth2TokenVerify introspect; the remote user is `sub`",
        members=("active", "sub", "exp"),
    ),
    "django-oauth-toolkit": Introspecting(
        source="django-oauth-toolkit.readthedocs.io: Separate Resource Server",
        members=("active", "username", "scope", "exp"),
    ),
    "Dovecot": Introspecting(
        source="doc.dovecot.org: oauth2, username_attribute = email, active_attribute, introspection_mode = post",
        members=("active", "email", "scope"),
    ),
    "Spring Security, opaque": Introspecting(
        source="docs.spring.io/spring-security: OAuth 2.0 Resource Server Opaque Token; `aud` may be text or array",
        members=("active", "sub", "scope", "aud", "exp", "iat", "iss"),
    ),
    "Vert.x": Introspecting(
        source="vertx.io: OAuth2Auth.authenticate; the answer's client_id, scope and exp become the user's",
        members=("active", "client_id", "scope", "exp"),
    ),
}


def faults(
    row: Verifier, header: Mapping[str, Any], claims: Mapping[str, Any], *, audience: str, issuer: str
) -> list[str]:
    """What it would refuse the token for, of alg, typ, claims, iss and aud."""
    aud = claims.get("aud", [])
    found = {
        "alg": header["alg"] not in row.algs,
        "typ": bool(row.typ) and header.get("typ") not in row.typ,
        "claims": not row.claims <= claims.keys(),
        "iss": claims.get("iss") != issuer,
        "aud": row.looks_at_aud and audience not in ([aud] if isinstance(aud, str) else aud),
    }
    return [name for name, refused in found.items() if refused]
