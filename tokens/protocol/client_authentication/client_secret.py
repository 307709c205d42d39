"""Client secrets (RFC 6749 §2.3.1), however they are sent: what is kept of them, and which one a text is."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from tokens.protocol.client_authentication.method import Evidence
from tokens.protocol.records import Client, ClientSecret

NOTED_EVERY = timedelta(minutes=5)
"""How exactly the last use of a secret is known: a write at every request would cost more than it tells."""


def proves(client_secret: str, client: Client | None, evidence: Evidence) -> bool:
    secrets = client.secrets if client is not None else ()
    return matched(client_secret, secrets, evidence.peppers, evidence.now) is not None


def matched(
    client_secret: str, secrets: Iterable[ClientSecret], peppers: Mapping[str, bytes], now: datetime
) -> ClientSecret | None:
    """The live one of the secrets that `client_secret` is."""
    # One digest a pepper for every client: an unknown client costs what a known one does.
    digests = {pepper: secret_digest(client_secret, key) for pepper, key in peppers.items()}
    live = [secret for secret in secrets if secret.expires is None or now < secret.expires]
    verifiable = [secret for secret in live if secret.pepper in digests]
    return next((secret for secret in verifiable if hmac.compare_digest(secret.digest, digests[secret.pepper])), None)


def unnoted(client: Client, now: datetime) -> list[ClientSecret]:
    """The client's secrets whose use at this instant is to be noted: at most every NOTED_EVERY."""
    return [each for each in client.secrets if each.last_used is None or each.last_used <= now - NOTED_EVERY]


def secret_digest(client_secret: str, pepper: bytes) -> str:
    """What is stored of a secret: HMAC-SHA256 in hex. It is 256 random bits, so a slow hash would add nothing."""
    return hmac.new(pepper, client_secret.encode(), hashlib.sha256).hexdigest()
