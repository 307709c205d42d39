"""A passkey's row, and fido2's structures of the same."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, cast

from fido2 import cbor
from fido2.cose import CoseKey
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialType,
)

from accounts.models import Passkey

TRANSPORTS = frozenset(transport.value for transport in AuthenticatorTransport)


def key_of(credential_id: bytes) -> str:
    return hashlib.sha256(credential_id).hexdigest()


def encoded_key(key: CoseKey) -> str:
    return websafe_encode(cbor.encode(key))


def credential(passkey: Passkey) -> AttestedCredentialData:
    """What its signatures are judged by."""
    key = CoseKey.parse(cast(dict[int, Any], cbor.decode(websafe_decode(passkey.public_key))))
    return AttestedCredentialData.create(passkey.aaguid.bytes, websafe_decode(passkey.credential_id), key)


def descriptors(passkeys: Iterable[Passkey]) -> Sequence[PublicKeyCredentialDescriptor]:
    """By which a browser finds them."""
    return [
        PublicKeyCredentialDescriptor(
            type=PublicKeyCredentialType.PUBLIC_KEY,
            id=websafe_decode(passkey.credential_id),
            transports=[AuthenticatorTransport(each) for each in passkey.transports.split()],
        )
        for passkey in passkeys
    ]


def transports(told: Any) -> str:
    """Those of what a browser told that we know."""
    names = [each for each in told if isinstance(each, str)] if isinstance(told, list) else []
    return " ".join(sorted(TRANSPORTS & {*names}))
