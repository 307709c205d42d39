"""Proof Key for Code Exchange (RFC 7636), S256 only, and what a client may send in its place (RFC 9700 §2.1.1)."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import get_args

from tokens.protocol import base64url
from tokens.protocol.reasons import refusal
from tokens.protocol.records import Client, Pkce, Protection, ProtectionsSeen

S256 = "S256"
CODE_CHALLENGE_METHODS = (S256,)
NOTED_EVERY = timedelta(days=1)
"""How exactly it is known what a client sends: a write at every exchange would cost more than it tells."""
WATCHED = timedelta(days=30)
"""How long a client has to send PKCE each time until it may be required of it without a second thought."""
_EARNED: Mapping[Protection | None, Pkce] = {"pkce": "required", "nonce": "pkce_or_nonce"}
"""What may be required of a client that sends at least so much each time."""
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)


def demanded(client: Client, floor: Pkce) -> Pkce:
    """What the client has to send: the stricter of its own member and the deployment's floor. A public client PKCE,
    always: nothing else of its requests shows that a code is its own."""
    return "required" if client.public else max(client.pkce, floor, key=get_args(Pkce).index)


def check_challenge(challenge: str | None, method: str | None) -> None:
    """RFC 7636 §4.4.1, of a request that has one. An absent method means plain, which is refused. Raises
    InvalidRequest."""
    if challenge is None and method is None:
        return
    if challenge is None:
        raise refusal("code_challenge_alone")
    if method != S256:
        raise refusal("code_challenge_method", came=method or "absent")
    if not _CHALLENGE.fullmatch(challenge):
        raise refusal("code_challenge_form")


def check_demand(demand: Pkce, sent: Protection, *, openid: bool) -> None:
    """Whether the request sent what its client has to. `openid`: whether there will be an ID token, which is where the
    client finds its nonce again. Raises InvalidRequest."""
    if demand == "optional" or sent == "pkce" or (demand, sent) == ("pkce_or_nonce", "nonce"):
        return
    if demand == "required":
        raise refusal("pkce_required")
    if openid:
        raise refusal("pkce_or_nonce_required")
    raise refusal("pkce_required_without_openid")


def protection(challenge: str | None, nonce: str | None, *, openid: bool) -> Protection:
    """What ties a code to the sign-in that it is of (RFC 9700 §2.1.1): a nonce only where there is an ID token."""
    if challenge is not None:
        return "pkce"
    return "nonce" if nonce is not None and openid else "neither"


def is_due(seen: ProtectionsSeen, sent: Protection, now: datetime) -> bool:
    """Whether what a client sent is to be noted: at most every NOTED_EVERY, each of the three for itself."""
    noted: datetime | None = getattr(seen, sent)
    return noted is None or noted <= now - NOTED_EVERY


def least_sent(seen: ProtectionsSeen, now: datetime) -> Protection | None:
    """The weakest that the client sent within WATCHED; None where it redeemed no code."""
    weakest_first: tuple[Protection, ...] = ("neither", "nonce", "pkce")
    notes = {sent: getattr(seen, sent) for sent in weakest_first}
    # What is noted may have been sent again until the next note was due.
    since = now - WATCHED - NOTED_EVERY
    return next((sent for sent, noted in notes.items() if noted is not None and noted > since), None)


def earned(client: Client, floor: Pkce, now: datetime) -> Pkce | None:
    """What may be required of the client by what it sends each time; None where it is required already."""
    order = get_args(Pkce).index
    least = _EARNED.get(least_sent(client.protections_seen, now), "optional")
    return least if order(least) > order(demanded(client, floor)) else None


def check_verifier(verifier: str | None, challenge: str | None) -> None:
    """RFC 7636 §4.6, and RFC 9700 §4.8.2: a verifier without a challenge is a downgrade. Raises InvalidGrant."""
    if challenge is None and verifier is None:
        return
    if challenge is None:
        raise refusal("code_verifier_unasked")
    if verifier is None:
        raise refusal("code_verifier_missing")
    if not _VERIFIER.fullmatch(verifier):
        raise refusal("code_verifier_form")
    if not hmac.compare_digest(challenge_of(verifier), challenge):
        raise refusal("code_verifier_wrong")


def challenge_of(verifier: str) -> str:
    """RFC 7636 §4.2."""
    return base64url.encode(hashlib.sha256(verifier.encode("ascii")).digest())
