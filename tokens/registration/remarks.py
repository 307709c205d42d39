"""What to tell who registers a client, though it may be so: what will not work, or not as well as it could."""

from collections.abc import Iterator

from tokens import fetch
from tokens.protocol import redirect_uris
from tokens.protocol.client_metadata import MEMBERS
from tokens.protocol.member_types import Uri, shown
from tokens.protocol.records import Client


def remarks(client: Client) -> Iterator[tuple[str, str]]:
    """The member and a sentence, like those of its faults. Looks up the hosts that would be called, for up to
    `fetch.MAX_SECONDS` each, so it is not for a transaction."""
    for uri in client.redirect_uris:
        for remark in redirect_uris.remarks(uri, client.application_type):
            yield "redirect_uris", f"{shown(uri)} {remark}"
    called = [name for name, member in MEMBERS.items() if isinstance(member.type, Uri) and getattr(client, name)]
    for name in called:
        uri = getattr(client, name)
        if obstacle := fetch.obstacle(uri, client=client.client_id):
            yield name, f"{shown(uri)} will not be called: {obstacle}"
