"""Drill 2: a worker dies at any step of an exchange or a refresh, and what it was to give is given once or never."""

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Barrier as Gate

from tests.drills import barriers
from tests.drills.barriers import Barrier
from tests.drills.behind import BehindBetween, behind_between
from tests.drills.drill import Turn
from tests.drills.ground import until
from tests.drills.relying_party import RelyingParty
from tests.drills.wire import Answer
from tests.servers.nodes import Node
from tokens.protocol import handles

CODE, TOKEN = "tokens_authorizationcode", "tokens_refreshtoken"
LONGEST = 0.06
"""Seconds: a kill at an instant by chance comes before a request was begun, within it, or after it was answered."""


@dataclass(frozen=True, slots=True)
class Step:
    """Where the request is when its worker dies; whether what it did is committed by then."""

    name: str
    grant: str
    hold: Callable[[Turn, str], AbstractContextManager[Callable[[], bool]]]
    """Of the key of what it spends. What is yielded says whether a request stands there."""
    committed: bool = False
    added: bool = False
    """Whether tokens are there that nobody was told of, and nobody can be: what decides was not done."""


@contextmanager
def _held_by(barrier: Barrier, turn: Turn, key: str) -> Iterator[Callable[[], bool]]:
    """Inside the database."""
    url = turn.ground.cluster.database_url
    with barrier(url, key):
        yield lambda: barriers.waiting(url)
    until(lambda: not barriers.busy(url))


@contextmanager
def _held_at(operation: str, table: str, answered: bool, turn: Turn, key: str) -> Iterator[Callable[[], bool]]:
    """On the way to the store, or back."""
    with _there(turn).between.hold(operation, table, answered=answered) as reached:
        yield reached.is_set


def _there(turn: Turn) -> BehindBetween:
    return turn.ground.kept(behind_between)


def _row(name: str, grant: str, barrier: Barrier, *, committed: bool = False) -> Step:
    return Step(name, grant, partial(_held_by, barrier), committed)


def _call(name: str, grant: str, operation: str, table: str, *, committed: bool = False, added: bool = False) -> Step:
    return Step(name, grant, partial(_held_at, operation, table, committed), committed, added)


ONE_TIME, LONG, JOURNAL = "one_time", "long_lived_authorizations", "revocation_journal"
STEPS = (
    _row("before the client is known", "code", barriers.table("tokens_client")),
    _row("before the code is spent", "code", barriers.row(CODE)),
    _row("before the table of codes", "code", barriers.table(CODE)),
    _row("code spent, journal not read", "code", barriers.table("tokens_revocation")),
    _row("code spent, authorization not added", "code", barriers.table("tokens_authorization")),
    _row("code spent, refresh token not added", "code", barriers.table(TOKEN)),
    _row("exchange committed, not answered", "code", barriers.commit, committed=True),
    _row("before the client is known", "refresh", barriers.table("tokens_client")),
    _row("before the token is spent", "refresh", barriers.row(TOKEN)),
    _row("token spent, authorization not read", "refresh", barriers.table("tokens_authorization")),
    _row("token spent, journal not read", "refresh", barriers.table("tokens_revocation")),
    _row("refresh committed, not answered", "refresh", barriers.commit, committed=True),
)
CALLS = (
    _call("before the client is known", "code", "BatchGetItem", "clients"),
    _call("before the code is read", "code", "GetItem", ONE_TIME),
    _call("code read, journal not", "code", "BatchGetItem", JOURNAL),
    _call("journal read, nothing added", "code", "BatchWriteItem", LONG),
    _call("all added, code not spent", "code", "UpdateItem", ONE_TIME, added=True),
    _call("code spent, not answered", "code", "UpdateItem", ONE_TIME, committed=True),
    _call("before the client is known", "refresh", "BatchGetItem", "clients"),
    _call("before the token is read", "refresh", "Query", LONG),
    _call("token read, authorization not", "refresh", "GetItem", LONG),
    _call("authorization read, journal not", "refresh", "BatchGetItem", JOURNAL),
    _call("journal read, successor not added", "refresh", "PutItem", LONG),
    _call("successor added, token not spent", "refresh", "UpdateItem", LONG),
    _call("token spent, not answered", "refresh", "UpdateItem", LONG, committed=True),
)
"""The calls of a request to DynamoDB: the last one decides."""
AT: Mapping[str, tuple[Step, ...]] = {"orm": STEPS, "dynamodb": CALLS}


