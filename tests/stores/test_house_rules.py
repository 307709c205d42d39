"""Rules that keep the stores whole as they grow."""

import ast
import inspect
import re

from django.apps import apps

from tests.stores import (
    contention,
    races,
    suite,
    suite_journal,
    suite_keys,
    suite_one_time,
    suite_orphans,
    suite_outbox,
    suite_runs,
    test_processes,
)
from tests.stores.verbs import verbs
from tokens.stores.base import EXPIRING
from tokens.stores.memory import MemoryStore
from tokens.stores.orm import OrmStore, cleanup

SUITES = (suite, suite_journal, suite_keys, suite_one_time, suite_orphans, suite_outbox, suite_runs)
ACCOUNTS = {"CacheEntry", "LoginSession", "Session"}
"""The tables that `accounts.sessions.delete_expired` sweeps."""


def test_the_suite_calls_every_verb_of_the_protocols() -> None:
    parts = [ast.parse(inspect.getsource(part)) for part in SUITES]
    calls = [node.func for part in parts for node in ast.walk(part) if isinstance(node, ast.Call)]
    called = {
        call.attr
        for call in calls
        if isinstance(call, ast.Attribute) and isinstance(call.value, ast.Name) and call.value.id == "store"
    }
    assert verbs() - called == set()


def test_every_verb_is_raced_by_threads_and_by_processes() -> None:
    """By its name, in a call that a runner makes; or in the units that runners hold."""
    units = ast.parse("".join(inspect.getsource(unit) for unit in (races.redeem, races.redeem_in_unit)))
    held = {node.attr for node in ast.walk(units) if isinstance(node, ast.Attribute)}
    nodes = list(ast.walk(ast.parse(inspect.getsource(races))))
    calls = [node for node in nodes if isinstance(node, ast.Tuple) and node.elts]
    named = {call.elts[0].value for call in calls if isinstance(call.elts[0], ast.Constant)}
    assert verbs() - named == verbs() & held - named == {"unit", "in_unit"}
    for runners in (contention.ContentionSuite, test_processes.TestOrmStoreBetweenProcesses):
        assert issubclass(runners, races.RaceSuite)


def test_no_store_has_a_verb_that_the_protocols_lack() -> None:
    for store, own in ((OrmStore, set[str]()), (MemoryStore, {"add_client", "add_resource"})):
        public = {name for name in dir(store) if not name.startswith("_")}
        assert public - own == verbs()


def test_every_table_that_expires_is_in_the_registry() -> None:
    kinds = {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for name in expiring("tokens")}
    assert kinds == set(EXPIRING) == set(cleanup.MODELS)


def test_every_table_of_accounts_that_expires_is_one_that_accounts_sweeps() -> None:
    assert expiring("accounts") == ACCOUNTS


def expiring(app: str) -> set[str]:
    """The app's tables with a column `expires`."""
    return {
        model.__name__
        for model in apps.get_app_config(app).get_models()
        if any(field.name == "expires" for field in model._meta.get_fields())
    }
