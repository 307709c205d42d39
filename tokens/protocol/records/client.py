"""Clients and protected resources."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, get_args

from tokens.protocol import permission
from tokens.protocol.member_types import (
    Choice,
    Choices,
    Flag,
    Jwks,
    Lines,
    Link,
    Resources,
    Scope,
    Seconds,
    Switch,
    Text,
    Uri,
    Uris,
    alg,
)
from tokens.protocol.members import CONFIDENTIAL, FIXED, PEOPLE
from tokens.protocol.redirect_uris import ApplicationType

SubjectType = Literal["public", "pairwise"]
TokenFormat = Literal["jwt", "opaque"]
TokenType = Literal["at+jwt", "JWT"]
"""The `typ` of an access token's header: RFC 9068 §2.1's, or the only one that an API knows."""
Pkce = Literal["optional", "pkce_or_nonce", "required"]
"""What an authorization request has to send against stolen codes, each stricter than the one before."""
Protection = Literal["pkce", "nonce", "neither"]
"""What one did send (RFC 9700 §2.1.1)."""
RESPONSE_MODES_OF: Mapping[tuple[ApplicationType, bool], tuple[str, ...]] = {
    ("web", False): ("query", "form_post"),
    ("web", True): ("fragment", "query"),
    ("native", True): ("query",),
    ("native", False): ("query",),
}
"""Of an application type and whether the client is public: how an answer reaches the part of it that wants it. A page's
script reads a fragment, which would stay with the browser of a site that has a server."""
NEVER = datetime(1, 1, 1, tzinfo=UTC)
"""Of a record that no store has written."""
MAX_NAME = 255  # characters
NO_NAME = "a name is needed, which people see when they are asked"
MAX_RULES = 100
MAX_RULE = 300  # characters
MAX_GROUP = 100  # characters
MAX_AGE = timedelta(days=3650)
PEOPLE_GRANTS = frozenset({"authorization_code"})
"""The grants in which a person signs in and allows something."""


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """HMAC-SHA256 of a secret under the pepper of that id, in hex; several may be live, for rotation."""

    pepper: str
    digest: str
    expires: datetime | None
    last_used: datetime | None = None
    """As of some minutes ago: it is not written at every use."""
    id: str = field(default="", compare=False)
    """The store's name for it, which tells nothing of the secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionsSeen:
    """When the client last redeemed a code whose request had sent so much. As of a day ago: not each time is noted."""

    pkce: datetime | None = None
    nonce: datetime | None = None
    neither: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A client. Its metadata are under the names of RFC 7591 §2: each line with a type of `member_types` is a member,
    and forms, options, columns and JSON follow from it. Words for people are in `tokens/admin/forms/words.py`."""

    client_id: str
    client_name: Annotated[str, Text(MAX_NAME, NO_NAME)]
    grant_types: Annotated[tuple[str, ...], Choices()]
    response_types: Annotated[tuple[str, ...], Choices(), PEOPLE]
    response_modes: Annotated[tuple[str, ...], Choices(), PEOPLE] = ()
    """How an answer may travel to it. None is named: those of its kind, see `answered_by`."""
    redirect_uris: Annotated[tuple[str, ...], Uris(), PEOPLE]
    post_logout_redirect_uris: Annotated[tuple[str, ...], Uris(), PEOPLE] = ()
    scope: Annotated[tuple[str, ...], Scope()]
    """What it may ask for, each as `permission` writes it."""
    default_resource: Annotated[tuple[str, ...], Resources()] = ()
    """What its tokens are for where a request names no `resource` (RFC 8707)."""
    application_type: Annotated[ApplicationType, Choice(get_args(ApplicationType)), FIXED]
    token_endpoint_auth_method: Annotated[str, Choice(), CONFIDENTIAL]
    pin_token_endpoint_auth_method: Annotated[bool, Flag(), CONFIDENTIAL] = False
    """Its secret is taken only as that method sends it; else by `client_secret_basic` and `client_secret_post`."""
    jwks: Annotated[Mapping[str, Any] | None, Jwks(), CONFIDENTIAL] = None
    jwks_uri: Annotated[str, Uri(), CONFIDENTIAL] = ""
    token_endpoint_auth_signing_alg: Annotated[str, alg(optional=True), CONFIDENTIAL] = ""
    """The one algorithm of its assertions; empty: any that we take."""
    pkce: Annotated[Pkce, Choice(get_args(Pkce)), PEOPLE, CONFIDENTIAL] = "optional"
    """What it has to send, if the deployment does not ask for more. A public client's is `required`."""
    id_token_signed_response_alg: Annotated[str, alg(), PEOPLE] = "RS256"  # noqa: S105 an algorithm
    userinfo_signed_response_alg: Annotated[str, alg(optional=True), PEOPLE] = ""
    """Empty: userinfo answers plain JSON."""
    claims_in_id_token: Annotated[bool, Flag(), PEOPLE] = True
    """Scopes put their claims into the ID token too. Off: only userinfo tells them (OpenID Connect Core §5.4)."""
    claims_mapping: Annotated[tuple[str, ...], Lines(MAX_RULES, MAX_RULE), PEOPLE] = ()
    """Its own claims, each line a `claims_mapping.Rule`."""
    allowed_groups: Annotated[tuple[str, ...], Lines(MAX_RULES, MAX_GROUP), PEOPLE] = ()
    """The groups of people who may use it; empty: everybody."""
    second_factor_required: Annotated[bool, Flag(), PEOPLE] = False
    """Nobody goes on to it by one factor."""
    username_as_name: Annotated[bool, Flag(), PEOPLE] = True
    """The claim `name` of who has no name is their user name."""
    default_max_age: Annotated[timedelta | None, Seconds(MAX_AGE), PEOPLE] = None
    rotate_refresh_tokens: Annotated[bool | None, Switch(), PEOPLE] = None
    """None: on for public clients and off for confidential ones."""
    backchannel_logout_uri: Annotated[str, Uri(), PEOPLE] = ""
    """Where it is told that a session ended; empty: nowhere."""
    backchannel_logout_session_required: Annotated[bool, Flag(), PEOPLE] = False
    """It understands only notices that name one session by its `sid`."""
    subject_type: Annotated[SubjectType, Choice(get_args(SubjectType)), PEOPLE] = "public"
    sector_identifier_uri: Annotated[str, Uri(), PEOPLE] = ""
    """Names the sector of a pairwise client whose redirect URIs have several hosts (OpenID Connect Core §8.1)."""
    client_uri: Annotated[str, Link(), PEOPLE] = ""
    logo_uri: Annotated[str, Link(), PEOPLE] = ""
    policy_uri: Annotated[str, Link(), PEOPLE] = ""
    tos_uri: Annotated[str, Link(), PEOPLE] = ""
    skip_consent: Annotated[bool, Flag()] = False
    """A client of the deployment's own: the person is not asked."""
    development: Annotated[bool, Flag()] = False
    """May use http on loopback though the issuer is public."""
    enabled: Annotated[bool, Flag()] = True
    secrets: tuple[ClientSecret, ...] = ()
    resources: tuple[str, ...] = ()
    """The resource indicators (RFC 8707) that this client serves: it may introspect tokens meant for them."""
    told_at_introspection: Mapping[str, tuple[str, ...]] = field(default_factory=dict, compare=False)
    """Each of them → its `introspection_claims`, which come with the client."""
    resources_of_scope: tuple["Resource", ...] = field(default=(), compare=False)
    """The resources that its scopes belong to, which come with the client from `Clients.get`."""
    protections_seen: ProtectionsSeen = ProtectionsSeen()
    logo: str = ""
    """What `pictures` calls the picture that is kept of its `logo_uri`; empty where none is."""
    fetched_logo: bytes = field(default=b"", compare=False, repr=False)
    """That picture, where it was fetched just now and is to be kept. What is read from a store has none."""
    logout_failing_since: datetime | None = None
    """When the first notice did not reach it; None where the last one did, and where its metadata changed since."""
    updated: datetime = field(default=NEVER, compare=False)
    """When the store last wrote its metadata, by which it knows one version from another."""

    def resources_named(self, identifiers: Collection[str]) -> list["Resource"]:
        """Those of the resources that its scopes belong to."""
        return [each for each in self.resources_of_scope if each.identifier in identifiers]

    @property
    def answered_by(self) -> tuple[str, ...]:
        """The response modes that it may have."""
        return self.response_modes or RESPONSE_MODES_OF[self.application_type, self.public]

    @property
    def rotates(self) -> bool:
        """Whether its refresh tokens are replaced at each use (RFC 9700 §4.14.2)."""
        return self.public if self.rotate_refresh_tokens is None else self.rotate_refresh_tokens

    @property
    def public(self) -> bool:
        """RFC 6749 §2.1."""
        return self.token_endpoint_auth_method == "none"  # noqa: S105 the name of a method

    def is_for(self, groups: Collection[str]) -> bool:
        """Whether somebody who is in these groups may use it."""
        return not self.allowed_groups or not frozenset(self.allowed_groups).isdisjoint(groups)

    @property
    def for_people(self) -> bool:
        """Whether people sign in at it."""
        return not PEOPLE_GRANTS.isdisjoint(self.grant_types)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A protected resource (RFC 8707 §2), an API: a client that may have one of its scopes may ask for tokens for
    it."""

    identifier: str
    scope: tuple[str, ...]
    """By name. Another resource may have scopes of the same names."""
    access_token_format: TokenFormat = "jwt"  # noqa: S105 the name of a form
    access_token_signed_response_alg: str = "RS256"  # noqa: S105 the name of an algorithm
    access_token_typ: TokenType = "at+jwt"  # noqa: S105 the name of a form
    introspection_claims: tuple[str, ...] = ()
    """What introspection tells of the person beyond their tokens (RFC 7662 §2.2): claims, and `username`, which is told
    anyway unless the token's client is a pairwise one."""
    scope_sentences: tuple[str, ...] = ()
    """What its scopes are called for people, each line as `scope_sentences` has it."""
    name: str = ""
    """For people."""
    updated: datetime = field(default=NEVER, compare=False)
    """As a client's."""

    @property
    def permissions(self) -> tuple[str, ...]:
        """Its scopes, as what is permitted keeps them."""
        return tuple(permission.of(self.identifier, name) for name in self.scope)
