"""Drill 14: Redis is killed while tasks wait in it, or while a client is being told: each is told of all that ended."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from threading import Event
from urllib.parse import parse_qs, urlsplit

from tests.drills.drill import Turn
from tests.drills.people import forget_throttles, signed_in
from tests.drills.recorded_browser import RecordedBrowser
from tests.drills.relying_party import RelyingParty
from tests.drills.session_ends import SIGN_INS
from tests.drills.watching import PATIENCE, Watch, watch
from tests.drills.wire import ask, claims
from tests.flows.logout_rp import OK, LogoutEndpoint, logout_endpoint
from tests.support.messages import NOWHERE

ENDING = 4
"""Sessions of a round; one more lives on."""
AWAY = 2.0
"""Seconds without Redis."""
LATE = 30.0
"""Seconds after Redis is back in which the last notice arrives. A notice that was on its way waits for LEASE, and a
worker takes tasks again some seconds after it lost its broker."""
TASK = "deliver_logouts"


@dataclass(frozen=True, slots=True)
class Given:
    """A session in which the client was given tokens. `sid`: as the database has it, `told`: as the client knows it."""

    browser: RecordedBrowser
    sid: str
    told: str


def every_client_is_told(turn: Turn) -> None:
    """In turn: messages wait in Redis as it is killed; or a client is just being told, and the workers die too."""
    forget_throttles(turn)
    with watch(turn) as watched, _party(turn) as (client, endpoint):
        sessions = [_begin(turn, client) for _ in range(ENDING + 1)]
        ending, living = sessions[:ENDING], sessions[ENDING]
        act = (_while_tasks_wait, _while_one_is_told)[turn.number % 2]
        act(watched, endpoint, ending)
        back = time.monotonic()
        wanted = {each.told for each in ending}
        watched.until(lambda: wanted <= set(_sids(endpoint)), LATE, "the client is told of every session that ended")
        turn.recovery = time.monotonic() - back
        turn.expect(living.told not in _sids(endpoint), "the client was told of a session that lives")
        watched.until(lambda: _delivered(turn, client, ending), LATE, "every notice is marked as delivered")


def _while_tasks_wait(watched: Watch, endpoint: LogoutEndpoint, ending: Sequence[Given]) -> None:
    """The workers stand still, so that what the beats send stays in Redis."""
    for worker in watched.at.workers:
        worker.pause()
    try:
        _end(watched.turn, ending)
        watched.until(lambda: watched.at.waiting(TASK), PATIENCE, "a task waits")
        watched.at.kill_redis()
    finally:
        for worker in watched.at.workers:
            worker.resume()
    watched.turn.expect(not endpoint.requests, "the client was told before the fault")
    time.sleep(AWAY)  # the fault lasts
    watched.at.redis.start()


def _while_one_is_told(watched: Watch, endpoint: LogoutEndpoint, ending: Sequence[Given]) -> None:
    """The client crashes too, and what it was just told is lost with it."""
    crashed = Event()

    def crash(handler: BaseHTTPRequestHandler) -> None:
        crashed.wait(PATIENCE)

    endpoint.behave = crash
    _end(watched.turn, ending)
    watched.until(lambda: endpoint.requests, PATIENCE, "the client is being told")
    watched.at.kill_redis()
    for worker in watched.at.workers:
        worker.kill()
    with endpoint.lock:
        endpoint.behave = OK
        endpoint.requests.clear()
    crashed.set()
    time.sleep(AWAY)  # the fault lasts
    watched.at.redis.start()


def _end(turn: Turn, ending: Sequence[Given]) -> None:
    for each in ending:
        answer = each.browser.sign_out(turn.random.choice(turn.ground.nodes))
        turn.expect(answer.status == 302, f"a sign-out was told {answer.status}")


@contextmanager
def _party(turn: Turn) -> Iterator[tuple[RelyingParty, LogoutEndpoint]]:
    """A client that wants to be told, and the server where it is."""
    made = turn.ground.admin.client("web", "Wants to know who left", NOWHERE)
    turn.ground.codes(made).new()  # the person consents
    with logout_endpoint() as endpoint:
        set_members = ("manage", "clients", "set", made["client_id"])
        turn.ground.admin.say(*set_members, "--backchannel-logout-uri", endpoint.uri)
        yield RelyingParty(made["client_id"], made["client_secret"], turn.history), endpoint
        turn.ground.admin.say(*set_members, "--unset", "backchannel_logout_uri")


def _begin(turn: Turn, client: RelyingParty) -> Given:
    node = turn.random.choice(turn.ground.nodes)
    browser = signed_in(turn, node)
    codes = turn.ground.codes({"client_id": client.client_id})
    path = codes._url().removeprefix(codes.node.url)
    answer = ask(node.port, "GET", path, headers=browser._cookies(node))
    code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
    with turn.ground.database() as database:
        [(sid,)] = database.execute(SIGN_INS, [[browser.key_hash]]).fetchall()
    return Given(browser, sid, claims(client.redeem(node, code).json["id_token"])["sid"])


def _sids(endpoint: LogoutEndpoint) -> list[str]:
    with endpoint.lock:
        return [claims(token)["sid"] for token in endpoint.tokens]


def _delivered(turn: Turn, client: RelyingParty, ending: Sequence[Given]) -> bool:
    """Whether the outbox has a notice of each session, and nothing more to do."""
    told = turn.ground.admin.say("notices", client.client_id)
    return sorted(told) == sorted([each.sid, True] for each in ending)
