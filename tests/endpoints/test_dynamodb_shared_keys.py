"""What requests of strangers share is what the page says; and a client that is throttled leaves the others as they
were."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event, Semaphore
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client

from accounts import throttles as failures
from accounts.ground.dynamodb import service, throttles
from accounts.ground.dynamodb.kinds import Kind
from idp.node.bulkhead import turns
from tests.endpoints.lifecycle import introspect, refresh
from tests.endpoints.on_the_wire import REQUESTS, World, world
from tests.servers.dynamodb import PREFIX
from tests.stores.dynamodb.asked import asked
from tests.stores.dynamodb.clock import clock as clock_of_the_store
from tests.stores.dynamodb.faults import FAULTS, Fault, throttled
from tests.support.builders import change_clients, person, register, save_code
from tests.support.dynamodb import on_dynamodb, own_tables
from tests.support.endpoints import exchange, post, tokens_of
from tests.support.messages import TOKEN, basic
from tokens.grants import GRANTS
from tokens.stores import store
from tokens.stores.dynamodb.kinds import KINDS, of_table
from tokens.stores.dynamodb.shared import SHARED
from tokens.stores.dynamodb.shared_page import page
from tokens.stores.dynamodb.tables import TABLES

__all__ = ["clock_of_the_store", "on_dynamodb", "own_tables", "world"]

ROOT = Path(__file__).parents[2]
OF_ONE = frozenset(
    {"authorization_id", "consent_id", "holder", "jti", "key", "sid", "step_or_challenge", "subject", "told_sid"}
)
"""Names in a key that only one person, or one thing that was given, has."""
LIMIT = failures.Limit(failures=9, kept=timedelta(days=1))
SPENT = {"of an address": "", "at an account": failures.digest("account")}
"""The account of each counter."""
PATIENCE = 60.0
"""Seconds, before a run that hangs goes on."""
SESSION = "0.sid"
"""Into which the builders put all people."""


def _signs_out(world: World) -> Callable[[], None]:
    """What it does to the store that a person, whom a client that wants notices gave something, is signed out."""
    exchange(world.sender, world.web, world.code(world.web))
    return lambda: store().outbox.queue_subject(str(world.person.pk), timedelta(seconds=30))


def _guesses(world: World) -> Callable[[], None]:
    """What a wrong password and a right one do to the counters of an account, and of whom they come from."""
    counters = [
        failures.Counter(key=failures.digest(name), limit=LIMIT, account=account) for name, account in SPENT.items()
    ]

    def guesses() -> None:
        assert failures.spend(counters) is None
        failures.give_back(counters)

    return guesses


ALL: Mapping[str, Callable[[World], Callable[[], Any]]] = {
    **REQUESTS,
    "sign-out": _signs_out,
    "password": _guesses,
}


def test_the_page_of_shared_keys_says_what_is_shared() -> None:
    made = "python -m tokens.stores.dynamodb.shared_page > docs/dynamodb-shared-keys.md"
    assert (ROOT / "docs/dynamodb-shared-keys.md").read_text() == page(), made


def test_a_kind_whose_key_names_nothing_of_one_alone_is_shared() -> None:
    shared = {name for name, kind in KINDS.items() if not OF_ONE & {*re.findall(r"\{(\w+)\}", kind.pk)}}
    assert shared == {*SHARED}


def test_what_requests_of_strangers_share_is_on_the_page_and_is_asked_for_as_often_as_it_says(world: World) -> None:
    change_clients(world.web.client_id, backchannel_logout_uri="https://web.example/logout")
    most: Counter[tuple[str, str]] = Counter()
    for name, make in ALL.items():
        of = name if name in ("sign-out", "password") else "request"
        one, other = (_asked(each, make) for each in (world, _of_another(world)))
        for table, pk, does in one.keys() & other.keys():
            if pk.endswith(SESSION):
                continue
            kind = _kind(table, pk)
            assert kind.name in SHARED, f"{name} shares {kind.name} with a stranger: add it to SHARED"
            if SHARED[kind.name].of == of:
                most[kind.name, does] = max(most[kind.name, does], one[table, pk, does])
    said = {(name, does): getattr(each, does) for name, each in SHARED.items() for does in ("reads", "writes")}
    eighths = ("second look at an end", "writes")
    assert {**most, eighths: 1} == {what: often for what, often in said.items() if often}


def _asked(world: World, make: Callable[[World], Callable[[], Any]]) -> Counter[tuple[str, str, str]]:
    """How often one reads and writes what is of each key, where one like it was made a moment before."""
    make(world)()
    ask = make(world)
    with asked(world.wire.client, PREFIX) as found:
        answer = ask()
    assert answer is None or answer.status_code in (200, 303)
    return Counter((each.table, each.pk, each.does) for each in found)


def _of_another(world: World) -> World:
    """A stranger, at the same clients."""
    other = person(f"bob{len(world.wire.asked)}")
    browser = Client(raise_request_exception=False)
    browser.force_login(other, backend="accounts.sign_in.backends.PasswordBackend")
    return replace(world, sender=Client(raise_request_exception=False), browser=browser, person=other)


def _kind(table: str, pk: str) -> Kind:
    [kind] = [each for each in of_table(TABLES[table]) if re.fullmatch(each.form.pattern.split("\n")[0], pk, re.DOTALL)]
    return kind


# One client is throttled


def test_a_client_that_is_throttled_is_told_so_and_all_others_are_served_as_ever(world: World) -> None:
    hot = register(grant_types=list(GRANTS), skip_consent=True)
    code = save_code(hot.client_id, str(world.person.pk))[0]
    token = tokens_of(world.sender, hot, world.person.pk)["refresh_token"]
    calls = {name: _calls(world, name) for name in REQUESTS}
    asks = {name: make(world) for name, make in REQUESTS.items()}
    world.wire.on(0, Fault(happens=throttled(f"client:{hot.client_id}")))
    mine: list[Callable[[], Any]] = [
        lambda: exchange(world.sender, hot, code),
        lambda: refresh(world.sender, hot, token),
        lambda: introspect(world.sender, hot, token),
    ]
    for name, ask in asks.items():
        for refused in [each() for each in mine]:
            assert (refused.status_code, refused["Retry-After"]) == (503, "2")
            assert not refused.wsgi_request.failed_for_everybody
        before = len(world.wire.asked)
        assert ask().status_code in (200, 303), name
        assert world.wire.asked[before:] == calls[name]
    world.wire.clear()
    assert [each().status_code for each in mine] == [200, 200, 200], "nothing was spent"


def test_a_client_that_is_throttled_holds_few_turns_however_much_it_sends(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waits in its turn does so until the others were served, however long that takes: a clock stands still."""
    hot = register(grant_types=list(GRANTS))
    calls = {name: _calls(world, name) for name in REQUESTS}
    asks = {name: make(world) for name, make in REQUESTS.items()}
    waits, let_go = Semaphore(0), Event()

    def sleep(_: float) -> None:
        waits.release()
        assert let_go.wait(PATIENCE)

    def ask() -> tuple[int, str]:
        sender = Client(raise_request_exception=False)
        sender.handler = world.sender.handler  # of one node, whose turns all share
        try:
            form = {"grant_type": "client_credentials", "scope": "email"}
            refused = post(sender, TOKEN, form, basic(hot.client_id, hot.client_secret))
            return refused.status_code, refused["Retry-After"]
        finally:
            connections.close_all()

    world.wire.on(0, Fault(happens=throttled(f"client:{hot.client_id}")))
    monkeypatch.setattr(service, "time", SimpleNamespace(sleep=sleep))
    sent = 2 * turns(settings.THREADS)
    with ThreadPoolExecutor(sent) as threads:
        asked = [threads.submit(ask) for _ in range(sent)]
        try:
            told = as_completed(asked, timeout=PATIENCE)
            refused = [next(told).result() for _ in range(sent - throttles.AT_ONCE)]
            assert all(waits.acquire(timeout=PATIENCE) for _ in range(throttles.AT_ONCE))
            for name, served in asks.items():
                before = len(world.wire.asked)
                assert served().status_code in (200, 303), name
                assert world.wire.asked[before:] == calls[name]
        finally:
            let_go.set()
        refused += [each.result() for each in told]
    assert refused == [(503, "2")] * sent


def test_what_everybody_needs_is_told_apart(world: World) -> None:
    world.wire.on(0, FAULTS["internal error"])
    refused = world.opaque()()
    assert refused.status_code == 503
    assert refused.wsgi_request.failed_for_everybody


def _calls(world: World, name: str) -> list[str]:
    """Those of a request that nothing goes wrong with, where one like it was made a moment before."""
    REQUESTS[name](world)()
    ask = REQUESTS[name](world)
    world.wire.clear()
    ask()
    return list(world.wire.asked)
