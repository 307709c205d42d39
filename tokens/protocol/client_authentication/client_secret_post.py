"""client_secret_post (RFC 6749 §2.3.1): the secret in the form."""

from tokens.protocol.client_authentication import client_secret
from tokens.protocol.client_authentication.method import Credentials, Method, Presented
from tokens.protocol.reasons import refusal

NAME = "client_secret_post"


def present(credentials: Credentials) -> Presented[str]:
    form = credentials.form
    if "client_id" not in form:
        raise refusal("client_unnamed")
    return Presented(NAME, form["client_id"], form["client_secret"])


METHOD = Method(
    credential="client_secret",
    present=present,
    parameters=frozenset({"client_secret"}),
    proves=client_secret.proves,
    conflict="client_secret beside an Authorization header: one authentication method a request",
)
