"""Where a sign-out leads afterwards (OpenID Connect RP-Initiated Logout 1.0 §2, §3)."""

from dataclasses import dataclass

from tokens.protocol import redirect_uris
from tokens.protocol.errors import OAuthError
from tokens.protocol.reasons import refusal
from tokens.protocol.records import Client
from tokens.protocol.response_modes import query


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What a request says of it. `client`: an enabled one that the request or its hint names; None: there is none."""

    client: Client | None
    post_logout_redirect_uri: str | None
    state: str | None

    @property
    def url(self) -> str | None:
        """The client's own address, the same string as registered, with `state`; None where it does not have it."""
        uri = self.post_logout_redirect_uri
        if uri is None or self.client is None or uri not in self.client.post_logout_redirect_uris:
            return None
        return query(uri, {"state": self.state}) if self.state is not None else uri

    @property
    def wrong(self) -> OAuthError | None:
        """Why nobody is led to the address that it names; None where it names none, or a good one."""
        uri = self.post_logout_redirect_uri
        if uri is None or self.url is not None:
            return None
        if self.client is None:
            return refusal("post_logout_redirect_uri_of_nobody")
        meant = redirect_uris.near(uri, self.client.post_logout_redirect_uris)
        right = f", and {redirect_uris.quoted(meant)} is" if meant is not None else ""
        return refusal("post_logout_redirect_uri_unregistered", came=redirect_uris.quoted(uri), right=right)

    @property
    def parameters(self) -> dict[str, str]:
        """What says it again in a request of our own."""
        said = {
            "client_id": self.client.client_id if self.client is not None else None,
            "post_logout_redirect_uri": self.post_logout_redirect_uri,
            "state": self.state,
        }
        return {name: value for name, value in said.items() if value is not None}
