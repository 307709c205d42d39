"""Who we are to browsers: the one rpId and the one origin, of the issuer; and how what they send is read."""

import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from django.conf import settings
from fido2.cose import ES256, RS256, CoseKey, EdDSA
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestationConveyancePreference,
    PublicKeyCredentialParameters,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
)

from accounts.conf import issuer_host
from accounts.factors.passkeys.challenge import GOOD_FOR
from accounts.factors.passkeys.refusals import refused
from accounts.ground.hosts import is_address

ALGORITHMS: Sequence[type[CoseKey]] = (ES256, EdDSA, RS256)
"""Those that every authenticator has one of, the first we would rather have."""
LONGEST = 16 * 1024
"""Characters that are read of an answer. One has 1,000 as a rule, 10,000 with certificates that nobody asked for."""
FAULTS = (
    *(ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError, OverflowError, RecursionError),
    *(NotImplementedError, struct.error, UnsupportedAlgorithm),
)
"""What reading and judging raise of what no authenticator made."""


def rp_id() -> str:
    return issuer_host()


def is_possible() -> bool:
    """An address is no rpId (WebAuthn Level 3 §5.1.3): browsers have passkeys for names only."""
    return not is_address(rp_id())


def server() -> Fido2Server:
    made = Fido2Server(
        PublicKeyCredentialRpEntity(id=rp_id(), name=settings.BRAND or rp_id()),
        attestation=AttestationConveyancePreference.NONE,
        verify_origin=lambda origin: origin == settings.ISSUER,
    )
    made.timeout = int(GOOD_FOR.total_seconds() * 1000)  # type: ignore[assignment]  # milliseconds
    made.allowed_algorithms = [
        PublicKeyCredentialParameters(type=PublicKeyCredentialType.PUBLIC_KEY, alg=each.ALGORITHM)
        for each in ALGORITHMS
    ]
    return made


def read(text: str) -> Mapping[str, Any]:
    """The JSON that a form brought. Raises ValidationError."""
    with judging("unreadable"):
        answer = json.loads(text) if len(text) <= LONGEST else None
        if not isinstance(answer, dict):
            raise TypeError
    return answer


@contextmanager
def judging(reason: Any) -> Iterator[None]:
    """Whatever fault is found in what came is told in one way."""
    try:
        yield
    except FAULTS:
        raise refused(reason) from None


def is_usable(key: CoseKey) -> bool:
    """Whether it is a key of an algorithm that we take, and can judge a signature at all."""
    try:
        key.verify(b"", b"")
    except InvalidSignature:
        return type(key) in ALGORITHMS
    except FAULTS:
        return False
    return False
