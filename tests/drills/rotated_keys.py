"""Drill 28: a signing key is replaced as soon as the server allows it, under relying parties that keep what they read
of the keys for as long as they may; then the one that signs is revoked."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from jwcrypto import jwk, jws
from jwcrypto.common import JWException, base64url_decode

from tests.drills.admin import Admin, admin
from tests.drills.drill import Turn
from tests.drills.ground import GRACE, Ground, until
from tests.drills.relying_party import RelyingParty
from tests.drills.repeating import Repeating
from tests.drills.wire import ask
from tests.servers.nodes import Node
from tests.support.messages import bearer

ALG = "RS256"
MAX_AGE, LIFETIME = 2, 12
SETTINGS = {
    "IDP_TOKENS_JWKS_MAX_AGE": str(MAX_AGE),
    "IDP_TOKENS_ACCESS_TOKEN_LIFETIME": str(LIFETIME),
    "IDP_TOKENS_ID_TOKEN_LIFETIME": str(LIFETIME),
}
"""So short that a key lives through all its states in a minute; longer than a revocation may take to be known."""
PARTIES = 4
PAUSE = 0.4
"""Seconds between two requests of a relying party, at the most."""
LONGEST = 120.0
"""Seconds after which a key that was not retired never will be."""
BOUND = 6.0
"""Seconds until every node refuses what a revoked key signed: each reads the keys again every five."""


@dataclass(slots=True)
class Caching:
    """A relying party that asks for the keys when its copy is as old as it may be, and never sooner."""

    party: RelyingParty
    nodes: tuple[Node, ...]
    random: Random
    refresh_token: str
    keys: Mapping[str, Any] = field(default_factory=dict)
    until: float = 0.0
    asked: float = 0.0
    """When it last asked for the keys."""
    held: list[tuple[float, str]] = field(default_factory=list)
    """Tokens, with the time at which they end."""
    kids: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def work(self) -> None:
        self._read()
        answer = self.party.refresh(self._node(), self.refresh_token)
        if answer.status != 200:
            self.faults.append(f"a refresh was told {answer.status} {answer.error}")
            return
        self.refresh_token = answer.json["refresh_token"]
        ends = time.monotonic() + LIFETIME - 1  # whole seconds are told
        self.held += [(ends, answer.json[name]) for name in ("access_token", "id_token")]
        self._verify_all()

    def _verify_all(self) -> None:
        """Each, for as long as it lives, with what is known of the keys by then."""
        self._read()
        now = time.monotonic()
        self.held = [(ends, token) for ends, token in self.held if ends > now]
        for _, token in self.held:
            self.kids.add(kid := kid_of(token))
            if not verifies(token, self.keys):
                self.faults.append(f"a live token of key {kid} could not be verified with {sorted(self.keys)}")

    def _read(self) -> None:
        began = time.monotonic()
        if began >= self.until:
            answer = ask(self._node().port, "GET", "/oauth2/jwks")
            # Counted from when the answer came, which is as late as a cache may count.
            self.until = time.monotonic() + max_age(answer.headers.get("cache-control", ""))
            self.keys = {each["kid"]: each for each in answer.json["keys"]}
            self.asked = began

    def _node(self) -> Node:
        return self.random.choice(self.nodes)


@contextmanager
def short(ground: Ground) -> Iterator[tuple[tuple[Node, ...], Admin]]:
    with ground.cluster.more(2, **SETTINGS) as nodes, admin(ground.cluster, **SETTINGS) as desk:
        yield nodes, desk


def rotate(turn: Turn) -> None:
    turn.grace = GRACE
    nodes, desk = turn.ground.kept(short)
    parties = [_party(turn, nodes) for _ in range(PARTIES)]
    old = _signs(turn)
    with Repeating([(party.work, party.random) for party in parties], PAUSE):
        desk.say("manage", "rotatekeys", "--now", "--alg", ALG)
        _rotate_until(turn, desk, lambda states: states[old] == "retired")
        retired = time.monotonic()
        until(lambda: all(party.asked > retired + BOUND for party in parties), LONGEST)
    new = _signs(turn)
    for party in parties:
        turn.violations += party.faults
        turn.expect({old, new} <= party.kids, f"tokens came of {party.kids} alone")
        turn.expect(old not in party.keys and new in party.keys, f"published at the end: {sorted(party.keys)}")
    _revoke(turn, nodes, desk, parties[0])


def _revoke(turn: Turn, nodes: tuple[Node, ...], desk: Admin, party: Caching) -> None:
    """At once, published or not: what it signed is refused everywhere soon, and another signs."""
    answer = party.party.refresh(nodes[0], party.refresh_token)
    token, gone = answer.json["access_token"], kid_of(answer.json["access_token"])
    desk.say("manage", "rotatekeys", "--revoke", gone)
    began = time.monotonic()
    while any(_accepted(node, token) for node in nodes) and time.monotonic() < began + LIFETIME:
        time.sleep(0.1)
    turn.expect_within(time.monotonic() - began, BOUND, "to refuse what a revoked key signed")
    time.sleep(max(0.0, began + BOUND - time.monotonic()))  # until the bound a node may publish it
    for node in nodes:
        published = {each["kid"]: each for each in ask(node.port, "GET", "/oauth2/jwks").json["keys"]}
        turn.expect(gone not in published, f"{node.url} publishes a revoked key")
        answer = party.party.refresh(node, answer.json["refresh_token"])
        fresh = answer.json.get("access_token", "")
        turn.expect(bool(fresh) and verifies(fresh, published), f"{node.url} gave a token that cannot be verified")


def _party(turn: Turn, nodes: tuple[Node, ...]) -> Caching:
    begun = turn.public.redeem(turn.random.choice(nodes), turn.ground.codes(turn.ground.public).new())
    own = Random(turn.random.random())  # noqa: S311 a seed makes its choices again, which is the point
    return Caching(turn.public, nodes, own, begun.json["refresh_token"])


def _rotate_until(turn: Turn, desk: Admin, done: Callable[[Mapping[str, str]], bool]) -> None:
    """Asks for all that is due, again and again: nothing is done later than it may be."""
    deadline = time.monotonic() + LONGEST
    while not done(_states(turn)):
        if time.monotonic() > deadline:
            turn.expect(False, f"the key was not retired: {_states(turn)}")
            return
        desk.say("manage", "rotatekeys")
        time.sleep(0.5)


def _states(turn: Turn) -> dict[str, str]:
    return dict(turn.ground.admin.say("keys", ALG))


def _signs(turn: Turn) -> str:
    return next(kid for kid, state in _states(turn).items() if state == "active")


def _accepted(node: Node, token: str) -> bool:
    return ask(node.port, "GET", "/oauth2/userinfo", headers=bearer(token)).status == 200


def kid_of(token: str) -> str:
    kid: str = json.loads(base64url_decode(token.partition(".")[0]))["kid"]
    return kid


def verifies(token: str, keys: Mapping[str, Any]) -> bool:
    key = keys.get(kid_of(token))
    if key is None:
        return False
    try:
        jws.JWS.from_jose_token(token).verify(jwk.JWK(**key))
    except JWException:
        return False
    return True


def max_age(control: str) -> int:
    """Seconds, of a Cache-Control; 0 where it names none."""
    parts = (part.strip().partition("=") for part in control.split(","))
    return next((int(value) for name, _, value in parts if name == "max-age"), 0)
