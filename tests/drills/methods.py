"""Drills 40 to 42: what a person proves themselves with besides a password is used at every node at once, its worker
dies with it, and it is guessed."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from threading import Barrier as Gate

import psycopg

from tests.drills import barriers
from tests.drills.at_once import at_once
from tests.drills.drill import Turn
from tests.drills.ground import until
from tests.drills.people import look
from tests.drills.proving import METHODS, SECOND, Form, Holder, ProvingBrowser, by_password, mailed_code, new_holder
from tests.drills.recorded_browser import RecordedBrowser
from tests.drills.relying_party import Ready
from tests.drills.wire import Answer
from tests.servers.nodes import Node

AT_ONCE = 5
ALLOWED, HALF = 5, 4
"""Guesses on one name from one address until one has to wait; those that leave at one instant."""
LONGEST = 0.12
"""Seconds: a kill at an instant by chance comes before a request was begun, within it, or after it was answered."""
FINE, IN_ALREADY, OVER, WRONG, THROTTLED = 303, 302, 410, 422, 429
REFUSED = {OVER, WRONG, THROTTLED}
NEW = "nine quiet herons by the water"
WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = %s::regclass"
GUESSED = ("app", "mailed code")
BEGUN = {"mailed code": "accounts_unfinishedsignin"}
"""The table that a request writes next after its proof was judged, where it is not that of sign-ins."""


def race(turn: Turn) -> None:
    """One method a round, in turn: five use the same at once, and one of them later; who won signs out."""
    name = list(METHODS)[turn.number % len(METHODS)]
    holder, nodes = new_holder(turn), turn.ground.nodes
    browsers, form = _at_the_page(turn, holder, name)
    late = _another(holder, name, browsers[0])
    answers = _at_once(turn, [partial(_prove, each, form) for each in browsers])
    told = Counter(answer.status for answer in answers)
    won = [each for each, answer in zip(browsers, answers, strict=True) if _has_won(each, answer)]
    turn.expect(len(won) == 1, f"{name}: {len(won)} of {AT_ONCE} had it; they were told {dict(told)}")
    answer = late.prove(nodes[1], form)
    turn.expect(not _has_won(late, answer), f"{name}: later it was told {answer.status}")
    for winner in won[:1]:
        signed = _new_password(turn, holder, winner) if name == "mailed code" else winner
        turn.expect(holder.sessions() == 1, f"{name}: {holder.sessions()} sign-ins began")
        look([signed], nodes)
        copy = RecordedBrowser(turn.history, signed.username, "", signed.session)
        out = signed.sign_out(turn.random.choice(nodes))
        turn.expect(out.status in (302, FINE), f"{name}: the sign-out was told {out.status}")
        look([copy], nodes)
    turn.expect(holder.sessions() == 0, f"{name}: a sign-in lives after the sign-out")


def _at_the_page(turn: Turn, holder: Holder, name: str) -> tuple[list[ProvingBrowser], Form]:
    """Each with a sign-in of its own, where a method lets it and every other time; else one that is clicked often."""
    nodes = turn.ground.nodes
    first, form = METHODS[name](holder, nodes[0])
    is_of_many = name in SECOND and turn.number // len(METHODS) % 2 == 0
    more = [by_password(holder, nodes[each % len(nodes)]) if is_of_many else first.copy() for each in range(1, AT_ONCE)]
    return [first, *more], form


def _another(holder: Holder, name: str, first: ProvingBrowser) -> ProvingBrowser:
    """Who comes later with the same."""
    return by_password(holder, holder.turn.ground.nodes[2]) if name in SECOND else first.copy()


def _has_won(browser: ProvingBrowser, answer: Answer) -> bool:
    return bool(browser.session) or (answer.status == FINE and "sign_in=" in answer.headers["location"])


def _prove(browser: ProvingBrowser, form: Form, node: Node, ready: Ready) -> Answer:
    answer = browser.prove(node, form, ready)
    if _has_won(browser, answer) and not browser.session:
        browser.led(answer)
    return answer


def _new_password(turn: Turn, holder: Holder, won: ProvingBrowser) -> ProvingBrowser:
    """Past the second step, and then chosen by five clicks."""
    nodes = turn.ground.nodes
    won.led(won.get(nodes[1], won.page))
    won.led(won.prove(nodes[2], {"code": holder.app_code()}))
    clicks = [won.copy() for _ in range(AT_ONCE)]
    answers = _at_once(turn, [partial(_choose, each, f"{NEW} {number}") for number, each in enumerate(clicks)])
    told, signed = Counter(answer.status for answer in answers), [each for each in clicks if each.session]
    turn.expect((len(signed), told[FINE]) == (1, 1), f"new passwords: {len(signed)} were set; told {dict(told)}")
    return signed[0] if signed else won


def _choose(browser: ProvingBrowser, password: str, node: Node, ready: Ready) -> Answer:
    return browser.choose(node, password, ready)


def _at_once(turn: Turn, calls: Sequence[Callable[[Node, Ready], Answer]]) -> list[Answer]:
    """Spread over the nodes."""
    nodes = turn.random.sample(turn.ground.nodes, len(turn.ground.nodes))
    return at_once([partial(call, nodes[number % len(nodes)]) for number, call in enumerate(calls)])


# --- killed


def kill(turn: Turn) -> None:
    """One method a round, in turn: the worker dies once the proof was judged, and at an instant by chance; then it is
    proven once more at another node."""
    name = list(METHODS)[turn.number % len(METHODS)]
    if name in SECOND or turn.ground.store == "orm":
        _at_a_step(turn, name)
    _at_an_instant(turn, name)


def _at_a_step(turn: Turn, name: str) -> None:
    holder, doomed, survivor = new_holder(turn), turn.ground.nodes[turn.number % 2], turn.ground.nodes[2]
    browser, form = METHODS[name](holder, survivor)
    until(doomed.ready)
    url, table = turn.ground.cluster.database_url, BEGUN.get(name, "accounts_loginsession")
    with ThreadPoolExecutor(1) as pool, barriers.table(table)(url, ""):
        lost = pool.submit(browser.prove, doomed, form)
        until(lambda: lost.done() or _waits(url, table))
        doomed.kill_worker()
        turn.expect(lost.result().status is None, f"{name}: it was answered {lost.result().status}")
    until(lambda: not barriers.busy(url))
    turn.expect(holder.sessions() == 0, f"{name}: a sign-in began that nobody has")
    again = browser.prove(survivor, form)
    is_good = name != "passkey" and (turn.ground.store == "orm")
    right = FINE if is_good else WRONG if name == "passkey" else OVER
    turn.expect(again.status == right, f"{name}: after the worker's death it was told {again.status}, not {right}")
    _had_once(turn, holder, name, browser, form)


def _at_an_instant(turn: Turn, name: str) -> None:
    holder, doomed, survivor = new_holder(turn), turn.ground.nodes[(turn.number + 1) % 2], turn.ground.nodes[2]
    browser, form = METHODS[name](holder, survivor)
    until(doomed.ready)
    with ThreadPoolExecutor(1) as pool:
        gate = Gate(2, timeout=30)
        running = pool.submit(browser.prove, doomed, form, gate.wait)
        gate.wait()
        time.sleep(turn.random.uniform(0, LONGEST))  # an instant by chance
        doomed.kill_worker()
        first = running.result()
    again = browser.copy().prove(survivor, form)
    # Who was signed in before the worker died is led on.
    may_be = {None, FINE, *REFUSED} | ({IN_ALREADY} if first.status == FINE else set())
    turn.expect({first.status, again.status} <= may_be, f"{name}: {first.status}, {again.status}")
    _had_once(turn, holder, name, browser, form)


def _had_once(turn: Turn, holder: Holder, name: str, browser: ProvingBrowser, form: Form) -> None:
    turn.expect(holder.sessions() <= 1, f"{name}: {holder.sessions()} sign-ins began")
    late = _another(holder, name, browser.copy())
    late.session = ""
    answer = late.prove(turn.ground.nodes[2], form)
    turn.expect(not _has_won(late, answer), f"{name}: somebody had it again")
    turn.expect(holder.sessions() <= 1, f"{name}: {holder.sessions()} sign-ins began in the end")


def _waits(url: str, table: str) -> bool:
    with psycopg.connect(url, autocommit=True) as database:
        row = database.execute(WAITS, [table]).fetchone()
    return row is not None and row[0] > 0


# --- guessed


def guess(turn: Turn) -> None:
    """The codes of the second step and those by mail, in turn, while Redis goes: so many are judged, and the right one
    has to wait as the wrong ones do."""
    name = GUESSED[turn.number % len(GUESSED)]
    holder = new_holder(turn)
    told = [answer.status for answer in _guesses(turn, holder, name)]
    with _without_redis(turn):
        told += [answer.status for answer in _guesses(turn, holder, name)]
    judged, refused = told.count(WRONG), told.count(THROTTLED)
    turn.expect(judged == ALLOWED, f"{name}: {judged} guesses were judged, {ALLOWED} are allowed")
    turn.expect(judged + refused == len(told), f"{name}: guesses were told {told}")
    browser, form = METHODS[name](holder, turn.ground.nodes[0])
    right = browser.prove(turn.ground.nodes[1], form)
    turn.expect(right.status == THROTTLED, f"{name}: the right one after too many guesses was told {right.status}")
    turn.expect(holder.sessions() == 0, f"{name}: somebody is signed in")
    turn.ground.admin.say("forget_throttles")


def _guesses(turn: Turn, holder: Holder, name: str) -> list[Answer]:
    node = turn.ground.nodes[0]
    made = [by_password(holder, node) for _ in range(HALF)]
    if name == "mailed code":
        made = [mailed_code(holder, node)[0]] * HALF
    wrong = [
        {"code": f"{number}" * (9 if name == "mailed code" else 6)} for number in turn.random.sample(range(10), HALF)
    ]
    return _at_once(turn, [partial(_prove, each.copy(), form) for each, form in zip(made, wrong, strict=True)])


@contextmanager
def _without_redis(turn: Turn) -> Iterator[None]:
    turn.ground.redis.stop()
    try:
        yield
    finally:
        turn.ground.redis.start()
