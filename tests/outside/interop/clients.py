"""The clients that both libraries are: every kind by every way to authenticate, registered once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.outside.interop.registration import register
from tests.servers.nodes import Cluster
from tests.support import assertions
from tests.support.messages import NOWHERE

SIGNED_OUT = "http://127.0.0.1:9/signed-out"


@dataclass(frozen=True, slots=True)
class Kind:
    kind: str
    token_endpoint_auth_method: str
    alg: str = "RS256"
    """Of its ID tokens."""

    @property
    def has_key(self) -> bool:
        return self.token_endpoint_auth_method == "private_key_jwt"

    def registration(self) -> dict[str, Any]:
        columns: dict[str, Any] = {"kind": self.kind, "token_endpoint_auth_method": self.token_endpoint_auth_method}
        if self.has_key:
            columns["jwks"] = assertions.key_set()
        if self.kind == "machine":
            return {**columns, "redirect_uri": "", "scope": "email"}
        people = {
            "redirect_uri": NOWHERE,
            "post_logout_redirect_uris": [SIGNED_OUT],
            "response_modes": ["query", "fragment", "form_post"],
        }
        return {**columns, **people, "id_token_signed_response_alg": self.alg}


KINDS: Mapping[str, Kind] = {
    "basic": Kind("web", "client_secret_basic"),
    "post": Kind("web", "client_secret_post", "ES256"),
    "key": Kind("web", "private_key_jwt"),
    "spa": Kind("spa", "none"),
    "native": Kind("native", "none", "ES256"),
}
MACHINES: Mapping[str, Kind] = {
    "machine": Kind("machine", "client_secret_basic"),
    "machine with a key": Kind("machine", "private_key_jwt"),
}
CONFIDENTIAL = [name for name, kind in KINDS.items() if kind.token_endpoint_auth_method != "none"]


@dataclass(frozen=True, slots=True)
class Registered:
    kind: Kind
    client_id: str
    credential: Any
    """Its secret, or its private key as a JWK (ES256); empty for a public client."""


def registered(provider: Cluster) -> dict[str, Registered]:
    """By the names in KINDS and MACHINES."""
    kinds = {**KINDS, **MACHINES}
    made = register(provider, *(kind.registration() for kind in kinds.values()))
    key = {**assertions.private(assertions.pair()), "alg": "ES256"}
    return {
        name: Registered(kind, known["client_id"], key if kind.has_key else known["client_secret"])
        for (name, kind), known in zip(kinds.items(), made, strict=True)
    }
