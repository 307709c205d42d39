"""The settings of the authorization server (`IDP_TOKENS_*`)."""

import importlib.util
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from django.conf import settings

from accounts.ground.dynamodb.conf import NO_CLIENT
from accounts.ground.hosts import host
from tokens.protocol.handles import Minter
from tokens.protocol.records import Pkce

STORES: Mapping[str, str] = {
    "orm": "tokens.stores.orm.orm_store",
    "dynamodb": "tokens.stores.dynamodb.store.dynamodb_store",
}
"""Short names of our own stores. Any other one is named by the dotted path of a function that answers a Store."""

SIGNING_ALGS = ("RS256", "PS256", "ES256", "EdDSA")
"""All that there are, in the order in which they are published: who reads no further than the first key, or the first
name, finds the one that every relying party knows (OpenID Connect Core §15.1)."""

CLOCK_MARGIN = timedelta(seconds=10)
"""The largest clock difference tolerated between two nodes, or a node and the database. Beyond it a node is unready."""

MAX_AUTHORIZATION_LIFETIME = 365 * 24 * 3600
JOURNAL_LIFETIME = timedelta(days=400)
"""How long an entry of the journal is kept that voids what may have any end, such as all that a person was given:
longer than anything can live that hangs on a sign-in of today, under all settings that it may have begun with. The
entry of one session, authorization or token ends with it."""

TOGETHER = (
    frozenset(
        {
            "access_tokens",
            "authorizations",
            "clients",
            "codes",
            "consents",
            "interactions",
            "journal",
            "outbox",
            "refresh_tokens",
            "resources",
        }
    ),
    frozenset({"keys", "runs"}),
    frozenset({"client_assertions"}),
)
"""The parts of the store, in groups that one kind of store has to hold. A unit writes codes, tokens, authorizations and
the journal; or the journal and consents, or interactions; or the journal and the outbox, which asks who was given
tokens and whether that client wants notices. A resource that loses a scope takes it from clients, and a client is read
with the resources that it serves. A step of key rotation is written by who holds the run."""
PARTS: frozenset[str] = frozenset().union(*TOGETHER)


