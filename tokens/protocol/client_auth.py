"""Client authentication (RFC 6749 §2.3): what was presented, and whether it is right."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import unquote_plus

from tokens.protocol import client_assertion
from tokens.protocol.client_assertion import Assertion
from tokens.protocol.errors import InvalidClient, InvalidRequest
from tokens.protocol.jwks import VerifyingKey
from tokens.protocol.records import Client, ClientSecret

CLIENT_SECRET_BASIC = "client_secret_basic"  # noqa: S105 the name of a method
CLIENT_SECRET_POST = "client_secret_post"  # noqa: S105 the name of a method
PRIVATE_KEY_JWT = "private_key_jwt"
NONE = "none"
SECRET_METHODS = (CLIENT_SECRET_BASIC, CLIENT_SECRET_POST)
METHODS = (CLIENT_SECRET_BASIC, CLIENT_SECRET_POST, PRIVATE_KEY_JWT, NONE)
NOTED_EVERY = timedelta(minutes=5)
"""How exactly the last use of a secret is known: a write at every request would cost more than it tells."""


@dataclass(frozen=True, slots=True)
class Presented:
    """Who a request says it is, and by which method it wants to show it."""

    method: str
    client_id: str
    client_secret: str = ""
    assertion: Assertion | None = None


def presented(authorization: str | None, form: Mapping[str, str]) -> Presented:
    """What a request presents. Raises InvalidRequest for two methods (RFC 6749 §2.3), InvalidClient for none."""
    client_id, client_secret = form.get("client_id"), form.get("client_secret")
    if "client_assertion" in form or "client_assertion_type" in form:
        return _private_key_jwt(authorization, form)
    if authorization is not None:
        return _basic(authorization, client_id, client_secret)
    if client_id is None:
        raise InvalidClient("the request does not say which client it comes from")
    if client_secret is not None:
        return Presented(CLIENT_SECRET_POST, client_id, client_secret)
    return Presented(NONE, client_id)


def known(proof: Presented, client: Client | None) -> Client | None:
    """The client, if it may authenticate at all, and by this method."""
    if client is None or not client.enabled or client.token_endpoint_auth_method != proof.method:
        return None
    return client


def check(
    proof: Presented,
    client: Client | None,
    peppers: Mapping[str, bytes],
    now: datetime,
    keys: Iterable[VerifyingKey] = (),
) -> Client:
    """The client that `proof` shows; `keys` are the ones to verify its assertion with. Raises InvalidClient, with the
    same words and work whatever was wrong."""
    found = known(proof, client)
    if proof.assertion is not None:
        alg = found.token_endpoint_auth_signing_alg if found else ""
        matching = client_assertion.is_signed(proof.assertion, keys if found else (), alg)
    else:
        secrets = found.secrets if found else ()
        matching = proof.method == NONE or matched(proof.client_secret, secrets, peppers, now) is not None
    if found is None or not matching:
        raise InvalidClient("client authentication failed")
    return found


def matched(
    client_secret: str, secrets: Iterable[ClientSecret], peppers: Mapping[str, bytes], now: datetime
) -> ClientSecret | None:
    """The live one of the secrets that `client_secret` is."""
    # One digest a pepper, whoever asks: an unknown client costs what a known one does.
    digests = {pepper: secret_digest(client_secret, key) for pepper, key in peppers.items()}
    live = [secret for secret in secrets if secret.expires is None or now < secret.expires]
    known = [secret for secret in live if secret.pepper in digests]
    return next((secret for secret in known if hmac.compare_digest(secret.digest, digests[secret.pepper])), None)


def unnoted(client: Client, now: datetime) -> list[ClientSecret]:
    """The client's secrets whose use at this instant is to be noted: at most every NOTED_EVERY."""
    return [each for each in client.secrets if each.last_used is None or each.last_used <= now - NOTED_EVERY]


def secret_digest(client_secret: str, pepper: bytes) -> str:
    """What is stored of a secret: HMAC-SHA256 in hex. It is 256 random bits, so a slow hash would add nothing."""
    return hmac.new(pepper, client_secret.encode(), hashlib.sha256).hexdigest()


def _private_key_jwt(authorization: str | None, form: Mapping[str, str]) -> Presented:
    if authorization is not None or "client_secret" in form:
        raise InvalidRequest("a client assertion beside another authentication method: one a request")
    assertion = client_assertion.read(form.get("client_assertion_type"), form.get("client_assertion"))
    if form.get("client_id", assertion.client_id) != assertion.client_id:
        # RFC 7521 §4.2.
        raise InvalidClient("client_id differs from the client assertion")
    return Presented(PRIVATE_KEY_JWT, assertion.client_id, assertion=assertion)


def _basic(authorization: str, client_id: str | None, client_secret: str | None) -> Presented:
    if client_secret is not None:
        raise InvalidRequest("client_secret beside an Authorization header: one authentication method a request")
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise InvalidClient("the Authorization scheme of this endpoint is Basic")
    try:
        user, colon, password = base64.b64decode(credentials.strip(), validate=True).decode().partition(":")
        # RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
        user, password = unquote_plus(user, errors="strict"), unquote_plus(password, errors="strict")
    except (binascii.Error, ValueError):
        raise InvalidClient("the Basic credentials cannot be read") from None
    if not colon or "\x00" in user:
        raise InvalidClient("the Basic credentials cannot be read")
    if client_id is not None and client_id != user:
        raise InvalidRequest("client_id differs from the Basic credentials")
    return Presented(CLIENT_SECRET_BASIC, user, password)
