"""Whether the client that a request names is the one that its answer reaches (RFC 8252 §8.6, RFC 6749 §10.2)."""

from tokens.protocol.records import Client


def is_assured(client: Client, redirect_uri: str) -> bool:
    """Whether nobody else gets, or could use, an answer that goes to this redirect URI of the client's. Who holds an
    https address proves it; a site with a secret or a key proves itself when it redeems the code. On loopback, and for
    an app's private-use scheme, any program on the person's device can wait for the answer."""
    return redirect_uri.startswith("https://") or (client.application_type == "web" and not client.public)


def need_not_ask(client: Client, redirect_uri: str) -> bool:
    """Whether an administrator said that nobody is asked at this client: of one that runs on people's own devices that
    holds only where its identity is assured."""
    return client.skip_consent and (client.application_type == "web" or is_assured(client, redirect_uri))