def kill(turn: Turn) -> None:
    """At one step a round, in turn, and at an instant drawn by chance."""
    steps = AT[turn.ground.store]
    _at_a_step(turn, steps[turn.number % len(steps)])
    _at_an_instant(turn)


def _at_a_step(turn: Turn, step: Step) -> None:
    doomed, survivor = _doomed(turn), turn.ground.nodes[2]
    token, consume = _begun(turn, step.grant)
    until(doomed.ready)
    with ThreadPoolExecutor(1) as pool, step.hold(turn, handles.key(handles.Handle(token))) as stands_there:
        lost = pool.submit(consume, doomed, token)
        until(lambda: lost.done() or stands_there())
        doomed.kill_worker()
        turn.expect(lost.result().status is None, f"{step.grant}, {step.name}: it was answered")
    answers = [consume(survivor, token) for _ in range(2)]
    outcomes = [(answer.status, answer.error) for answer in answers]
    turn.expect(outcomes == _expected(step), f"{step.grant}, {step.name}: the retries were told {outcomes}")
    _count_what_there_is(turn, step.grant, token, f"{step.grant}, {step.name}", added=step.added)


def _doomed(turn: Turn) -> Node:
    """It reaches the store through what holds its calls, where the store itself does not."""
    nodes = turn.ground.nodes if turn.ground.store == "orm" else _there(turn).nodes
    return nodes[turn.number % 2]


def _expected(step: Step) -> list[tuple[int, str | None]]:
    """A code works once; a refresh token is told its successor again."""
    fine, refused = (200, None), (400, "invalid_grant")
    if step.grant == "refresh":
        return [fine, fine]
    return [refused, refused] if step.committed else [fine, refused]


def _at_an_instant(turn: Turn) -> None:
    grant = turn.random.choice(("code", "refresh"))
    doomed, survivor = turn.ground.nodes[(turn.number + 1) % 2], turn.ground.nodes[2]
    token, consume = _begun(turn, grant)
    until(doomed.ready)
    with ThreadPoolExecutor(1) as pool:
        gate = Gate(2, timeout=30)
        running: Future[Answer] = pool.submit(consume, doomed, token, gate.wait)
        gate.wait()
        time.sleep(turn.random.uniform(0, LONGEST))  # an instant by chance
        doomed.kill_worker()
        answers = [running.result(), *(consume(survivor, token) for _ in range(2))]
    turn.expect({answer.status for answer in answers} <= {None, 200, 400}, f"{grant}: {answers}")
    _count_what_there_is(turn, grant, token, f"{grant}, at an instant")
    if grant == "code":
        won = [answer for answer in answers if answer.status == 200]
        turn.expect(_client(turn, grant).alive((survivor,), *won) == [], "three uses of a code left tokens that work")


def _begun(turn: Turn, grant: str) -> tuple[str, Callable[..., Answer]]:
    """What can be spent once, and how. The client has just redeemed another code: what is noted of it every five
    minutes, in a transaction of its own, is not due."""
    client, registered = _client(turn, grant), turn.ground.confidential if grant == "code" else turn.ground.public
    codes = turn.ground.codes(registered)
    begun = client.redeem(turn.ground.nodes[2], codes.new())
    return (codes.new(), client.redeem) if grant == "code" else (begun.json["refresh_token"], client.refresh)


def _client(turn: Turn, grant: str) -> RelyingParty:
    return turn.confidential if grant == "code" else turn.public


def _count_what_there_is(turn: Turn, grant: str, token: str, where: str, *, added: bool = False) -> None:
    """Of what the code or token belongs to there is no generation twice, but for first ones that nobody can reach."""
    key, client_id = handles.key(handles.Handle(token)), _client(turn, grant).client_id
    generations = turn.ground.admin.say("generations", key, client_id)
    allowed = ([], [0]) if grant == "code" else ([0], [0, 1])
    turn.expect(generations in allowed or (added and generations == [0, 0]), f"{where}: generations {generations}")
