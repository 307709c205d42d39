"""What a relying party sends: authorization requests, token requests, and how it shows who it is."""

import base64
from dataclasses import dataclass

AUTHORIZE, CONSENT, TOKEN, USERINFO = "/oauth2/authorize", "/oauth2/consent", "/oauth2/token", "/oauth2/userinfo"
FORM_TYPE = "application/x-www-form-urlencoded"
"""The content type of every form (RFC 6749 appendix B)."""
REDIRECT_URI = "https://rp.example/callback"
NOWHERE = "http://127.0.0.1:9/callback"
"""The callback of a client of a live provider: nobody listens there, the address itself is looked at."""
SCOPE = "openid profile email"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
"""The pair of RFC 7636 appendix B."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A client that is in the store, and the secret that only this test knows."""

    client_id: str
    client_secret: str = ""
    redirect_uri: str = REDIRECT_URI


def begun_otherwise(text: str) -> str:
    """The text with another first letter, whichever it has."""
    return ("B" if text.startswith("A") else "A") + text[1:]


def authorization_request(client: Registered, /, **changes: str | None) -> dict[str, str]:
    """The parameters of a good authorization request, but for `changes`; None takes one away."""
    good: dict[str, str | None] = {
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uri,
        "response_type": "code",
        "scope": SCOPE,
        "state": "af0ifjsldkj",
        "nonce": "n-0S6_WzA2Mj",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def code_form(client: Registered, code: str, /, **changes: str | None) -> dict[str, str]:
    """The parameters of a good token request for a code, without the client's authentication; None takes one away."""
    good: dict[str, str | None] = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.redirect_uri,
        "code_verifier": VERIFIER,
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def refused(error: str, description: str, reason: str) -> dict[str, str]:
    """All that an answer in JSON says of an error."""
    explained = f"http://localhost:8000/oauth2/errors#{reason}"
    return {"error": error, "error_description": description, "error_uri": explained}


def secret_post(client: Registered) -> dict[str, str]:
    """The parameters of client_secret_post."""
    return {"client_id": client.client_id, "client_secret": client.client_secret}


def basic(client_id: str, client_secret: str) -> dict[str, str]:
    """The header of client_secret_basic; what we mint needs no form-encoding."""
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
