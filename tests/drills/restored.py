"""Drill 29: a backup is restored while clients hold what is newer, and `void` ends all from before."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import psycopg
from psycopg import sql

from tests.drills.drill import Turn
from tests.drills.ground import SETTLED, Ground, until
from tests.drills.history import History, Op, Outcome
from tests.drills.people import forget_throttles, look, signed_in
from tests.drills.recorded_browser import RecordedBrowser
from tests.drills.relying_party import RelyingParty
from tests.drills.wire import Answer
from tests.servers.nodes import Node
from tests.support.people import PASSWORD, USERNAME

VOID = 5.0
"""Seconds that the command may take."""
NOBODY_S = f"0.{'A' * 43}"
"""What could be a session's key, and is none."""
OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"


@dataclass(frozen=True, slots=True)
class Given:
    """What was given before the backup, and what became of it after."""

    signed_out: RecordedBrowser
    signed_in: RecordedBrowser
    spent: str
    """A code that was redeemed after the backup."""
    waiting: str
    """A code that nobody redeemed."""
    refreshed: Answer
    """Its refresh token was used after the backup."""
    revoked: Answer
    """Of another authorization, which was revoked after the backup."""
    later: Sequence[Answer]
    """What came of all that after the backup: the restored database has never heard of it."""


def restored(turn: Turn) -> None:
    """What was spent, revoked or ended after the backup is good again; the command ends it, and people go on."""
    ground = turn.ground
    given = _given(turn)
    _restore(ground)
    _until_all_answer(turn)
    _show_that_it_is_back(turn, given)
    began = time.monotonic()
    keys = [given.signed_out.key, given.signed_in.key]
    with turn.history.act(Op.REVOKE, keys):
        ground.admin.say("manage", "void", "--issued-before", "now")
    turn.recovery = time.monotonic() - began
    turn.expect_within(turn.recovery, VOID, "the command")
    _show_that_it_is_over(turn, given)
    _go_on(turn)


def _given(turn: Turn) -> Given:
    client, codes, node = turn.rotating, turn.ground.codes(turn.ground.rotating), turn.random.choice(turn.ground.nodes)
    forget_throttles(turn)
    browsers = [signed_in(turn, node) for _ in range(2)]
    spent, waiting = codes.new(), codes.new()
    refreshed, revoked = client.redeem(node, codes.new()), client.redeem(node, codes.new())
    _back_up(turn.ground)
    _until_all_answer(turn)
    browsers[0].sign_out(node)
    client.revoke(node, revoked.json["refresh_token"])
    later = [client.redeem(node, spent), client.refresh(node, refreshed.json["refresh_token"])]
    turn.expect([each.status for each in later] == [200, 200], f"before: {[each.status for each in later]}")
    return Given(browsers[0], browsers[1], spent, waiting, refreshed, revoked, later)


def _show_that_it_is_back(turn: Turn, given: Given) -> None:
    """Else the drill would show nothing. In a history of its own: that it works is the fault."""
    unrecorded = _unrecorded(turn)
    for node in turn.ground.nodes:
        active = unrecorded.introspect(node, given.revoked.json["refresh_token"]).json["active"]
        turn.expect(active is True, f"what was revoked after the backup is not back at {node.url}")
    known = replace(given.signed_out, history=History(), session=given.signed_in.session)
    turn.expect(known.who(turn.ground.nodes[0]), "the session from before the backup is not back")


def _show_that_it_is_over(turn: Turn, given: Given) -> None:
    client, nodes = _unrecorded(turn), turn.ground.nodes
    look([given.signed_out, given.signed_in], (*nodes, *turn.ground.fronts))
    for node in nodes:
        for code in (given.spent, given.waiting):
            answer = client.redeem(node, code)
            turn.expect(answer.error == "invalid_grant", f"a code was told {answer.status} at {node.url}")
    alive = client.alive(nodes, given.refreshed, given.revoked, *given.later)
    turn.expect(alive == [], f"still good: {alive}")


def _go_on(turn: Turn) -> None:
    """People sign in, and what they give works at every node."""
    forget_throttles(turn)
    again = signed_in(turn, turn.random.choice(turn.ground.fronts))
    look([again], (*turn.ground.nodes, *turn.ground.fronts))
    client = turn.rotating
    tokens = client.redeem(turn.ground.nodes[0], turn.ground.codes(turn.ground.rotating).new())
    for node in turn.ground.nodes:
        works = client.userinfo(node, tokens.json["access_token"])
        turn.expect(works.status == 200, f"a new token was told {works.status} at {node.url}")


def _unrecorded(turn: Turn) -> RelyingParty:
    return replace(turn.rotating, history=History())


def _until_all_answer(turn: Turn) -> None:
    """A pool may still hold connections that ended with the database from before."""
    client = _unrecorded(turn)
    for node in (*turn.ground.nodes, *turn.ground.fronts):
        until(partial(_answers, client, node), SETTLED)


def _answers(client: RelyingParty, node: Node) -> bool:
    """Whether it is ready, and judges what takes a look into the database."""
    stranger = RecordedBrowser(History(), USERNAME, PASSWORD, NOBODY_S)
    stranger.who(node)
    told = [event.outcome for event in stranger.history.events]
    return node.ready() and told == [Outcome.REFUSED] and client.get(node, "/readyz").status == 200


def _back_up(ground: Ground) -> None:
    """As a snapshot of the disk does: all that was committed, and nothing of later."""
    _copied(ground, _name(ground), _backup(ground))


def _restore(ground: Ground) -> None:
    _copied(ground, _backup(ground), _name(ground))


def _copied(ground: Ground, source: str, target: str) -> None:
    """Nobody is connected to either meanwhile."""
    with psycopg.connect(ground.postgres.url, autocommit=True) as server:
        for name in (source, target):
            exists = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            if exists:
                server.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)))
                server.execute(OTHERS, [name])
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(target)))
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(target), sql.Identifier(source)))
        # PostgreSQL logs a sequence 32 numbers ahead, and the copy as if it had: in a crash before the next checkpoint
        # it would go back, and give numbers that rows have.
        server.execute("CHECKPOINT")
        for name in (source, target):
            server.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(sql.Identifier(name)))


def _name(ground: Ground) -> str:
    return psycopg.conninfo.conninfo_to_dict(ground.cluster.database_url)["dbname"]  # type: ignore[return-value]  # a text


def _backup(ground: Ground) -> str:
    return f"{_name(ground)}_backup"
