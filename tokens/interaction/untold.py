"""The applications that nobody could tell of a sign-out: the person may still be signed in there, and is told so."""

from collections.abc import Sequence
from dataclasses import dataclass

from tokens.interaction import way_back
from tokens.protocol.records import Client
from tokens.stores import store

MOST = 20
"""Applications of one sign-in that are looked at."""


@dataclass(frozen=True, slots=True)
class Application:
    """As a page shows it. `address`: where people begin at it, if it has one."""

    name: str
    address: str


def untold(sid: str, but: Client | None) -> Sequence[Application]:
    """Of those that were given anything in this sign-in. `but`: who asked for the sign-out, and knows."""
    given = store().authorizations.clients_of(sid, MOST)
    asker = but.client_id if but is not None else None
    return [_shown(client) for client in given if client.client_id != asker and not _is_told(client)]


def _is_told(client: Client) -> bool:
    """Whether it wants a notice, and the last one reached it (OpenID Connect Back-Channel Logout 1.0 §2.5)."""
    return client.enabled and bool(client.backchannel_logout_uri) and client.logout_failing_since is None


def _shown(client: Client) -> Application:
    return Application(client.client_name, way_back.address(client) if client.enabled else "")
