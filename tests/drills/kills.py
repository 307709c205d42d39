"""Drill 2: a worker dies at any step of an exchange or a refresh, and what it was to give is given once or never."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier as Gate

from tests.drills import barriers
from tests.drills.barriers import Barrier
from tests.drills.drill import Turn
from tests.drills.ground import until
from tests.drills.relying_party import RelyingParty
from tests.drills.wire import Answer
from tokens.protocol import handles

CODE, TOKEN = "tokens_authorizationcode", "tokens_refreshtoken"
AUTHORIZATION_OF = {
    "code": "SELECT \"authorization\" ->> 'id' FROM tokens_authorizationcode WHERE key = %s",
    "refresh": "SELECT authorization_id FROM tokens_refreshtoken WHERE key = %s",
}
GENERATIONS = "SELECT generation FROM tokens_refreshtoken WHERE authorization_id = %s ORDER BY 1"
LONGEST = 0.06
"""Seconds: a kill at an instant by chance comes before a request was begun, within it, or after it was answered."""


@dataclass(frozen=True, slots=True)
class Step:
    """Where the request is when its worker dies; whether what it did is committed by then."""

    name: str
    grant: str
    hold: Barrier
    committed: bool = False


STEPS = (
    Step("before the client is known", "code", barriers.table("tokens_client")),
    Step("before the code is spent", "code", barriers.row(CODE)),
    Step("before the table of codes", "code", barriers.table(CODE)),
    Step("code spent, journal not read", "code", barriers.table("tokens_revocation")),
    Step("code spent, authorization not added", "code", barriers.table("tokens_authorization")),
    Step("code spent, refresh token not added", "code", barriers.table(TOKEN)),
    Step("exchange committed, not answered", "code", barriers.commit, committed=True),
    Step("before the client is known", "refresh", barriers.table("tokens_client")),
    Step("before the token is spent", "refresh", barriers.row(TOKEN)),
    Step("token spent, authorization not read", "refresh", barriers.table("tokens_authorization")),
    Step("token spent, journal not read", "refresh", barriers.table("tokens_revocation")),
    Step("refresh committed, not answered", "refresh", barriers.commit, committed=True),
)


def kill(turn: Turn) -> None:
    """At one step a round, in turn, and at an instant drawn by chance."""
    _at_a_step(turn, STEPS[turn.number % len(STEPS)])
    _at_an_instant(turn)


def _at_a_step(turn: Turn, step: Step) -> None:
    doomed, survivor, url = turn.ground.nodes[turn.number % 2], turn.ground.nodes[2], turn.ground.cluster.database_url
    token, consume = _begun(turn, step.grant)
    with ThreadPoolExecutor(1) as pool:
        with step.hold(url, handles.key(handles.Handle(token))):
            lost = pool.submit(consume, doomed, token)
            until(lambda: lost.done() or barriers.waiting(url))
            doomed.kill_worker()
            turn.expect(lost.result().status is None, f"{step.grant}, {step.name}: it was answered")
        until(lambda: not barriers.busy(url))
    answers = [consume(survivor, token) for _ in range(2)]
    outcomes = [(answer.status, answer.error) for answer in answers]
    turn.expect(outcomes == _expected(step), f"{step.grant}, {step.name}: the retries were told {outcomes}")
    _count_what_there_is(turn, step.grant, token, f"{step.grant}, {step.name}")


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


def _count_what_there_is(turn: Turn, grant: str, token: str, where: str) -> None:
    """SQL by the id of what the code or token belongs to: one authorization, and no generation twice."""
    key = handles.key(handles.Handle(token))
    with turn.ground.database() as database:
        row = database.execute(AUTHORIZATION_OF[grant], [key]).fetchone()
        assert row is not None
        generations = database.execute(GENERATIONS, row).fetchall()
    allowed = ([], [(0,)]) if grant == "code" else ([(0,)], [(0,), (1,)])
    turn.expect(generations in allowed, f"{where}: there are the generations {generations}")
