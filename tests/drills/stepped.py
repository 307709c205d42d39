"""Drill 21: a living node's clock is set ahead, behind and back: it says so, and nothing lives longer by it."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import partial
from itertools import product
from pathlib import Path

import psycopg

from tests.drills.codes import Codes
from tests.drills.drill import Turn
from tests.drills.fake_clock import Dial, awake
from tests.drills.ground import GRACE, Ground, until
from tests.drills.history import Event, Issued, Op, Outcome, key_of
from tests.drills.people import forget_throttles, signed_in
from tests.drills.relying_party import RECKONED
from tests.drills.wire import Answer, ask, claims
from tests.servers.nodes import Node
from tokens.protocol import handles

MARGIN = 10
"""Seconds, tokens.conf.CLOCK_MARGIN, which wants Django: a node that is further off is unready."""
ROTATION = 3.0
"""Seconds in which a node has to say so."""
STEPS = (9, -9, 30, -30, 120, -120)
"""Seconds: every second one sets the clock back, and behind."""
LIFETIME, ID_TOKEN = 3, 600
"""Seconds: of this node's access tokens, and of every node's ID tokens."""
SOON, GONE = 8, -3
"""Seconds from now at which something expires: a node 9 s ahead would refuse the one, and one 9 s behind take the
other, if it went by its own clock."""
Use = Callable[[Node], object]


@dataclass(frozen=True, slots=True)
class Expiring:
    """`row`: which one of the table, by `key`. `family`: what the history calls it by."""

    table: str
    row: str
    key: str
    family: str
    use: Use

    def expire(self, database: psycopg.Connection, seconds: int) -> None:
        """So many seconds from now, by the database's clock."""
        when = "clock_timestamp() + make_interval(secs => %s)"
        statement = f"UPDATE {self.table} SET expires = {when} WHERE {self.row}"  # noqa: S608 names of ours
        assert database.execute(statement.encode(), [seconds, self.key]).rowcount == 1


@dataclass(frozen=True, slots=True)
class Stepped:
    node: Node
    dial: Dial


@contextmanager
def stepped_node(ground: Ground) -> Iterator[Stepped]:
    """Its access tokens live for seconds."""
    with tempfile.TemporaryDirectory() as folder:
        dial = Dial(Path(folder) / "clock")
        dial.set_to(0)
        short = {"IDP_TOKENS_ACCESS_TOKEN_LIFETIME": str(LIFETIME)}
        with ground.cluster.more(1, **awake(ground.cluster.environ), **dial.environ, **short) as [node]:
            yield Stepped(node, dial)


def stepped(turn: Turn) -> None:
    """At each step it gives and takes what it would by the database's clock, whose time is that of this machine."""
    turn.grace = GRACE
    at, right = turn.ground.kept(stepped_node), turn.random.choice(turn.ground.nodes)
    forget_throttles(turn)
    given = []
    for seconds in STEPS:
        at.dial.set_to(seconds)
        _is_told(turn, at.node, seconds)
        _gives(turn, at.node, right)
        given.append(_gives(turn, right, at.node))
        _ends_in_time(turn, at.node)
    time.sleep(LIFETIME + RECKONED)  # all that this node gave is over
    for seconds in STEPS[1::2]:
        at.dial.set_to(seconds)
        for token in given:
            turn.public.userinfo(at.node, token)
    at.dial.set_to(0)
    until(at.node.ready)


def _is_told(turn: Turn, node: Node, seconds: int) -> None:
    """The node's clock is off, and it is unready if it is further off than is allowed."""
    before = time.time()
    told = parsedate_to_datetime(ask(node.port, "GET", "/healthz").headers["date"]).timestamp() - seconds
    turn.expect(int(before) <= told <= time.time(), f"the clock is not {seconds} s off: the fault was none")
    expected = (200, []) if abs(seconds) <= MARGIN else (503, ["clock"])
    deadline = time.monotonic() + ROTATION * turn.slack
    while (found := _readiness(node)) != expected and time.monotonic() < deadline:
        time.sleep(0.05)
    turn.expect(found == expected, f"{seconds} s off, /readyz is {found}")


def _readiness(node: Node) -> tuple[int | None, list[str]]:
    answer = ask(node.port, "GET", "/readyz")
    return answer.status, list(answer.json.get("failed", {}))


def _gives(turn: Turn, giver: Node, taker: Node) -> str:
    """A code of one node at the other, and what that gives at both. The access token."""
    code = Codes(turn.ground.person, giver, turn.ground.public["client_id"]).new()
    began = time.time()
    begun = turn.public.redeem(taker, code)
    _is_of_now(turn, begun, began, f"a code of {giver.url} at {taker.url}")
    for node in (giver, taker):
        turn.public.userinfo(node, begun.json["access_token"])
    began = time.time()
    onwards = turn.public.refresh(giver, begun.json["refresh_token"])
    _is_of_now(turn, onwards, began, f"a refresh token of {taker.url} at {giver.url}")
    return str(begun.json["access_token"])


def _is_of_now(turn: Turn, answer: Answer, began: float, what: str) -> None:
    """Whoever reads the tokens by a right clock finds them issued now, and good for no longer than is configured."""
    turn.expect(answer.status == 200, f"{what} was told {answer.status} {answer.error}")
    latest = time.time() + RECKONED
    for name, lifetime in (("access_token", answer.json.get("expires_in", 0)), ("id_token", ID_TOKEN)):
        if name in answer.json:
            told = claims(answer.json[name])
            turn.expect(began - 1 - RECKONED <= told["iat"] <= latest, f"{what}: {name} has iat {told['iat']}")
            turn.expect(told["exp"] <= latest + lifetime, f"{what}: {name} has exp {told['exp']}")


def _ends_in_time(turn: Turn, node: Node) -> None:
    """The history's rules judge it: what is about to expire works, and what has expired does not."""
    with turn.ground.database() as database:
        for begin, seconds in product((_code, _refresh_token, _session), (SOON, GONE)):
            expiring = begin(turn)
            began = time.monotonic()
            expiring.expire(database, seconds)
            ends = (began + max(0, seconds), time.monotonic() + max(0, seconds))
            turn.history.add(Event(Op.REVOKE, expiring.family, expiring.family, *ends, Outcome.OK))
            expiring.use(node)


def _code(turn: Turn) -> Expiring:
    began = time.monotonic()
    code = turn.ground.codes(turn.ground.confidential).new()
    key = key_of(code)
    turn.history.add(Event(Op.LOGIN, key, key, began, time.monotonic(), Outcome.OK, issued=(Issued(key),)))
    stored = handles.key(handles.Handle(code))
    use = partial(turn.confidential.redeem, code=code)
    return Expiring("tokens_authorizationcode", "key = %s", stored, key, use)


def _refresh_token(turn: Turn) -> Expiring:
    code = turn.ground.codes(turn.ground.public).new()
    token = turn.public.redeem(turn.ground.nodes[0], code).json["refresh_token"]
    stored = handles.key(handles.Handle(token))
    use = partial(turn.public.refresh, token=token)
    return Expiring("tokens_refreshtoken", "key = %s", stored, key_of(code), use)


def _session(turn: Turn) -> Expiring:
    browser = signed_in(turn, turn.ground.nodes[0])
    row = "sid = (SELECT login_id FROM accounts_session WHERE key_hash = %s)"
    return Expiring("accounts_loginsession", row, browser.key_hash, browser.key, browser.who)
