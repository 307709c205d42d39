"""private_key_jwt (RFC 7523 §2.2, §3; OpenID Connect Core §9): what a client's assertion must say of itself."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from joserfc.jwk import ECKey, OKPKey, RSAKey

from tokens.protocol import jose
from tokens.protocol.client_authentication.method import Credentials, Evidence, Method, Presented
from tokens.protocol.jose import Jws
from tokens.protocol.jwks import KINDS, PublicKey, VerifyingKey
from tokens.protocol.reasons import refusal
from tokens.protocol.records import Client

NAME = "private_key_jwt"
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TYPS = (None, "jwt", "client-authentication+jwt")
"""Not a token that the client signed for something else (RFC 8725 §3.11)."""
MAX_AHEAD = 3600  # seconds that `exp` may lie ahead, as Authlib has it by default: its `jti` is kept so long
LEEWAY = 30  # seconds; FAPI 2.0 §5.3.2.1 takes `iat` and `nbf` up to 10 ahead, and refuses more than 60
CLOCKS = timedelta(seconds=60)
"""How long a `jti` is kept beyond `exp`: a node whose clock is behind takes the assertion so much longer."""
MAX_TEXT = 256  # characters
FAR = 2**37  # seconds since 1970: what is later is no date
_DECOYS: Mapping[str, PublicKey] = {
    # A modulus whose factors nobody needs: generating a key would cost every start a tenth of a second.
    "RSA": RSAKey.import_key({"kty": "RSA", "n": "_" * 340 + "_w", "e": "AQAB"}),
    "EC": ECKey.generate_key("P-256"),
    "OKP": OKPKey.generate_key("Ed25519"),
}


@dataclass(frozen=True, slots=True)
class Assertion:
    """An assertion in form. Who it says it is from is true only where `is_signed` says so."""

    jws: Jws
    client_id: str
    jti: str
    exp: datetime

    @property
    def remembered(self) -> datetime:
        """Until when its `jti` must be known as used."""
        return self.exp + CLOCKS


def present(credentials: Credentials) -> Presented[Assertion]:
    """What the assertion says of itself is judged at once: one that is not for us costs no look at the store."""
    form = credentials.form
    assertion = read(form.get("client_assertion_type"), form.get("client_assertion"))
    if form.get("client_id", assertion.client_id) != assertion.client_id:
        # RFC 7521 §4.2.
        raise refusal("assertion_client_id")
    check(assertion, credentials.audiences(), credentials.now)
    return Presented(NAME, assertion.client_id, assertion)


def proves(assertion: Assertion, client: Client | None, evidence: Evidence) -> bool:
    """Keys are asked for only where the client may use this method: they may be on a server of its own."""
    if client is None or client.token_endpoint_auth_method != NAME:
        return is_signed(assertion, (), "")
    return is_signed(assertion, evidence.keys(client, assertion.jws), client.token_endpoint_auth_signing_alg)


def read(client_assertion_type: str | None, client_assertion: str | None) -> Assertion:
    """The assertion that a request has. Raises InvalidClient where it is not in form."""
    if client_assertion is None or client_assertion_type is None:
        raise refusal("assertion_incomplete")
    if client_assertion_type != JWT_BEARER:
        raise refusal("assertion_type", came=client_assertion_type, right=JWT_BEARER)
    try:
        token = jose.read(client_assertion)
    except jose.Unreadable as error:
        raise refusal("assertion_unreadable", why=error) from None
    if token.typ not in TYPS:
        raise refusal("assertion_typ")
    issuer, subject, jti = (_text(token, name) for name in ("iss", "sub", "jti"))
    if issuer != subject:
        raise refusal("assertion_issuer")
    return Assertion(token, issuer, jti, _time(token, "exp"))


def check(assertion: Assertion, audiences: Set[str], now: datetime) -> None:
    """Raises InvalidClient unless the assertion is for us, and for now."""
    if audiences.isdisjoint(_audience(assertion.jws)):
        raise refusal("assertion_audience")
    if assertion.exp <= now:
        raise refusal("assertion_expired")
    if assertion.exp > now + timedelta(seconds=MAX_AHEAD):
        raise refusal("assertion_far_ahead", most=MAX_AHEAD)
    for name in {"nbf", "iat"} & assertion.jws.unverified_claims.keys():
        if _time(assertion.jws, name) > now + timedelta(seconds=LEEWAY):
            raise refusal("assertion_in_the_future", name=name)


def is_signed(assertion: Assertion, keys: Iterable[VerifyingKey], alg: str) -> bool:
    """Whether one of the client's keys signed it, by `alg` unless that is empty. Where none can have, for a client that
    is not there or has no such key, the same work is done."""
    token = assertion.jws
    fitting = [key for key in keys if jose.fits(token, key)]
    return jose.is_signed(token, fitting or [_decoy(token)]) and bool(fitting) and alg in ("", token.alg)


def _decoy(token: Jws) -> VerifyingKey:
    kty = next(kty for (kty, _), algs in KINDS.items() if token.alg in algs)
    return VerifyingKey(token.kid, (token.alg,), _DECOYS[kty])


def _audience(token: Jws) -> list[str]:
    """RFC 7519 §4.1.3: a text or an array of texts."""
    aud = token.unverified_claims.get("aud")
    values = aud if isinstance(aud, list) else [aud]
    return [value for value in values if isinstance(value, str)]


def _text(token: Jws, name: str) -> str:
    value = token.unverified_claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT or not value.isprintable():
        raise refusal("assertion_claim", name=name, right=f"a text of 1 to {MAX_TEXT} printable characters")
    return value


def _time(token: Jws, name: str) -> datetime:
    """RFC 7519 §2, NumericDate."""
    value = token.unverified_claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < FAR:
        raise refusal("assertion_claim", name=name, right="seconds since 1970")
    return datetime.fromtimestamp(value, UTC)


METHOD = Method(
    credential="jwks",
    present=present,
    parameters=frozenset({"client_assertion", "client_assertion_type"}),
    proves=proves,
    conflict="a client assertion beside another authentication method: one a request",
)
