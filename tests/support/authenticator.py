"""An authenticator in software (WebAuthn Level 3 §6), and the browser before it: what a page's script would send."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from django.conf import settings
from fido2.cose import ES256, RS256, CoseKey, EdDSA
from fido2.utils import sha256, websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

FLAG = AuthenticatorData.FLAG
PRESENT_AND_VERIFIED = FLAG.UP | FLAG.UV
Options = Mapping[str, Any]


@dataclass(kw_only=True)
class Authenticator:
    """With one passkey, once it made it. What it sends can be told to be otherwise than the page asked."""

    origin: str = field(default_factory=lambda: settings.ISSUER)
    algorithm: str = "ES256"
    flags: FLAG = PRESENT_AND_VERIFIED
    counter: int = 0
    credential_id: bytes = field(default_factory=lambda: os.urandom(16))
    aaguid: bytes = bytes(16)
    user_handle: bytes | None = None
    more: Mapping[str, Any] = field(default_factory=dict)
    """Further members of the client data."""
    _key: Any = None

    def create(self, options: Options, **changes: Any) -> str:
        """The answer to the options of a registration."""
        self._key, public = made_key(self.algorithm)
        self.user_handle = websafe_decode(options["user"]["id"])
        credential = AttestedCredentialData.create(self.aaguid, self.credential_id, public)
        data = self._data(options["rp"]["id"], FLAG.AT, credential)
        client = self._client_data(CollectedClientData.TYPE.CREATE, options)
        attested = AttestationObject.create("none", data, {})
        response = {
            "attestationObject": websafe_encode(attested),
            "transports": ["internal", "hybrid", "of the future"],
        }
        return self._answer(client, response, changes)

    def get(self, options: Options, **changes: Any) -> str:
        """The answer to the options of a sign-in."""
        data = self._data(options["rpId"], FLAG(0))
        client = self._client_data(CollectedClientData.TYPE.GET, options)
        response = {
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signed(self._key, data + sha256(client))),
            "userHandle": None if self.user_handle is None else websafe_encode(self.user_handle),
        }
        return self._answer(client, response, changes)

    def _data(self, rp_id: str, more: FLAG, credential: bytes = b"") -> AuthenticatorData:
        made: AuthenticatorData = AuthenticatorData.create(
            sha256(rp_id.encode()), self.flags | more, self.counter, credential
        )
        return made

    def _client_data(self, kind: str, options: Options) -> CollectedClientData:
        return CollectedClientData.create(str(kind), options["challenge"], self.origin, **self.more)

    def _answer(self, client: bytes, response: Mapping[str, Any], changes: Mapping[str, Any]) -> str:
        identifier = websafe_encode(self.credential_id)
        told = {"clientDataJSON": websafe_encode(client), **response, **changes}
        return json.dumps({"id": identifier, "rawId": identifier, "type": "public-key", "response": told})


def made_key(algorithm: str) -> tuple[Any, CoseKey]:
    """A new private key, and its public half."""
    if algorithm == "EdDSA":
        edwards = ed25519.Ed25519PrivateKey.generate()
        return edwards, _public(EdDSA, edwards)
    if algorithm == "RS256":
        large = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return large, _public(RS256, large)
    curve = ec.generate_private_key(ec.SECP256R1())
    return curve, _public(ES256, curve)


def _public(kind: type[CoseKey], key: Any) -> CoseKey:
    return kind.from_cryptography_key(key.public_key())


def signed(key: Any, message: bytes) -> bytes:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(message)
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    signature: bytes = key.sign(message, ec.ECDSA(hashes.SHA256()))
    return signature
