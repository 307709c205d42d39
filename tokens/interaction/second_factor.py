"""Whether somebody has to prove a second factor before they go on to a client, whatever its request asks for."""

from accounts import sessions
from tokens.protocol.records import Client


def is_missing(client: Client, current: sessions.Current) -> bool:
    """Whether one is required of the person, or for the client, and the sign-in proved one factor. No query."""
    return not current.is_of_several and (current.second_factor_required or client.second_factor_required)
