"""Whether an access token is good for this API: by its signature (RFC 9068 §4), or by asking (RFC 7662)."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError

from avouch_api import fetch, keys
from avouch_api.conf import Provider
from avouch_api.keys import Cache
from avouch_api.refusals import InsufficientScope, InvalidToken, Unavailable

MAX_TOKEN = 16 * 1024  # characters
REFUSED = "the access token is expired, revoked or malformed, or meant for another API"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A good token. `sub` is the person, or the client itself where nobody signed in."""

    sub: str
    client_id: str
    scope: frozenset[str]
    claims: Mapping[str, Any] = field(hash=False)

    is_authenticated = True
    is_anonymous = False
    is_active = True
    """So that REST framework's and Django's checks take it for a user: this project may have no account for it."""

    @property
    def pk(self) -> str:
        return self.sub

    def __str__(self) -> str:
        return str(self.claims.get("username", self.sub))

    def needs(self, scopes: tuple[str, ...]) -> None:
        """Raises InsufficientScope where it lacks one of them."""
        if not self.scope.issuperset(scopes):
            raise InsufficientScope("the access token lacks a scope", scopes)


class Judge:
    """Judges the tokens of one provider. Holds its keys; threads share it."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._metadata = keys.metadata(provider.issuer, provider.timeout)
        self._lock = threading.Lock()
        self._keys: dict[str, Cache] = {}

    def judged(self, token: str) -> AccessToken:
        """Raises InvalidToken, or Unavailable where it cannot be known."""
        if len(token) > MAX_TOKEN or not token.isascii():
            raise InvalidToken(REFUSED)
        claims = self._introspected(token) if self._provider.introspect else self._verified(token)
        return _access_token(claims, self._provider)

    def _verified(self, token: str) -> dict[str, Any]:
        header = _header(token)
        if header.get("alg") not in self._provider.algorithms or _typ(header) != _normal(self._provider.typ):
            raise InvalidToken(REFUSED)
        key = self._key(header.get("kid"))
        rules = jwt.JWTClaimsRegistry(
            leeway=self._provider.leeway,
            exp={"essential": True},
            client_id={"essential": True},
            jti={"essential": True},
        )
        try:
            read = jwt.decode(token, key, algorithms=list(self._provider.algorithms))
            rules.validate(read.claims)
        except (JoseError, ValueError, TypeError, KeyError):
            raise InvalidToken(REFUSED) from None
        return read.claims

    def _key(self, kid: object) -> Any:
        """The key of that name, which every token of the provider says."""
        cache = self._key_cache()
        for again in (False, True):
            if key := next((key for key in cache.get(again=again).keys if key.kid == kid), None):
                return key
        raise InvalidToken(REFUSED)

    def _introspected(self, token: str) -> dict[str, Any]:
        """The provider has judged the rest: its answer is told to who owns a resource of the audience."""
        mine = self._provider
        endpoint = self._endpoint("introspection_endpoint")
        claims = fetch.post(endpoint, {"token": token}, mine.client_id, mine.client_secret, mine.timeout)
        if claims.get("active") is not True or claims.get("token_type") != "Bearer":
            raise InvalidToken(REFUSED)
        return claims

    def _key_cache(self) -> Cache:
        """The keys, wherever the metadata say that they are now."""
        url = self._endpoint("jwks_uri")
        with self._lock:
            if url not in self._keys:
                self._keys = {url: Cache(url, self._provider.timeout, keys.key_set)}
            return self._keys[url]

    def _endpoint(self, member: str) -> str:
        url = self._metadata.get().get(member)
        if not isinstance(url, str):
            raise Unavailable(f"the provider has no {member}")
        return url


def _access_token(claims: dict[str, Any], provider: Provider) -> AccessToken:
    """A token that is bound to a key (`cnf`) is no Bearer token (RFC 9449 §7.2)."""
    aud = claims.get("aud")
    audience = aud if isinstance(aud, list) else [aud]
    texts = [claims.get(name) for name in ("sub", "client_id")]
    scope = claims.get("scope", "")
    if claims.get("iss") != provider.issuer or provider.audience not in audience or "cnf" in claims:
        raise InvalidToken(REFUSED)
    if not all(isinstance(text, str) and text for text in texts) or not isinstance(scope, str):
        raise InvalidToken(REFUSED)
    return AccessToken(sub=claims["sub"], client_id=claims["client_id"], scope=frozenset(scope.split()), claims=claims)


def _header(token: str) -> dict[str, Any]:
    try:
        header: object = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, TypeError, RecursionError):
        raise InvalidToken(REFUSED) from None
    return header if isinstance(header, dict) else {}


def _typ(header: Mapping[str, Any]) -> str:
    typ = header.get("typ")
    return _normal(typ) if isinstance(typ, str) else ""


def _normal(typ: str) -> str:
    """RFC 7515 §4.1.9."""
    return typ.lower().removeprefix("application/")
