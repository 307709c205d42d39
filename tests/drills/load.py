"""Clients that go on with their work through a fault, and ask afterwards for everything that they were promised."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random

from tests.drills.drill import Turn
from tests.drills.history import Event, Op, Outcome
from tests.drills.relying_party import RelyingParty
from tests.drills.repeating import Repeating
from tests.drills.wire import Answer, Server

WORKERS = 6
SPARE = 3
"""So many codes and families to revoke has each worker."""
PAUSE = 0.03
"""Seconds between two requests of a worker, at the most."""
JWKS = "/oauth2/jwks"
WITHOUT_DATABASE = ("/healthz", "/.well-known/openid-configuration", JWKS)
BAD = (Outcome.UNAVAILABLE, Outcome.UNKNOWN, Outcome.BROKEN)


@dataclass(slots=True)
class Worker:
    """One client that refreshes, uses, redeems and revokes, at whichever node."""

    client: RelyingParty
    nodes: tuple[Server, ...]
    random: Random
    tokens: dict[str, str]
    codes: list[str]
    families: list[dict[str, str]]
    revoked: list[dict[str, str]] = field(default_factory=list)

    def work(self) -> None:
        act = self.random.choices((self._refresh, self._use, self._redeem, self._revoke), (4, 4, 1, 1))[0]
        act()

    def ask_for_all(self) -> None:
        for node in self.nodes:
            self.client.userinfo(node, self.tokens["access_token"])
            self._refresh_at(node)
            for tokens in self.revoked:
                self.client.userinfo(node, tokens["access_token"])
        self._redeem_all()

    def _node(self) -> Server:
        return self.random.choice(self.nodes)

    def _refresh(self) -> None:
        self._refresh_at(self._node())

    def _refresh_at(self, node: Server) -> None:
        answer = self.client.refresh(node, self.tokens["refresh_token"])
        self.tokens = {**self.tokens, **answer.json} if answer.status == 200 else self.tokens

    def _use(self) -> None:
        if self.client.client_secret:
            self.client.introspect(self._node(), self.tokens["access_token"])
        self.client.userinfo(self._node(), self.tokens["access_token"])

    def _redeem(self) -> None:
        """A code is shown again only where nobody knows what became of it."""
        if self.codes and self._is_final(self.client.redeem(self._node(), self.codes[0])):
            self.codes.pop(0)

    def _redeem_all(self) -> None:
        while self.codes:
            self._redeem()

    def _revoke(self) -> None:
        if self.families and self._is_final(self.client.revoke(self._node(), self.families[0]["refresh_token"])):
            self.revoked.append(self.families.pop(0))

    def _is_final(self, answer: Answer) -> bool:
        return answer.outcome in (Outcome.OK, Outcome.REFUSED)


class Load(Repeating):
    """Runs while its block runs: the workers, and one who asks each node for what needs no database."""

    def __init__(self, turn: Turn, nodes: tuple[Server, ...], workers: int = WORKERS) -> None:
        self.turn = turn
        self.nodes = nodes
        self.workers = [self._worker(number) for number in range(workers)]
        self._acts = [*((worker.work, worker.random) for worker in self.workers), (self._ask, turn.random)]
        super().__init__(self._acts, PAUSE)

    def again(self) -> Repeating:
        """The same clients go on."""
        return Repeating(self._acts, PAUSE)

    def _ask(self) -> None:
        for node in self.nodes:
            for path in WITHOUT_DATABASE:
                self.turn.public.get(node, path)

    def _worker(self, number: int) -> Worker:
        """Every second one has a secret."""
        turn = self.turn
        client, registered = (turn.rotating, turn.ground.rotating) if number % 2 else (turn.public, turn.ground.public)
        codes = turn.ground.codes(registered)
        begun = [client.redeem(self.nodes[number % len(self.nodes)], codes.new()).json for _ in range(1 + SPARE)]
        own = Random(turn.random.random())  # noqa: S311 a seed makes its choices again, which is the point
        return Worker(client, self.nodes, own, begun[0], [codes.new() for _ in range(SPARE)], begun[1:])


def is_felt(turn: Turn, began: float) -> bool:
    """Whether the fault that began then has cost a client an answer."""
    return any(event.outcome in BAD and event.op is not Op.ASK for event in turn.history.since(began))


def judge(turn: Turn, load: Load, began: float, healed: float, bound: float) -> None:
    """What every fault of the database has to leave: see the expectations."""
    events = list(turn.history.since(began))
    bad = [event for event in events if event.outcome in BAD]
    turn.expect(is_felt(turn, began), "nothing was refused: the fault was none")
    turn.expect(all(event.outcome is not Outcome.UNKNOWN for event in bad), "a request got no answer")
    turn.recovery = max([0.0, *(event.end - healed for event in bad)])
    turn.expect_within(turn.recovery, bound, "recovery after the database")
    for event in events:
        if event.op is Op.ASK:
            turn.expect(event.outcome is Outcome.OK, f"{event.place} was told {event.status}")
    ask_for_all(turn, load.workers)


def ask_for_all(turn: Turn, workers: Iterable[Worker]) -> None:
    """Each for what it was promised, now that all is well. What is refused, or works though it was revoked, is for the
    checker to judge: a retry that came too late has ended its family, by right."""
    began = time.monotonic()
    for worker in workers:
        worker.ask_for_all()
    for event in turn.history.since(began):
        turn.expect(event.outcome not in BAD, f"{event.place} was told {event.status} when all was well")


def slowest(events: list[Event]) -> float:
    """Seconds."""
    return max((event.end - event.start for event in events), default=0.0)
