"""Nodes that sign and relying parties that cache, on a clock that the test moves: the real signer, rotation and view
over the store in memory."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, import_key

from tokens import keys, stores
from tokens.conf import CLOCK_MARGIN, Tokens, conf
from tokens.keys import LocalSigner, local, rotation
from tokens.protocol.jose import REGISTRIES
from tokens.protocol.records import SigningKey
from tokens.stores.memory import store_of
from tokens.stores.memory.keys import Keys
from tokens.stores.memory.state import State

BEGIN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ALGS = ("ES256", "EdDSA")
OFF = CLOCK_MARGIN.total_seconds()
TYP = "JWT"
QUICK: dict[str, Any] = {"jwks_max_age": 60, "access_token_lifetime": 45, "id_token_lifetime": 30, "key_lifetime": 420}


class Killed(Exception):
    """A process ended in the middle of what it did."""


class MortalKeys(Keys):
    """A process that has made `lives` more writes to the keys is killed."""

    lives = -1

    def add(self, key: SigningKey) -> bool:
        self._live()
        return super().add(key)

    def activate(self, key: SigningKey, after: timedelta) -> bool:
        self._live()
        return super().activate(key, after)

    def retire(self, key: SigningKey, after: timedelta) -> bool:
        self._live()
        return super().retire(key, after)

    def _live(self) -> None:
        if self.lives == 0:
            raise Killed
        self.lives -= 1


@dataclass(slots=True)
class Node:
    """`off`: seconds that its clock is ahead."""

    off: float
    signer: LocalSigner = field(default_factory=LocalSigner)


@dataclass(slots=True)
class RelyingParty:
    """Asks for the keys again when what it has may no longer be cached, and never before: not for a kid it does not
    know either."""

    node: Node
    off: float
    keys: dict[str, ECKey | OKPKey] = field(default_factory=dict)
    until: float = -1.0


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    alg: str
    kid: str
    exp: float


class World:
    """`offs`: how far each node's clock is ahead, in seconds. Its n-th relying party asks the n-th node, and its clock
    is as far behind."""

    def __init__(self, offs: Sequence[float]) -> None:
        self.seconds = 0.0
        state = State(self.now)
        self.keys = MortalKeys(state)
        self.store = replace(store_of(state), keys=self.keys)
        self.nodes = [Node(off) for off in offs]
        self.relying_parties = [RelyingParty(node, -node.off) for node in self.nodes]
        self.tokens: dict[str, Token] = {}
        """Of each key the one that lives longest: where it verifies the others do."""
        self.asked = self.nodes[0]

    def now(self, off: float = 0) -> datetime:
        return BEGIN + timedelta(seconds=self.seconds + off)

    def held(self) -> list[SigningKey]:
        return self.store.keys.all()

    def rotate(self, node: Node) -> None:
        rotation.rotate(self.now(node.off))

    def begin(self, node: Node) -> None:
        rotation.begin(ALGS, self.now(node.off))

    def restart(self, node: Node) -> None:
        node.signer = LocalSigner()

    def issue(self, node: Node, alg: str) -> None:
        """A token that lives as long as any of ours."""
        exp = self.seconds + node.off + max(conf().access_token_lifetime, conf().id_token_lifetime)
        text = node.signer.sign({"exp": exp}, typ=TYP, alg=alg)
        token = Token(text, alg, str(jws.extract_compact(text.encode()).headers()["kid"]), exp)
        self.tokens[token.kid] = max(self.tokens.get(token.kid, token), token, key=lambda each: each.exp)

    def check(self) -> None:
        """Every token that somebody's clock has not ended yet is good for them."""
        self.tokens = {kid: token for kid, token in self.tokens.items() if self.seconds - OFF < token.exp}
        for relying_party in self.relying_parties:
            for token in self.tokens.values():
                if self.seconds + relying_party.off < token.exp:
                    self._verify(relying_party, token)

    def _verify(self, relying_party: RelyingParty, token: Token) -> None:
        if self.seconds > relying_party.until:
            self.fetch(relying_party)
        assert token.kid in relying_party.keys, f"at {self.seconds} {relying_party} cannot verify {token}"
        jws.deserialize_compact(token.text, relying_party.keys[token.kid], registry=REGISTRIES[token.alg])
        assert relying_party.node.signer.verify(token.text, typ=TYP) == {"exp": token.exp}

    def fetch(self, relying_party: RelyingParty) -> None:
        self.asked = relying_party.node
        answer = Client().get("/oauth2/jwks")
        public, _, max_age = answer["Cache-Control"].partition(", max-age=")
        assert (answer.status_code, public) == (200, "public")
        relying_party.keys = {key["kid"]: _loaded(key) for key in answer.json()["keys"]}
        relying_party.until = self.seconds + int(max_age)


def _loaded(jwk: Any) -> ECKey | OKPKey:
    key = import_key(jwk)
    assert isinstance(key, ECKey | OKPKey)
    return key


@contextmanager
def new_world(*offs: float) -> Iterator[World]:
    """A world that has its first keys; settings are QUICK ones."""
    world = World(offs)
    tokens: Tokens = replace(settings.TOKENS, **QUICK)
    few = replace(tokens, signing_algs=ALGS)
    with pytest.MonkeyPatch.context() as patch, override_settings(TOKENS=few):
        assert not list(tokens.faults())
        patch.setattr(stores, "_of_path", lambda _: world.store)
        patch.setattr(keys, "_made", lambda _: world.asked.signer)
        patch.setattr(local, "time", SimpleNamespace(monotonic=lambda: world.seconds))
        rotation.create_missing(world.now())
        yield world
