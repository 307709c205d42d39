"""What this process knows of its fit. It is looked at when the process starts, when its readiness is asked and every
ten seconds; a request reads what was found."""

import hashlib
import logging
import time
from collections.abc import Mapping
from threading import Lock, Thread

from django.db import Error, connections
from psycopg_pool import PoolTimeout

from accounts.ground import clock
from idp.fit import judge, made, table, vouched
from idp.fit.node import ISSUER, MOST, Node, this_node

logger = logging.getLogger("idp.fit")
SECONDS = 10.0
AGAIN = 0.5
"""Seconds until a process looks again that could not look yet: until then it answers nothing."""
OBJECTS_EVERY, LIVES_EVERY = judge.OBJECTS / 2, judge.LIVES / 3
NOT_YET: Mapping[str, str] = {"database": "it did not answer yet"}
NO_ANSWER = (Error, PoolTimeout)
MENDS: Mapping[str, str] = {made.MIGRATIONS: f": {made.MEND}"}


class State:
    """`faults`: what does not fit, by the name of its setting; empty where all does, or where nobody watches."""

    def __init__(self) -> None:
        self.watched = False
        self.faults: Mapping[str, str] = {}
        self._lock = Lock()

    def begin(self) -> None:
        self.watched, self.faults = True, NOT_YET

    def take(self, faults: Mapping[str, str]) -> None:
        with self._lock:
            before, self.faults = self.faults, faults
        if faults and faults != before:
            logger.error("this node does not fit, and answers 503: %s", told(faults))
        if before and not faults and before is not NOT_YET:
            logger.info("this node fits again")


state = State()


def look() -> dict[str, str]:
    """What does not fit now, by the name of its setting. Three statements that write nothing."""
    return _faults(this_node(), table.read())


def join() -> dict[str, str]:
    """The same for a process that is, or will be, one of the nodes: where it fits, it records what it adds."""
    node, facts = this_node(), table.read()
    faults = _faults(node, facts) or _joined(node, facts)
    _object(node, facts)
    return faults


def beforehand() -> dict[str, str]:
    """What does not fit, for a process that is about to begin; nothing where the database does not answer: who needs it
    will say so. Leaves no connection behind, so that the process may fork."""
    try:
        return look()
    except NO_ANSWER:
        return {}
    finally:
        for connection in connections.all(initialized_only=True):
            connection.close()
            getattr(connection, "close_pool", lambda: None)()


def issuer() -> str:
    """The issuer that the database remembers."""
    return table.read()[f"equal:{ISSUER}"].value


def refresh() -> Mapping[str, str]:
    """What does not fit now; and what requests are answered follows."""
    if not state.watched:
        return look()
    faults = join()
    state.take(faults)
    return faults


def fault() -> str | None:
    """What of the settings does not fit, in one line. A check of /readyz."""
    faults = refresh()
    return told({name: text for name, text in faults.items() if name != made.MIGRATIONS}) or None


def known_fault() -> str | None:
    """What does not fit, as it was found last: for a node that goes on while the database is away."""
    return told(state.faults) or None


def migrations() -> str | None:
    """What of the tables does not. A check of /readyz."""
    return made.faults(table.read()).get(made.MIGRATIONS)


def told(faults: Mapping[str, str]) -> str:
    """In one line, with what to do: the settings' own words say it, the tables' do where `doctor` adds it."""
    return "; ".join(f"{name}: {text}{MENDS.get(name, '')}" for name, text in faults.items())


def watch() -> None:
    """From now on this process knows whether it fits, and answers nothing before it does."""
    if vouched.does_without_database():
        clock.never_ask()
    state.begin()
    _look_once()
    Thread(target=_watch, name="fit", daemon=True).start()


def declare() -> None:
    """Says that a node of these settings lives: what `doctor` compares."""
    facts, values = table.read(), this_node().values
    said = {_of_value(name, value): value[:MOST] for name, value in values.items()}
    if new := {name: value for name, value in said.items() if name not in facts}:
        table.add(new)
    if old := [name for name in said if name in facts and facts[name].age > LIVES_EVERY]:
        table.touch(old)
        table.forget_older("value:", 2 * judge.LIVES)


def leave() -> None:
    """This process ends, and nobody is to be told of its settings any more: a change of them has been rolled out once
    the nodes of before are gone. Who lives and has the same says so again at their next look."""
    if not state.watched or state.faults:
        return
    state.watched = False
    try:
        table.forget([_of_value(name, value) for name, value in this_node().values.items()])
    except NO_ANSWER:  # they are forgotten when they are old
        logger.debug("the database did not answer: what this node said of its settings goes by itself")
    finally:
        connections.close_all()


def _watch() -> None:
    while state.watched:
        time.sleep(AGAIN if state.faults is NOT_YET else SECONDS)
        _look_once()


def _look_once() -> None:
    try:
        if not refresh() and state.watched:
            declare()
    except NO_ANSWER:  # what was known holds: without a database no node does harm
        _go_on()
    finally:
        connections.close_all()
    if not state.faults:
        vouched.note()


def _go_on() -> None:
    """Without the database, where this node can."""
    if state.faults is NOT_YET and vouched.does_without_database() and vouched.is_vouched():
        logger.warning("this node starts without its database: one of the same settings fitted it within a day")
        state.take({})


def _faults(node: Node, facts: judge.Facts) -> dict[str, str]:
    return {**judge.faults(node, facts), **made.faults(facts)}


def _joined(node: Node, facts: judge.Facts) -> dict[str, str]:
    """Records what a node that fits adds. The faults after that: of several that are first, one is heard."""
    if not judge.founded(facts):
        table.found(judge.founding(node))
        return judge.faults(node, table.read())
    for name in judge.taken_up(node, facts):
        table.change(name, judge.KNOWN, judge.USED)
    if news := judge.news(node, facts):
        table.add(news)
        return judge.faults(node, table.read())
    return {}


def _object(node: Node, facts: judge.Facts) -> None:
    lacking = judge.lacking(node, facts)
    stale = [name for name in lacking if name not in facts or facts[name].age > OBJECTS_EVERY]
    table.put(dict.fromkeys(stale, ""))


def _of_value(name: str, value: str) -> str:
    return f"value:{name}:{hashlib.sha256(value.encode()).hexdigest()[:16]}"
