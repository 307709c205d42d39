"""A client's logo (OpenID Connect Registration §2, `logo_uri`) is fetched when the client is saved, and kept with it.
No browser of a person asks the client's server, which would learn who is about to sign in, and could show another
picture to each."""

from dataclasses import replace

from django.core.exceptions import ValidationError

from tokens.fetch import FetchFailed, fetch_bytes
from tokens.protocol import pictures
from tokens.protocol.records import Client

ACCEPT = ", ".join(f"image/{kind}" for kind in pictures.KINDS)


def with_logo(client: Client, before: Client | None) -> Client:
    """The client with the picture that is to be kept of its logo; `before`: as it was, where there was one. What is
    kept of the same address is not fetched again. Raises ValidationError where a new address has no picture: one that
    has none yet holds up no other change. Not to be called inside a transaction: it may ask the client's server."""
    if not client.logo_uri:
        return replace(client, logo="", fetched_logo=b"")
    if before is None or before.logo_uri != client.logo_uri:
        return _fetched(client)
    if client.logo:
        return client
    try:
        return _fetched(client)
    except ValidationError:
        return client


def _fetched(client: Client) -> Client:
    try:
        content = fetch_bytes(client.logo_uri, accept=ACCEPT, most=pictures.MAX_BYTES, client=client.client_id)
        return replace(client, logo=pictures.name_of(content), fetched_logo=content)
    except FetchFailed as error:
        raise ValidationError({"logo_uri": [f"cannot be read: {error}; {pictures.RIGHT} is taken"]}) from None
    except ValueError as error:
        raise ValidationError({"logo_uri": [f"what it answers {error}"]}) from None
