"""Rules that keep the stores whole as they grow."""

import ast
import inspect
import re
from dataclasses import fields

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
from tests.stores.verbs import UNITS, verbs, verbs_of
from tokens.stores.base.kinds import EXPIRING
from tokens.stores.memory import memory_store
from tokens.stores.orm import cleanup, orm_store

SUITES = (suite, suite_journal, suite_keys, suite_one_time, suite_orphans, suite_outbox, suite_runs)
ACCOUNTS = {"CacheEntry", "LoginSession", "Session"}
"""The tables that `accounts.sessions.delete_expired` sweeps."""


def test_the_suite_calls_every_verb_of_the_protocols() -> None:
    parts = [ast.parse(inspect.getsource(part)) for part in SUITES]
    calls = [node.func for part in parts for node in ast.walk(part) if isinstance(node, ast.Call)]
    called = {ast.unparse(call) for call in calls}
    assert {f"store.{verb}" for verb in verbs()} - called == set()


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
    for store in (orm_store(), memory_store()):
        parts = {field.name: type(getattr(store, field.name)) for field in fields(store) if field.name != "units"}
        assert {f"{part}.{verb}" for part, kind in parts.items() for verb in verbs_of(kind)} | UNITS == verbs()


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
