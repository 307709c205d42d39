"""Reads any token of ours back, in one place: all that accept a token ask here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from django.conf import settings

from accounts.claims import person_of
from tokens.conf import CLOCK_MARGIN
from tokens.keys import signer
from tokens.protocol import access_token, handles, id_token, journal, kept, refresh_token
from tokens.protocol.reasons import refusal
from tokens.protocol.records import NO_KEY, Authorization, Client, Confirmation, RefreshToken
from tokens.protocol.refresh_token import Generation
from tokens.stores import store

ACCESS, REFRESH = "access_token", "refresh_token"
"""The values of token_type_hint (RFC 7009 §2.1); others are ignored."""
BEFORE_ANY = datetime.fromtimestamp(0, UTC)
"""An instant at which no token of ours had expired."""

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class SignedKind:
    """A kind of what we sign: the values of its header's `typ`, and which claims under one of these are its."""

    typs: tuple[str, ...]
    is_one: Callable[[Mapping[str, Any]], bool]


ACCESS_TOKEN = SignedKind(access_token.TYPS, access_token.is_one)
ID_TOKEN = SignedKind((id_token.TYP,), id_token.is_one)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocable:
    """What ends with a token that is revoked: its authorization, and with that all that came from it; or, where nobody
    signed in, the token alone, which ends by itself at `expires`."""

    authorization_id: str | None = None
    jti: str = ""
    expires: datetime = BEFORE_ANY


@dataclass(frozen=True, slots=True)
class VerifiedAccessToken:
    """An access token that is good at this instant, and says what its client may have now. `authorization` is None
    where nobody signed in."""

    client_id: str
    subject: str
    audience: tuple[str, ...]
    scope: tuple[str, ...]
    authorization: Authorization | None
    claims: Mapping[str, Any]
    client: Client
    """Without its secrets and the resources that it serves."""
    confirmation: Confirmation = NO_KEY
    """What its sender has to show."""

    def is_shown_by(self, scheme: str, sender: Confirmation) -> bool:
        """Whether the sender has the keys that the token is bound to, and showed it with the scheme that says so: a
        DPoP token is no Bearer token (RFC 9449 §7.2)."""
        return self.confirmation.token_type == scheme and self.confirmation.is_shown_by(sender)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAccessToken:
    """An access token that a request shows, unverified, and by which scheme and with which keys it does."""

    token: str
    scheme: str = "Bearer"
    sender: Confirmation = NO_KEY


@dataclass(frozen=True, slots=True)
class VerifiedRefreshToken:
    """A refresh token that its client could use at this instant. It is meant for nobody but us."""

    client_id: str
    scope: tuple[str, ...]
    expires: datetime
    authorization: Authorization
    audience: tuple[str, ...] = ()
    confirmation: Confirmation = NO_KEY
    """What its sender has to show."""


def verify_access_token(shown: ShownAccessToken, *, audience: str, now: datetime) -> VerifiedAccessToken:
    """The token, if it is good, meant for `audience`, and its sender's own. Raises InvalidToken, in the same words
    for every fault."""
    token = read_access_token(shown.token, now)
    if token is None or audience not in token.audience or not token.is_shown_by(shown.scheme, shown.sender):
        raise refusal("access_token_invalid")
    return token


def read_access_token(token: str, now: datetime) -> VerifiedAccessToken | None:
    """The token, JWT or opaque, if it is good for anybody: who uses what it allows asks `is_shown_by` too."""
    claims = _claims(token, now)
    # Only the signature or the row makes these our own words, so only their values are judged.
    if claims is None or claims["iss"] != settings.ISSUER or now.timestamp() >= claims["exp"]:
        return None
    confirmation = Confirmation.of(claims.get("cnf", {}))
    # A newer node bound it to what nobody can show here.
    if confirmation.unknown:
        return None
    authorization_id = claims.get(access_token.AUTHORIZATION_ID)
    held: tuple[Authorization | None, Client] | None
    if authorization_id is None:
        held = _client_alone(claims)
    else:
        held = store().authorizations.with_client(authorization_id, now)
    if held is None:
        return None
    authorization, client = held
    claims = kept.access_token(claims, authorization, client, settings.ISSUER)
    if claims is None:
        return None
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    return VerifiedAccessToken(
        client_id=claims["client_id"],
        subject=claims["sub"],
        audience=tuple(audience),
        scope=tuple(claims.get("scope", "").split()),
        authorization=authorization,
        claims=claims,
        confirmation=confirmation,
        client=client,
    )


def may_use(client: Client, subject: str) -> bool:
    """Whether the person may use the client, by their groups of this moment. One statement where it is for some groups
    alone, else none."""
    if not client.allowed_groups:
        return True
    person = person_of(subject)
    return person is not None and client.is_for(person.groups)


