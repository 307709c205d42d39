"""What a person allowed."""

from dataclasses import dataclass
from datetime import datetime

from tokens.protocol.records.client import Client

OFFLINE_ACCESS = "offline_access"
REFRESH_TOKEN = "refresh_token"  # noqa: S105 the name of a grant type


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimsRequest:
    """The names of the claims that a request asks for one by one (OpenID Connect Core §5.5), of those that we have."""

    userinfo: tuple[str, ...] = ()
    id_token: tuple[str, ...] = ()
    mapped: tuple[str, ...] = ()
    """The sources of those that a client's own mapping adds, by a scope or by name, when it was allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """One authorization event. All that is issued from it points to it, and revoking it ends them all."""

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
    told_sid: str | None = None
    """The `sid` that its client is told of the session, which it names it by at sign-out; a pairwise client's is
    another than ours."""
    family: str | None = None
    """The digest of the secret that its refresh tokens carry; None: it has none."""

    @property
    def offline(self) -> bool:
        """Outlives its session (OpenID Connect Core §11): consent, user, client or "sign out everywhere" end it."""
        return OFFLINE_ACCESS in self.scope

    def may_be_refreshed(self, client: Client) -> bool:
        """Whether its client may use the family's tokens now: one that outlives its session only as long as the client
        may have what makes it so."""
        return REFRESH_TOKEN in client.grant_types and (not self.offline or OFFLINE_ACCESS in client.scope)


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
