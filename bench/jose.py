"""Measures joserfc against jwcrypto, for docs/decisions/0002-jose-library.md: `python bench/jose.py`.

Two tables: microseconds of what the product does with a kept key object, and what each library makes of hostile input.
"""

import json
import statistics
import timeit
from collections.abc import Callable
from dataclasses import dataclass

import joserfc.jwk
import joserfc.jws
import jwcrypto.jwk
import jwcrypto.jws
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from jose_probes import probes
from measured import machine, table

SAMPLES = 7
CLAIMS = {
    "iss": "https://id.example",
    "sub": "0b4b6f0e-6f0c-4f8a-8a39-7d2b0f2f6c51",
    "aud": "https://api.example",
    "exp": 1_800_000_000,
    "iat": 1_799_999_700,
    "jti": "eu.Zk0m5vWJ1yqk2S8m3p0n9A",
    "client_id": "eu.client",
    "scope": "openid profile email",
}
PAYLOAD = json.dumps(CLAIMS).encode()


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    calls: int
    """Calls a sample."""
    cryptography: Callable[[], object]
    """The floor: the bare operation, with no JSON, no base64 and no check."""
    joserfc: Callable[[], object]
    jwcrypto: Callable[[], object]

    def row(self) -> tuple[str, ...]:
        floor, *libraries = (self._microseconds(call) for call in (self.cryptography, self.joserfc, self.jwcrypto))
        return self.name, f"{floor:.0f}", *(f"{taken:.0f} ({taken - floor:+.0f})" for taken in libraries)

    def _microseconds(self, call: Callable[[], object]) -> float:
        call()
        return statistics.median(timeit.repeat(call, number=self.calls, repeat=SAMPLES)) / self.calls * 1e6


def _pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _joserfc_sign(algorithm: str, key: joserfc.jwk.Key) -> str:
    registry = joserfc.jws.JWSRegistry(algorithms=[algorithm])
    header = {"alg": algorithm, "kid": "1", "typ": "at+jwt"}
    return joserfc.jws.serialize_compact(header, json.dumps(CLAIMS), key, registry=registry)


def _joserfc_verify(algorithm: str, key: joserfc.jwk.Key, token: str) -> object:
    registry = joserfc.jws.JWSRegistry(algorithms=[algorithm])
    return json.loads(joserfc.jws.deserialize_compact(token, key, registry=registry).payload)


def _jwcrypto_sign(algorithm: str, key: jwcrypto.jwk.JWK) -> str:
    token = jwcrypto.jws.JWS(json.dumps(CLAIMS))
    token.allowed_algs = [algorithm]
    token.add_signature(key, protected=json.dumps({"alg": algorithm, "kid": "1", "typ": "at+jwt"}))
    return str(token.serialize(compact=True))


def _jwcrypto_verify(algorithm: str, key: jwcrypto.jwk.JWK, token: str) -> object:
    signed = jwcrypto.jws.JWS()
    signed.allowed_algs = [algorithm]
    signed.deserialize(token, key)
    return json.loads(signed.payload)


def rsa_cases() -> list[Case]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public, pem = key.public_key(), _pem(key)
    signature = key.sign(PAYLOAD, padding.PKCS1v15(), hashes.SHA256())
    first, second = joserfc.jwk.RSAKey.import_key(pem), jwcrypto.jwk.JWK.from_pem(pem)
    token = _joserfc_sign("RS256", first)
    return [
        Case(
            "sign RS256",
            200,
            lambda: key.sign(PAYLOAD, padding.PKCS1v15(), hashes.SHA256()),
            lambda: _joserfc_sign("RS256", first),
            lambda: _jwcrypto_sign("RS256", second),
        ),
        Case(
            "verify RS256",
            1000,
            lambda: public.verify(signature, PAYLOAD, padding.PKCS1v15(), hashes.SHA256()),
            lambda: _joserfc_verify("RS256", first, token),
            lambda: _jwcrypto_verify("RS256", second, token),
        ),
        Case(
            "load an RSA-2048 private key from PEM",
            5,
            lambda: serialization.load_pem_private_key(pem, None),
            lambda: joserfc.jwk.RSAKey.import_key(pem),
            lambda: jwcrypto.jwk.JWK.from_pem(pem),
        ),
    ]


def ec_cases() -> list[Case]:
    key = ec.generate_private_key(ec.SECP256R1())
    public, pem = key.public_key(), _pem(key)
    signature = key.sign(PAYLOAD, ec.ECDSA(hashes.SHA256()))
    first, second = joserfc.jwk.ECKey.import_key(pem), jwcrypto.jwk.JWK.from_pem(pem)
    token = _joserfc_sign("ES256", first)
    return [
        Case(
            "sign ES256",
            1000,
            lambda: key.sign(PAYLOAD, ec.ECDSA(hashes.SHA256())),
            lambda: _joserfc_sign("ES256", first),
            lambda: _jwcrypto_sign("ES256", second),
        ),
        Case(
            "verify ES256",
            1000,
            lambda: public.verify(signature, PAYLOAD, ec.ECDSA(hashes.SHA256())),
            lambda: _joserfc_verify("ES256", first, token),
            lambda: _jwcrypto_verify("ES256", second, token),
        ),
    ]


def main() -> None:
    print(machine("joserfc", "jwcrypto", "cryptography"))
    print(f"microseconds a call, median of {SAMPLES} samples, one thread; in brackets what the library adds\n")
    rows = [case.row() for case in (*rsa_cases(), *ec_cases())]
    print(table(("operation", "bare cryptography", "joserfc", "jwcrypto"), rows))
    print()
    print(table(("input, validly signed unless it says otherwise", "due", "joserfc", "jwcrypto"), probes()))


if __name__ == "__main__":
    main()