def read_token(
    token: str, hint: str | None, client: Client, now: datetime
) -> VerifiedAccessToken | VerifiedRefreshToken | None:
    """Any access token, or a refresh token of this client, if it is good. A `token_type_hint` says what to look for
    first, and nothing more (RFC 7662 §2.1)."""
    readers: Mapping[str, Callable[[], VerifiedAccessToken | VerifiedRefreshToken | None]] = {
        ACCESS: partial(read_access_token, token, now),
        REFRESH: partial(_read_refresh_token, token, client, now),
    }
    return _first(readers, hint)


def revocable(token: str, hint: str | None, client: Client) -> Revocable | None:
    """What ends with the token, if it is this client's; used, expired or not."""
    finders = {
        REFRESH: partial(_revocable_by_refresh_token, token, client),
        ACCESS: partial(_revocable_by_access_token, token, client),
    }
    return _first(finders, hint)


def authorization_of_family(
    token: Generation, sender: Confirmation, client: Client, now: datetime
) -> Authorization | None:
    """The authorization of a refresh token whose row is not there: a token that was spent, or expired, and was swept.
    None where we did not give it to this client, where its family is bound to a key that the sender has not shown, or
    where the authorization is over."""
    if not refresh_token.is_minted(token, client.client_id, settings.PEPPERS):
        return None
    authorization = store().authorizations.get(token.authorization_id, now)
    return authorization if authorization is not None and refresh_token.belongs(token, authorization, sender) else None


def read_id_token_hint(token: str) -> Mapping[str, Any] | None:
    """The claims of an ID token of ours, expired or under a key that was retired too (OpenID Connect RP-Initiated
    Logout §2, Core §3.1.2.1)."""
    claims = _signed(token, ID_TOKEN, retired=True)
    return claims if claims is not None and claims["iss"] == settings.ISSUER else None


def _signed(token: str, kind: SignedKind, *, retired: bool = False) -> Mapping[str, Any] | None:
    """The claims of a token that we signed as one of this kind: the one place where ours are told from one another, by
    the typ and by what only one kind has (RFC 8725 §3.11, §3.12). `retired` as a Signer takes it."""
    read = (signer().verify(token, typ=typ, retired=retired) for typ in kind.typs)
    claims = next((found for found in read if found is not None), None)
    return claims if claims is not None and kind.is_one(claims) else None


def _claims(token: str, now: datetime) -> Mapping[str, Any] | None:
    """What an access token says: what we signed, or what we kept."""
    key = handles.key_of(token)
    if key is None:
        return _signed(token, ACCESS_TOKEN)
    opaque = store().access_tokens.get(key, now)
    return opaque.claims if opaque is not None else None


def _read_refresh_token(token: str, client: Client, now: datetime) -> VerifiedRefreshToken | None:
    row = _refresh_token(token, client)
    if row is None or row.spent_at is not None or row.expires <= now or row.confirmation.unknown:
        return None
    authorization = store().authorizations.get(row.authorization_id, now)
    if authorization is None or not (left := kept.refresh_token(row.scope, authorization, client)):
        return None
    return VerifiedRefreshToken(
        client_id=client.client_id,
        scope=left,
        expires=row.expires,
        authorization=authorization,
        confirmation=row.confirmation,
    )


def _refresh_token(token: str, client: Client) -> RefreshToken | None:
    generation = refresh_token.parse(token)
    if generation is None:
        return None
    return store().refresh_tokens.get(generation.key, client.client_id)


def _revocable_by_refresh_token(token: str, client: Client) -> Revocable | None:
    """By one whose row was swept, too."""
    generation = refresh_token.parse(token)
    if generation is None:
        return None
    row = store().refresh_tokens.get(generation.key, client.client_id)
    if row is not None:
        return Revocable(authorization_id=row.authorization_id)
    authorization = authorization_of_family(generation, NO_KEY, client, BEFORE_ANY)
    return Revocable(authorization_id=authorization.id) if authorization is not None else None


def _revocable_by_access_token(token: str, client: Client) -> Revocable | None:
    claims = _claims(token, BEFORE_ANY)
    if claims is None or claims["client_id"] != client.client_id:
        return None
    if access_token.AUTHORIZATION_ID in claims:
        return Revocable(authorization_id=claims[access_token.AUTHORIZATION_ID])
    return Revocable(jti=claims["jti"], expires=datetime.fromtimestamp(claims["exp"], UTC))


def _first(kinds: Mapping[str, Callable[[], Answer]], hint: str | None) -> Answer | None:
    """The first of the kinds that answers, beginning with the one that is hinted at."""
    in_order = sorted(kinds, key=lambda kind: kind != hint)
    return next((first for kind in in_order if (first := kinds[kind]()) is not None), None)


def _client_alone(claims: Mapping[str, Any]) -> tuple[None, Client] | None:
    """Where nobody signed in, the client, unless the token is void."""
    keys = (journal.EVERYTHING, journal.token(claims["jti"]), journal.client(claims["client_id"]))
    # The token's own instant, but by a node's clock, which may run ahead of the journal's.
    root_at = datetime.fromtimestamp(claims["iat"], UTC) - CLOCK_MARGIN
    client = store().clients.unless_void(claims["client_id"], keys, root_at)
    return (None, client) if client is not None else None
