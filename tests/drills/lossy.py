"""Drill 34: a fail-over to a standby that lacks the last commits, and `void` after it, as the runbook has it."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from idp.local.postgres import Postgres
from tests.drills.behind import RECOVERY, BehindProxy, behind_proxy, led_back
from tests.drills.codes import Codes
from tests.drills.drill import Turn
from tests.drills.ground import MAX_CONNECTIONS, Ground, until
from tests.drills.history import History, Outcome
from tests.drills.people import look, signed_in
from tests.drills.relying_party import RelyingParty
from tests.drills.wire import Answer
from tests.servers.nodes import Node
from tests.servers.standby import freeze, port, promote, standby

SENDER = "SELECT pid FROM pg_stat_replication WHERE replay_lsn >= pg_current_wal_lsn()"


@dataclass(frozen=True, slots=True)
class Lost:
    """What was acknowledged and is not known any more. `spent`: a code that was redeemed for `redeemed`."""

    refreshed: Answer
    successor: Answer
    spent: str
    redeemed: Answer
    revoked: Answer


def lossy(turn: Turn) -> None:
    """Nothing is answered 5xx but 503, nothing has two successors, and `void` ends all from before."""
    ground, at = turn.ground, turn.ground.kept(behind_proxy)
    client, codes = _unrecorded(turn), Codes(ground.person, at.nodes[0], ground.rotating["client_id"])
    before = [client.redeem(at.nodes[0], codes.new()) for _ in range(2)]
    spent = codes.new()
    with standby(ground.postgres, MAX_CONNECTIONS) as other, led_back(ground, at):
        with _behind(ground):
            refreshed, revoked = before
            successor = client.refresh(at.nodes[0], refreshed.json["refresh_token"])
            redeemed = client.redeem(at.nodes[1], spent)
            client.revoke(at.nodes[1], revoked.json["refresh_token"])
            freeze(ground.postgres)
        lost = Lost(refreshed, successor, spent, redeemed, revoked)
        _take_over(turn, at, other, client)
        _nothing_forks(turn, at, client, lost)
        ground.cluster.manage("void", "--issued-before", "now", DATABASE_URL=at.nodes[0].environ["DATABASE_URL"])
        _all_is_over(turn, at, client, lost)
        _people_go_on(turn, at)
    for event in client.history.events:
        turn.expect(event.outcome not in (Outcome.BROKEN, Outcome.UNKNOWN), f"{event.place} was told {event.status}")


@contextmanager
def _behind(ground: Ground) -> Iterator[None]:
    """The standby has all until now, and gets nothing more."""
    with ground.database() as database:
        until(lambda: database.execute(SENDER).fetchone() is not None)
        row = database.execute("SELECT pid FROM pg_stat_replication").fetchone()
    assert row is not None
    os.kill(row[0], signal.SIGSTOP)
    yield


def _take_over(turn: Turn, at: BehindProxy, other: Postgres, client: RelyingParty) -> None:
    promote(other)
    at.proxy.lead_to(port(other))
    healed = time.monotonic()
    for node in at.nodes:
        until(partial(_answers, client, node), RECOVERY * turn.slack)
    turn.recovery = time.monotonic() - healed
    turn.expect_within(turn.recovery, RECOVERY, "recovery")


def _answers(client: RelyingParty, node: Node) -> bool:
    """Whether a question that needs the database is answered."""
    return client.introspect(node, "0.unknown").status == 200


def _nothing_forks(turn: Turn, at: BehindProxy, client: RelyingParty, lost: Lost) -> None:
    """Whoever comes again with what was spent gets the successor that was given before, or nothing."""
    again = client.refresh(at.nodes[1], lost.refreshed.json["refresh_token"])
    found = (again.status, again.json.get("refresh_token"))
    turn.expect(found == (200, lost.successor.json["refresh_token"]), f"a spent token gave another: {again.status}")
    code = client.redeem(at.nodes[0], lost.spent)
    turn.expect(code.status == 200, f"the fault was none: a code that nobody knows to be spent was told {code.status}")
    active = client.introspect(at.nodes[0], lost.revoked.json["refresh_token"]).json.get("active")
    turn.expect(active is True, "the fault was none: a revocation is still known")


def _all_is_over(turn: Turn, at: BehindProxy, client: RelyingParty, lost: Lost) -> None:
    alive = client.alive(at.nodes, lost.refreshed, lost.successor, lost.redeemed, lost.revoked)
    turn.expect(alive == [], f"still good after void: {alive}")
    code = client.redeem(at.nodes[1], lost.spent)
    turn.expect(code.status == 400, f"a code was told {code.status} after void")


def _people_go_on(turn: Turn, at: BehindProxy) -> None:
    again = signed_in(turn, at.nodes[0])
    look([again], at.nodes)


def _unrecorded(turn: Turn) -> RelyingParty:
    """What was lost cannot be judged by the rules of what is kept."""
    return replace(turn.rotating, history=History())
