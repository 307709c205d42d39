"""Rules that keep the stores whole as they grow."""

import ast
import inspect
import re
from pathlib import Path

import pytest
from django.apps import apps

from accounts.ground import clock
from accounts.ground.dynamodb.service import Service
from accounts.ground.dynamodb.state import State
from tests.stores import races, suite, test_memory, test_orm, test_processes
from tests.stores.samples import NOW
from tests.stores.verbs import DECLARED, FIELDS, PARTS, UNITS, verbs, verbs_of
from tokens.stores import base, memory, orm
from tokens.stores.base.kinds import EXPIRING, KINDS
from tokens.stores.composed import composed
from tokens.stores.dynamodb.store import store_of
from tokens.stores.memory import memory_store
from tokens.stores.orm import orm_store
from tokens.stores.orm.statements.references import model_of

SUITES = sorted(Path(suite.__file__).parent.glob("*.py"))
ACCOUNTS = {"LoginSession", "Mail", "MailedCode", "Once", "ResetLink", "Session", "Throttle", "UnfinishedSignIn"}
"""The tables that `accounts.sessions.delete_expired` sweeps."""


def test_the_suite_calls_every_verb_of_the_protocols() -> None:
    parts = [ast.parse(part.read_text()) for part in SUITES]
    calls = [node.func for part in parts for node in ast.walk(part) if isinstance(node, ast.Call)]
    called = {ast.unparse(call).removeprefix("store.") for call in calls}
    assert verbs() - called == set()


def test_every_verb_is_raced_by_threads_and_by_processes() -> None:
    """By its name, in a call that a runner makes; or in the units that runners hold."""
    units = ast.parse("".join(inspect.getsource(unit) for unit in (races.redeem, races.redeem_in_unit)))
    held = {node.attr for node in ast.walk(units) if isinstance(node, ast.Attribute)}
    nodes = list(ast.walk(ast.parse(inspect.getsource(races))))
    calls = [node for node in nodes if isinstance(node, ast.Tuple) and node.elts]
    named = {call.elts[0].value for call in calls if isinstance(call.elts[0], ast.Constant)}
    assert verbs() - named == verbs() & held - named == {"unit", "in_unit"}
    for runners in (
        test_memory.TestMemoryStoreUnderContention,
        test_orm.TestOrmStoreUnderContention,
        test_processes.TestOrmStoreBetweenProcesses,
    ):
        assert issubclass(runners, races.RaceSuite)
        assert issubclass(runners, races.SweepingRaceSuite)


def test_no_store_has_a_verb_that_the_protocols_lack() -> None:
    for store in (orm_store(), memory_store()):
        parts = {part: type(getattr(store, part)) for part in PARTS}
        assert {f"{part}.{verb}" for part, kind in parts.items() for verb in verbs_of(kind)} | UNITS == verbs()


def test_a_store_says_which_of_its_parts_are_in_tables() -> None:
    some = composed(orm_store(), {"keys": memory_store(), "runs": memory_store()})
    # It asks nobody before somebody asks it.
    dynamodb = store_of(State(Service(None), "", "0", clock.now))
    for store in (orm_store(), memory_store(), some, dynamodb):
        parts = {part: getattr(store, part) for part in PARTS - {"sweeping"}}
        # What is registered is written there, though it is read elsewhere.
        written = {part: type(getattr(each, "_written", each)).__module__ for part, each in parts.items()}
        assert set(store.in_tables) == {part for part, name in written.items() if name.startswith(orm.__name__)}


def test_every_table_that_expires_is_in_the_registry() -> None:
    kinds = {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for name in expiring("tokens")}
    assert kinds == set(EXPIRING)


def test_every_table_of_accounts_that_expires_is_one_that_accounts_sweeps() -> None:
    assert expiring("accounts") == ACCOUNTS


def expiring(app: str) -> set[str]:
    """The app's tables with a column `expires`."""
    return {
        model.__name__
        for model in apps.get_app_config(app).get_models()
        if any(field.name == "expires" for field in model._meta.get_fields())
    }


def test_each_part_has_one_file_of_its_name_in_every_store_and_in_the_suite() -> None:
    for package in (base, memory, orm):
        assert {path.stem for path in Path(package.__path__[0]).glob("*.py")} >= FIELDS
    assert {path.stem for path in SUITES} - {"__init__", *DECLARED} == FIELDS


BUILDS = {
    *("objects", "_default_manager", "_base_manager", "cursor", "raw", "filter", "exclude", "annotate", "order_by"),
    *("values_list", "select_for_update", "distinct", "update", "first", "last", "exists", "aggregate"),
    *("save", "create", "bulk_create", "get_or_create", "update_or_create"),
}
"""What querysets and rows are begun, refined and written with."""
OF_SQL = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\s")


def own_statements(source: str) -> set[str]:
    """What in a file of verbs builds a statement, that of `statements/` excepted."""
    nodes = list(ast.walk(ast.parse(source)))
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    named = {alias.name for node in imports if node.module == "tokens.stores.orm.statements" for alias in node.names}
    attributes = [node for node in nodes if isinstance(node, ast.Attribute) and ast.unparse(node.value) not in named]
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return {
        *(node.module for node in imports if node.module and node.module.startswith("django.db.models")),
        *(node.attr for node in attributes if node.attr in BUILDS),
        *(text for text in texts if OF_SQL.match(text)),
    }


def test_a_verb_of_the_orm_builds_no_statement_itself() -> None:
    files = [Path(orm.__path__[0]) / f"{part}.py" for part in FIELDS]
    assert {file.name: own for file in files if (own := own_statements(file.read_text()))} == {}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("models.Client.objects.all()", "objects"),
        ("codes.get(key).filter(spent_at=None)", "filter"),
        ("row.save(force_insert=True)", "save"),
        ("connection.cursor()", "cursor"),
        ("from django.db.models.functions import Now", "django.db.models.functions"),
        ('execute("SELECT 1 FROM tokens_client")', "SELECT 1 FROM tokens_client"),
    ],
)
def test_the_rule_against_a_verbs_own_statements_bites(line: str, found: str) -> None:
    imports = "from tokens.stores.orm.statements import codes\n"
    assert own_statements(imports + line) == {found}
    assert own_statements(f"{imports}codes.first(key)") == set()


def test_every_kind_is_a_parts_and_has_a_table_in_every_store() -> None:
    assert {kind.part for kind in KINDS.values()} <= FIELDS
    assert set(memory.state.State(lambda: NOW).tables) == set(EXPIRING)
    for kind in KINDS.values():
        columns = {field.attname for field in model_of(kind)._meta.concrete_fields}
        if kind.references:  # a notice outlives the person and the client that it names
            assert columns & {"client_id", "subject", "authorization_id"} <= kind.references.keys(), kind.name
        assert {kind.ends, *([kind.begins] if kind.references else [])} <= columns
