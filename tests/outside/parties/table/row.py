"""One row: what a relying party does where only issuer, id, secret and redirect URI are set, as its documents say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tests.support.messages import NOWHERE

Secret = Literal["basic", "body", "basic, then body", "basic, empty", "none"]
"""Where a request to the token endpoint has it. `basic, then body`: golang.org/x/oauth2 tries the one, and whatever the
error is the other. `none`: only the client's id is sent, in the body."""
Way = Literal["redirect", "popup", "cross-site iframe"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the row's facts come from, and which of them it does not say."""

    document: str
    version: str
    unsaid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The right answer where our rules forbid the default. `option`: the parameter that has to be another; the
    description names it."""

    error: str
    option: str
    page: str = ""
    """That of docs/connect which sets it, where there is one."""
    sets: str = ""
    """As that page writes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logout:
    """What it sends to the end_session_endpoint (OpenID Connect RP-Initiated Logout §2), besides the redirect URI."""

    hint: bool = True
    client_id: bool = False
    state: bool = False
    method: Literal["GET", "POST"] = "GET"
    by_server: bool = False
    """The application's server sends it, so no cookie of the person comes along."""
    leads_back: bool = True
    """Whether it names a post_logout_redirect_uri."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Row:
    name: str
    """As the list of NAMES has it."""
    case: str = ""
    """Told apart from its other rows."""
    source: Source
    kind: str = "web"
    """Of `createclient`."""
    redirect_uri: str = NOWHERE
    registered: str = ""
    """The redirect URI that it is registered with, where that is another."""

    response_type: str = "code"
    response_mode: str | None = None
    scope: str = "openid profile email"
    state: bool = True
    nonce: bool = False
    pkce: bool = False
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Others that it sends to the authorization endpoint."""
    way: Way = "redirect"

    secret: Secret = "basic"
    token_parameters: Mapping[str, str] = field(default_factory=dict)
    """Others that it sends with the code."""
    reads: Literal["id_token", "userinfo"] = "userinfo"
    """Where it takes the person's claims from."""
    needs: tuple[str, ...] = ("sub",)
    """The claims that it cannot do without."""

    refreshes: bool = True
    refresh_secret: Secret | None = None
    """Where it is elsewhere than at the exchange."""
    refresh_scope: bool = False
    """Whether it names its scope again."""
    revokes: tuple[str, ...] = ()
    """Hints of the tokens that it revokes, in order, before it signs out if it does."""
    logout: Logout | None = None
    """None: it ends its own session only."""
    refused: Refused | None = None

    @property
    def id(self) -> str:
        return f"{self.name} ({self.case})" if self.case else self.name


NO_PKCE = Refused(error="invalid_request", option="code_challenge")
"""Security line 22: a public client always uses PKCE."""
IMPLICIT = Refused(
    error="unsupported_response_type",
    option="response_type",
    page="express-openid-connect",
    sets='response_type: "code"',
)
"""Security line 8: no ID token in the front channel."""
