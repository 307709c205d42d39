"""The form of refresh tokens (RFC 6749 §1.5, §10.4): each says its family and generation under a MAC, so that one that
was spent long ago is told from an unknown text without its row.

    <region>.<base64url of: generation 4 | secret 20 | MAC 24 | authorization 32 | the authorization's region>

The bytes are unsigned and big-endian. The region before the dot is the family's home, where its first token was minted.
A successor has the region, the secret and the pepper of the token that it replaces, so it is the same on every node.

The secret is the digest of what the client redeemed for its family, and is nowhere in the store: the authorization
keeps its digest in turn. So neither a pepper nor the database nor both of them make a token, and nobody ends a family
of which they never held a token. All tries to redeem the same begin the same family.
"""

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tokens.protocol import base64url, handles
from tokens.protocol.handles import Handle, Key, Minter
from tokens.protocol.records import NO_KEY, Authorization, Confirmation

NUMBER_BYTES = 4
SECRET_BYTES = 20
"""2^-160 is what RFC 6749 §10.10 asks of a guess."""
MAC_BYTES = 24
LABEL = b"refresh_token "
"""Keeps this use of a pepper apart from its other uses."""
FAMILY = b"refresh_token family "
"""Keeps a family's secret apart from other digests of the same, such as a code's key."""
_SECRET = NUMBER_BYTES
_MAC = _SECRET + SECRET_BYTES
_AUTHORIZATION = _MAC + MAC_BYTES
"""Where each begins among the bytes."""
_FORM = re.compile(r"([a-z0-9]{1,16})\.([A-Za-z0-9_-]{108,128})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """What a refresh token says of itself. `number` counts the tokens of a family from 0."""

    region: str
    authorization_id: Handle
    number: int
    secret: bytes
    mac: bytes

    @property
    def text(self) -> Handle:
        """What the client shows."""
        number = self.number.to_bytes(NUMBER_BYTES)
        authorization = handles.packed(self.authorization_id)
        return Handle(f"{self.region}.{base64url.encode(number + self.secret + self.mac + authorization)}")

    @property
    def key(self) -> Key:
        return handles.key(self.text)

    def family(self, confirmation: Confirmation) -> str:
        """What the authorization keeps of the secret and of the key that the family is bound to: their SHA-256 in
        base64url. 160 random bits need no slow hash."""
        bound = "&".join(f"{member}={thumbprint}" for member, thumbprint in sorted(confirmation.cnf.items()))
        return base64url.encode(hashlib.sha256(self.secret + bound.encode()).digest())


def begin(authorization_id: str, client_id: str, shown: Sequence[str], minter: Minter) -> Generation:
    """The first token of a new family, under the pepper in use. `shown`: what the client redeems for it, none of which
    the store has: a code, and its verifier where there is one. Raises ValueError where the id is no handle."""
    unsealed = Generation(
        region=minter.region,
        authorization_id=Handle(authorization_id),
        number=0,
        secret=hashlib.sha256(FAMILY + " ".join(shown).encode()).digest()[:SECRET_BYTES],
        mac=b"",
    )
    return _sealed(unsealed, client_id, next(iter(minter.peppers.values())))


def parse(text: str) -> Generation | None:
    """What the text says; None where it is not one that `Generation.text` gives, to the letter. It proves nothing."""
    form = _FORM.fullmatch(text)
    return _said(form[1], form[2], text) if form else None


def is_minted(token: Generation, client_id: str, peppers: Mapping[str, bytes]) -> bool:
    """Whether one of the peppers sealed it for this client. It may be spent, or its family over."""
    return any(_sealing(token, client_id, peppers))


def belongs(token: Generation, authorization: Authorization, sender: Confirmation) -> bool:
    """Whether the authorization's family is the token's, and is bound to nothing or to what the sender has shown: who
    saw a token, and has not its key, is nobody."""
    kept = authorization.family or ""
    return any(hmac.compare_digest(token.family(bound), kept) for bound in (NO_KEY, sender))


def successors(token: Generation, client_id: str, peppers: Mapping[str, bytes]) -> Iterator[Generation]:
    """What replaces a token whose row is there. That is one, under the pepper that sealed it; where this was removed,
    one for each that is left, of which the first is the one to add."""
    following = replace(token, number=token.number + 1)
    for pepper in _sealing(token, client_id, peppers) or peppers.values():
        yield _sealed(following, client_id, pepper)


def predecessor(token: Generation, client_id: str, peppers: Mapping[str, bytes]) -> Generation | None:
    """What the token replaced. None where it is a family's first, or the pepper that sealed it was removed."""
    sealing = _sealing(token, client_id, peppers)
    if token.number == 0 or not sealing:
        return None
    return _sealed(replace(token, number=token.number - 1), client_id, sealing[0])


def _said(region: str, tail: str, text: str) -> Generation | None:
    try:
        data = base64url.decode(tail)
        token = Generation(
            region=region,
            authorization_id=handles.unpacked(data[_AUTHORIZATION:]),
            number=int.from_bytes(data[:_SECRET]),
            secret=data[_SECRET:_MAC],
            mac=data[_MAC:_AUTHORIZATION],
        )
    except ValueError:
        return None
    # Base64 has several texts for the same bytes, and a token has one: another would be looked for under another key.
    return token if token.text == text else None


def _sealing(token: Generation, client_id: str, peppers: Mapping[str, bytes]) -> list[bytes]:
    """The peppers that sealed it. Every one is tried."""
    return [pepper for pepper in peppers.values() if hmac.compare_digest(_mac(token, client_id, pepper), token.mac)]


def _sealed(token: Generation, client_id: str, pepper: bytes) -> Generation:
    return replace(token, mac=_mac(token, client_id, pepper))


def _mac(token: Generation, client_id: str, pepper: bytes) -> bytes:
    """Over the client and all that is said. What can be of any length comes as a digest, or ends at a dot."""
    said = (
        hashlib.sha256(client_id.encode()).digest(),
        token.region.encode() + b".",
        token.number.to_bytes(NUMBER_BYTES),
        token.secret,
        handles.packed(token.authorization_id),
    )
    return hmac.digest(pepper, LABEL + b"".join(said), "sha256")[:MAC_BYTES]
