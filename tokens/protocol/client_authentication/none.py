"""none (RFC 7591 §2): a public client only says which one it is (RFC 6749 §3.2.1)."""

from tokens.protocol.client_authentication.method import Credentials, Evidence, Method, Presented
from tokens.protocol.reasons import refusal
from tokens.protocol.records import Client

NAME = "none"


def present(credentials: Credentials) -> Presented[None]:
    if "client_id" not in credentials.form:
        raise refusal("client_unnamed")
    return Presented(NAME, credentials.form["client_id"], None)


def proves(proof: None, client: Client | None, evidence: Evidence) -> bool:
    """There is nothing to prove, and for a client that has more to show this proves nothing."""
    return client is not None and client.public


METHOD = Method(credential="none", present=present, proves=proves)
