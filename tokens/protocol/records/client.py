"""Clients and protected resources."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

ApplicationType = Literal["web", "native"]


SubjectType = Literal["public", "pairwise"]


TokenFormat = Literal["jwt", "opaque"]


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """HMAC-SHA256 of a secret under the pepper of that id, in hex; several may be live, for rotation."""

    pepper: str
    digest: str
    expires: datetime | None
    last_used: datetime | None = None
    """As of some minutes ago: it is not written at every use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A client's metadata, under the names of RFC 7591 §2."""

    client_id: str
    client_name: str
    redirect_uris: tuple[str, ...]
    grant_types: tuple[str, ...]
    response_types: tuple[str, ...]
    token_endpoint_auth_method: str
    scope: tuple[str, ...]
    application_type: ApplicationType
    id_token_signed_response_alg: str
    client_uri: str = ""
    logo_uri: str = ""
    policy_uri: str = ""
    tos_uri: str = ""
    post_logout_redirect_uris: tuple[str, ...] = ()
    subject_type: SubjectType = "public"
    sector_identifier_uri: str = ""
    """Names the sector of a pairwise client whose redirect URIs have several hosts (OpenID Connect Core §8.1)."""
    userinfo_signed_response_alg: str = ""
    """Empty: userinfo answers plain JSON."""
    default_max_age: timedelta | None = None
    default_resource: tuple[str, ...] = ()
    """What its tokens are for where a request names no `resource` (RFC 8707)."""
    backchannel_logout_uri: str = ""
    """Where it is told that a session ended; empty: nowhere."""
    backchannel_logout_session_required: bool = False
    """It understands only notices that name one session by its `sid`."""
    jwks: Mapping[str, Any] | None = None
    jwks_uri: str = ""
    token_endpoint_auth_signing_alg: str = ""
    """The one algorithm of its assertions; empty: any that we take."""
    rotate_refresh_tokens: bool | None = None
    """None: as its kind has it, on for public clients and off for confidential ones."""
    skip_consent: bool = False
    """A client of the deployment's own: the person is not asked."""
    development: bool = False
    """May use http on loopback though the issuer is public."""
    enabled: bool = True
    secrets: tuple[ClientSecret, ...] = ()
    resources: tuple[str, ...] = ()
    """The resource indicators (RFC 8707) that this client serves: it may introspect tokens meant for them."""

    @property
    def rotates(self) -> bool:
        """Whether its refresh tokens are replaced at each use (RFC 9700 §4.14.2)."""
        return self.public if self.rotate_refresh_tokens is None else self.rotate_refresh_tokens

    @property
    def public(self) -> bool:
        """RFC 6749 §2.1."""
        return self.token_endpoint_auth_method == "none"  # noqa: S105 the name of a method


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A protected resource (RFC 8707 §2), an API: whoever may have one of its scopes may ask for tokens for it."""

    identifier: str
    scope: tuple[str, ...]
    access_token_format: TokenFormat = "jwt"  # noqa: S105 the name of a form
    access_token_signed_response_alg: str = "ES256"  # noqa: S105 the name of an algorithm
    name: str = ""
    """For people."""