@dataclass(frozen=True, slots=True)
class Tokens:
    region: Annotated[
        str,
        "The region of this node, which every handle minted here carries: up to 16 lower-case letters and digits.",
        "IDP_REGION",
    ] = "0"
    store: Annotated[
        str,
        "Where authorizations, codes and keys live: `orm`, in the database, [`dynamodb`](dynamodb.md), or the dotted"
        " path of a function that answers a Store.",
    ] = "orm"
    store_parts: Annotated[
        tuple[str, ...],
        "Parts of the store that live elsewhere, each as `part=store`, with a store's name or dotted path as above."
        " What one unit writes stays in one store, as the start tells where it does not.",
    ] = ()
    signer: Annotated[str, "What signs: the dotted path of a Signer."] = "tokens.keys.LocalSigner"
    signing_algs: Annotated[
        tuple[str, ...],
        "The algorithms that are offered, of RS256 (always), PS256, ES256 and EdDSA. One that is left out"
        " signs no more; its keys are published until what they signed has expired. The same on every node.",
    ] = SIGNING_ALGS
    code_lifetime: Annotated[int, "Seconds that an authorization code lives (RFC 6749 §4.1.2)."] = 60
    interaction_lifetime: Annotated[int, "Seconds that an authorization request waits for a person on our pages."] = (
        3600
    )
    waiting_per_address: Annotated[
        int,
        "Authorization requests of one internet address (of IPv6, of its /64) that may wait for people, of those that"
        " came within `IDP_TOKENS_INTERACTION_LIFETIME`. More are told `temporarily_unavailable`.",
    ] = 1000
    access_token_lifetime: Annotated[int, "Seconds that an access token lives (RFC 9068 §2.2, `exp`)."] = 300
    opaque_token_lifetime: Annotated[int, "Seconds that an opaque access token lives."] = 900
    access_token_signed_response_alg: Annotated[
        str,
        "What signs an access token that is for only the provider, its userinfo. RS256 is what every library reads; a"
        " signature costs half a millisecond of a core, one of ES256 a tenth. A resource says it for itself.",
    ] = "RS256"  # noqa: S105 the name of an algorithm
    id_token_lifetime: Annotated[int, "Seconds that an ID token lives (OpenID Connect Core §2, `exp`)."] = 600
    refresh_token_idle: Annotated[int, "Seconds without a use after which a refresh token ends."] = 30 * 24 * 3600
    refresh_retry: Annotated[
        int, "Seconds in which a client that lost the answer gets the same refresh token again; 0 forbids it."
    ] = 10
    authorization_lifetime: Annotated[
        int, "Seconds after which nothing issued from a sign-in works, however it was used."
    ] = 180 * 24 * 3600
    consent_lifetime: Annotated[int, "Seconds that a person's consent is remembered."] = 365 * 24 * 3600
    resource: Annotated[
        tuple[str, ...],
        "What the APIs of this same project are called in an access token's `aud` (RFC 8707 §2). Default: the issuer.",
    ] = ()
    pkce: Annotated[
        Pkce,
        "What every client with a secret or a key has to send against stolen codes (RFC 9700 §2.1.1); its own member"
        " `pkce` may ask for more. `pkce_or_nonce` takes a nonce where `openid` is granted. Public clients always need"
        " PKCE.",
    ] = "optional"
    jwks_max_age: Annotated[
        int, "Seconds that relying parties may cache the JWK Set; a new key waits that long before it signs."
    ] = 900
    key_lifetime: Annotated[
        int, "Seconds that a signing key signs before the next one of its algorithm takes over."
    ] = 90 * 24 * 3600
    fetch_allow: Annotated[
        tuple[str, ...],
        "Hosts that jwks_uri, backchannel_logout_uri and their like may name though they are not public, by http too:"
        " for clients within your own network. Where the issuer is on loopback, so may they be, without this.",
        host,
    ] = ()
    cleanup_grace: Annotated[
        int, "Seconds that expired rows are kept, so that a replay is told from an unknown value."
    ] = 24 * 3600

    @property
    def on_dynamodb(self) -> bool:
        """Whether the store is there, or a part of it."""
        named = {self.store, *(part.rpartition("=")[2] for part in self.store_parts)}
        return STORES["dynamodb"] in map(path_of, named)

    def faults(self) -> Iterator[str]:
        if not re.fullmatch("[a-z0-9]{1,16}", self.region, re.ASCII):
            yield f"IDP_REGION: {self.region!r} is not 1 to 16 lower-case letters and digits"
        if self.store not in STORES and "." not in self.store:
            yield f"IDP_TOKENS_STORE: {self.store} is not {' or '.join(STORES)}, nor the dotted path of a function"
        yield from _faults_of_parts(self.store, self.store_parts)
        if self.on_dynamodb and importlib.util.find_spec("botocore") is None:
            yield f"IDP_TOKENS_STORE: {NO_CLIENT}"
        if unknown := sorted({*self.signing_algs} - {*SIGNING_ALGS}):
            yield f"IDP_TOKENS_SIGNING_ALGS: {', '.join(unknown)} is not one of {', '.join(SIGNING_ALGS)}"
        if "RS256" not in self.signing_algs:
            yield "IDP_TOKENS_SIGNING_ALGS: RS256 has to be among them, for all know it (OpenID Connect Core §15.1)"
        if self.access_token_signed_response_alg not in self.signing_algs:
            yield "IDP_TOKENS_ACCESS_TOKEN_SIGNED_RESPONSE_ALG: one of IDP_TOKENS_SIGNING_ALGS"
        if not 1 <= self.code_lifetime <= 600:
            yield "IDP_TOKENS_CODE_LIFETIME: from 1 to 600"
        for name in (
            "interaction_lifetime",
            "waiting_per_address",
            "access_token_lifetime",
            "opaque_token_lifetime",
            "id_token_lifetime",
            "consent_lifetime",
            "jwks_max_age",
        ):
            if getattr(self, name) < 1:
                yield f"IDP_TOKENS_{name.upper()}: at least 1"
        if not self.access_token_lifetime <= self.authorization_lifetime <= MAX_AUTHORIZATION_LIFETIME:
            yield "IDP_TOKENS_AUTHORIZATION_LIFETIME: from IDP_TOKENS_ACCESS_TOKEN_LIFETIME to 365 days"
        if not 1 <= self.refresh_token_idle <= self.authorization_lifetime:
            yield "IDP_TOKENS_REFRESH_TOKEN_IDLE: from 1 to IDP_TOKENS_AUTHORIZATION_LIFETIME"
        if not 0 <= self.refresh_retry <= 600:
            yield "IDP_TOKENS_REFRESH_RETRY: from 0 to 600"
        if not all(re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[^#\s]+", identifier) for identifier in self.resource):
            yield "IDP_TOKENS_RESOURCE: absolute URIs without a fragment"
        if self.key_lifetime < 2 * self.jwks_max_age + 300:
            yield "IDP_TOKENS_KEY_LIFETIME: at least twice IDP_TOKENS_JWKS_MAX_AGE and 300"
        if self.cleanup_grace < 300:
            yield "IDP_TOKENS_CLEANUP_GRACE: at least 300, the clocks' margin"


def _faults_of_parts(store: str, parts: Sequence[str]) -> Iterator[str]:
    if not all(re.fullmatch(r"[a-z_]+=[\w.]+", part) for part in parts):
        yield "IDP_TOKENS_STORE_PARTS: each is part=store"
        return
    paths = {name: path_of(named) for name, named in (part.split("=") for part in parts)}
    if len(paths) < len(parts):
        yield "IDP_TOKENS_STORE_PARTS: names a part twice"
    if unknown := sorted(paths.keys() - PARTS):
        yield f"IDP_TOKENS_STORE_PARTS: there is no part {', '.join(unknown)}"
    for group in TOGETHER:
        if len({paths.get(part, path_of(store)) for part in group}) > 1:
            yield f"IDP_TOKENS_STORE_PARTS: one unit writes {', '.join(sorted(group))}: they come from one store"


def path_of(named: str) -> str:
    """The dotted path of a store that settings name."""
    return STORES.get(named, named)


def store_name(named: str) -> str:
    """One for all spellings of a store: the short one, where it has one."""
    return next((name for name, path in STORES.items() if path == path_of(named)), named)


def signing_algs() -> tuple[str, ...]:
    """The algorithms that are offered, in the order in which they are published."""
    return tuple(alg for alg in SIGNING_ALGS if alg in conf().signing_algs)


def minter() -> Minter:
    """Mints handles of this node's region. accounts reaches it by the setting HANDLES."""
    return Minter(region=conf().region, peppers=settings.PEPPERS)


def conf() -> Tokens:
    """The settings of the authorization server in force."""
    tokens: Tokens = settings.TOKENS
    return tokens
