"""The records that travel between the layers. Times are aware datetimes in UTC, scopes tuples in the order asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from tokens.protocol.handles import Handle, Key

UNBOUND = Key("unbound")
"""The browser of an interaction that nobody has opened yet: it came by a POST from another site. Nobody's key is so."""

ApplicationType = Literal["web", "native"]
OFFLINE_ACCESS = "offline_access"
KeyState = Literal["next", "active", "retiring", "retired", "revoked"]
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimsRequest:
    """The names of the claims that a request asks for one by one (OpenID Connect Core §5.5), of those that we have."""

    userinfo: tuple[str, ...] = ()
    id_token: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """One authorization event. Whatever is issued from it points to it, and revoking it ends them all."""

    id: str
    client_id: str
    subject: str
    """The person, as `accounts` knows them: never what a pairwise client is told."""
    sid: str | None
    scope: tuple[str, ...]
    auth_time: datetime
    acr: str
    amr: tuple[str, ...]
    root_at: datetime
    """The instant of the sign-in that it hangs on: revoking a subject or client compares with this, not with `iat`."""
    expires: datetime
    kept_until: datetime | None = None
    """The end of its session, where that comes after its own: so long it says that the client took part in it."""
    consent_id: str | None = None
    resource: tuple[str, ...] = ()
    """The protected resources that tokens may be for; none: only ourselves."""
    claims: ClaimsRequest = ClaimsRequest()

    @property
    def offline(self) -> bool:
        """Outlives its session (OpenID Connect Core §11): consent, user, client or "sign out everywhere" end it."""
        return OFFLINE_ACCESS in self.scope


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """An opaque access token: the row holds the claims that a JWT (RFC 9068 §2.2) would carry."""

    key: Key
    claims: Mapping[str, Any]
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """RFC 6749 §1.5. `generation` counts the tokens of a family from 0; a request may narrow `scope`."""

    key: Key
    authorization_id: str
    client_id: str
    generation: int
    scope: tuple[str, ...]
    expires: datetime
    spent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationCode:
    """RFC 6749 §4.1.2. It carries its whole authorization: one write consumes it and tells all that is needed."""

    key: Key
    authorization: Authorization
    redirect_uri: str
    code_challenge: str | None
    nonce: str | None
    expires: datetime
    spent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutDelivery:
    """A notice that a client is owed (OpenID Connect Back-Channel Logout 1.0 §2.5): a session ended."""

    id: int
    client_id: str
    subject: str
    """The person, as `accounts` knows them: never what a pairwise client is told."""
    sid: str | None
    """The session, likewise. None: all sessions of the person."""
    created: datetime
    attempts: int
    """How often it was claimed. Who claimed it earlier has no say any more."""
    due: datetime | None
    """When it may be claimed. None: there is nothing more to do."""
    delivered_at: datetime | None = None
    outcome: str = ""
    """Of the last attempt, for whoever looks after it."""
    expires: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What a person allowed a client, until `expires`. It keeps its id until it is withdrawn; the next has another."""

    id: str
    subject: str
    client_id: str
    scope: tuple[str, ...]
    claims: tuple[str, ...] = ()
    """What was asked for one by one, beyond the scopes."""
    resource: tuple[str, ...] = ()
    granted_at: datetime
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """An authorization request that waits for a person. Pages carry its id alone."""

    key: Key
    browser: Key
    """Whose browser began it, or was the first to open an UNBOUND one: nobody else's can go on with it."""
    parameters: Mapping[str, str]
    created: datetime
    expires: datetime
    steps: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A key pair; `private` is sealed, `public` a JWK (RFC 7517).

    A key is published as `next`, signs while `active`, stays published as `retiring` until all that it signed has
    expired, and `retired` still tells its old ID tokens. `revoked`: whatever it signed is nobody's word. The last two
    have no private half.
    """

    kid: str
    alg: str
    public: Mapping[str, Any]
    private: str
    state: KeyState
    created: datetime
    since: datetime
    """From when it has its state, by the store's clock."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to do a scheduled task for a while. Whoever claims it later has a higher epoch and makes this void."""

    task: str
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReport:
    """How a scheduled task fares, by the store's clock."""

    task: str
    runs: int
    """How often it was begun, ever."""
    failures: int
    """How many of the runs ended with an error, ever."""
    success_age: float | None = None
    """Seconds since a run ended well; None if none has, or none that is still remembered."""
    duration: float = 0
    """Seconds that this run took."""
    rows: Mapping[str, int] = field(default_factory=dict)
    """What it did, by kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Referrer:
    """What a row of a kind of REFERRING names. None: it names none, or knows no more than another of the ids says."""

    key: str
    client_id: str | None = None
    subject: str | None = None
    authorization_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JwkSet:
    """What we publish (RFC 7517 §5), for each algorithm the key that signs first; for `max_age` seconds it may be
    cached."""

    keys: tuple[Mapping[str, Any], ...]
    max_age: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuance:
    """What a grant hands to the mint. `refresh_token` is what the client is told; storing it was the grant's affair.

    `authorization` is None where nobody signed in: the client acts for itself (RFC 6749 §4.4)."""

    authorization: Authorization | None
    scope: tuple[str, ...]
    resource: tuple[str, ...] = ()
    """The protected resources that this access token is for; none: only ourselves."""
    nonce: str | None = None
    refresh_token: Handle | None = None
