"""`manage.py dynamodb`: what it prints, its exit codes, and whatever is wrong in one line."""

import importlib.util
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings as Django

from accounts.ground.dynamodb.conf import DynamoDB
from tests.servers.dynamodb import REGION
from tests.stores.dynamodb.own import Settings
from tokens.checks import tables_differences, tables_fault
from tokens.management.dynamodb import VERBS
from tokens.stores.dynamodb.creating import Tables
from tokens.stores.dynamodb.tables import TABLES

ROOT = Path(__file__).parents[3]
ARGUMENTS = {"delete": ["avouch."]}
"""That a verb needs."""


def ran(*arguments: str) -> tuple[int, list[str], list[str]]:
    """Exit code, lines and remarks."""
    out, err, code = StringIO(), StringIO(), 0
    try:
        call_command("dynamodb", *arguments, stdout=out, stderr=err)
    except SystemExit as ended:
        code = int(str(ended.code))
    return code, out.getvalue().splitlines(), err.getvalue().splitlines()


def refusal(verb: str) -> str:
    with pytest.raises(CommandError) as refused:
        ran(verb, *ARGUMENTS.get(verb, []))
    return str(refused.value)


TELLS: dict[str, Callable[[], str | None]] = {"start": tables_fault, "doctor": lambda: ", ".join(tables_differences())}
"""Who else tells what is wrong."""


@pytest.fixture
def mine(own: Settings, settings: Django) -> DynamoDB:
    settings.DYNAMODB = own()
    return own()


@pytest.mark.parametrize("verb", ["enable-stream", "warm"])
def test_what_is_done_to_tables_is_not_called_done_where_there_are_none(mine: DynamoDB, verb: str) -> None:
    none = f"IDP_DYNAMODB_PREFIX, IDP_DYNAMODB_REGION: none of the tables {mine.prefix}* is there: run `manage.py "
    assert refusal(verb).startswith(none)


def test_tables_are_made_looked_at_and_deleted(mine: DynamoDB) -> None:
    names = [f"{mine.prefix}{name}" for name in TABLES]
    assert ran("create") == (0, [f"made {name}" for name in names], [])
    assert ran("create") == (0, ["all tables were there"], [])
    code, lines, remarks = ran("status")
    assert (code, remarks) == (0, [])
    assert lines[0].split() == ["table", "status", "mode", "ttl", "stream", "recovery", "items"]
    assert [line.split()[0] for line in lines[1:]] == names
    assert lines[1 + list(TABLES).index("runs")].split()[1:] == ["ACTIVE", "PAY_PER_REQUEST", "ttl", "off", "off", "0"]
    assert ran("delete", mine.prefix) == (0, [f"deleted {name}" for name in names], [])
    assert ran("delete", mine.prefix) == (0, ["there was none"], [])


def test_status_ends_with_1_where_anything_is_not_as_it_should_be(
    mine: DynamoDB, operator: Any, settings: Django, own: Settings
) -> None:
    code, lines, _ = ran("status")
    assert code == 1
    assert f"{mine.prefix}runs: TableStatus is missing, not ACTIVE" in lines
    ran("create")
    operator.delete_table(TableName=f"{mine.prefix}clients")
    settings.DYNAMODB = own(stream=True)
    code, lines, _ = ran("status", "--json")
    (line,) = lines
    told = {each["table"].removeprefix(mine.prefix): each for each in json.loads(line)}
    stream = {"field": "StreamSpecification", "found": "off", "wanted": "NEW_AND_OLD_IMAGES"}
    assert code == 1
    assert told["runs"] == {"table": f"{mine.prefix}runs", "status": "ACTIVE", "drift": [stream]}
    assert told["clients"]["drift"] == [{"field": "TableStatus", "found": "missing", "wanted": "ACTIVE"}]
    _, made, left = ran("create")
    assert made == [f"made {mine.prefix}clients"]
    assert f"{mine.prefix}runs: StreamSpecification is off, not NEW_AND_OLD_IMAGES" in left


def test_streams_are_switched_on_with_a_word_on_the_setting(mine: DynamoDB, settings: Django, own: Settings) -> None:
    ran("create")
    code, lines, remarks = ran("enable-stream")
    assert (code, lines) == (0, [f"{mine.prefix}{name} has a stream now" for name in TABLES])
    assert remarks[0].startswith("set IDP_DYNAMODB_STREAM=true too")
    settings.DYNAMODB = own(stream=True)
    assert ran("enable-stream") == (0, ["all tables had one"], [])
    assert ran("status")[0] == 0


def test_nothing_is_deleted_without_the_prefix_typed_in(mine: DynamoDB, operator: Any) -> None:
    ran("create")
    with pytest.raises(CommandError) as refused:
        ran("delete", "avouch.")
    assert str(refused.value) == (
        f"PREFIX: the tables are those of '{mine.prefix}' (IDP_DYNAMODB_PREFIX): nothing is deleted"
    )
    assert Tables(operator, mine).missing() == []


def test_a_protected_table_is_not_deleted(mine: DynamoDB, settings: Django, own: Settings) -> None:
    settings.DYNAMODB = own(deletion_protection=True)
    ran("create")
    with pytest.raises(CommandError, match=r"^IDP_DYNAMODB_DELETION_PROTECTION: nothing is deleted; .*\S$") as refused:
        ran("delete", mine.prefix)
    assert len(str(refused.value).splitlines()) == 1


def test_several_processes_that_make_tables_at_once_make_each_once(mine: DynamoDB, committed: None) -> None:
    environ = {
        **os.environ,
        **{f"IDP_DYNAMODB_{name.upper()}": str(getattr(mine, name)) for name in ("region", "endpoint", "prefix")},
    }
    command = [sys.executable, str(ROOT / "manage.py"), "dynamodb", "create", "--json"]
    started = [subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    made = [json.loads(process.communicate()[0]) for process in started]
    assert [process.returncode for process in started] == [0, 0, 0]
    assert Counter(name for names in made for name in names) == Counter(f"{mine.prefix}{name}" for name in TABLES)


WRONG: dict[str, tuple[dict[str, str], dict[str, str], str]] = {
    "an endpoint where nobody is": (
        {"endpoint": "http://127.0.0.1:1"},
        {},
        'IDP_DYNAMODB_ENDPOINT: nothing answers there (Could not connect to the endpoint URL: "http://127.0.0.1:1/")',
    ),
    "no region": ({"region": ""}, {"AWS_REGION": ""}, "IDP_DYNAMODB_REGION: there is no region: set it, or AWS_REGION"),
    "a region that cannot be": (
        {"region": "-"},
        {},
        "IDP_DYNAMODB_REGION: there is no such region (Provided region_name '-' doesn't match a supported format.)",
    ),
    "no credentials": (
        {},
        {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
        "AWS_ACCESS_KEY_ID, AWS_PROFILE: there are no credentials, in variables, in AWS's files or of a role",
    ),
    "half of them": (
        {},
        {"AWS_SECRET_ACCESS_KEY": ""},
        "AWS_ACCESS_KEY_ID, AWS_PROFILE: the credentials are not whole (Partial credentials found in env, missing:"
        " AWS_SECRET_ACCESS_KEY)",
    ),
    "a profile that is not there": (
        {},
        {"AWS_PROFILE": "nobody"},
        "AWS_PROFILE: there is no such profile (The config profile (nobody) could not be found)",
    ),
}


@pytest.mark.parametrize("who", [*VERBS, "start", "doctor"])
@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_here_is_one_line_of_every_verb_and_of_the_start(
    settings: Django, monkeypatch: pytest.MonkeyPatch, wrong: str, who: str
) -> None:
    said, environ, line = WRONG[wrong]
    for name, value in environ.items():
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name, raising=False)
    settings.DYNAMODB = DynamoDB(**{"region": REGION, "endpoint": "http://127.0.0.1:1", **said})  # type: ignore[arg-type]
    settings.TOKENS = _on_dynamodb(settings)
    assert TELLS.get(who, lambda: refusal(who))() == line


def test_without_botocore_every_verb_and_the_start_name_what_to_install(
    settings: Django, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "botocore" else found(name))
    settings.DYNAMODB, settings.TOKENS = DynamoDB(), _on_dynamodb(settings)
    line = "IDP_TOKENS_STORE: dynamodb needs botocore: install requirements/dynamodb.txt, too"
    assert {refusal(verb) for verb in VERBS} == {tables_fault()} == {line}
    assert [*settings.TOKENS.faults()] == [line]


def test_a_start_makes_the_tables_or_says_which_command_does(
    mine: DynamoDB, operator: Any, settings: Django, own: Settings
) -> None:
    settings.TOKENS = _on_dynamodb(settings)
    remedy = "run `manage.py dynamodb create`, or set IDP_DYNAMODB_CREATE=true"
    settings.DYNAMODB = own(create=False)
    elsewhere = f"IDP_DYNAMODB_PREFIX, IDP_DYNAMODB_REGION: none of the tables {mine.prefix}* is there: {remedy}"
    assert tables_fault() == elsewhere
    assert Tables(operator, mine).missing() == Tables(operator, mine).names
    settings.DYNAMODB = own()
    assert tables_fault() is None
    settings.DYNAMODB = own(create=False)
    assert tables_fault() is None
    operator.delete_table(TableName=f"{mine.prefix}runs")
    assert tables_fault() == f"IDP_DYNAMODB_CREATE: {mine.prefix}runs cannot be used yet: {remedy}"
    assert tables_differences() == [f"{mine.prefix}runs: TableStatus is missing, not ACTIVE"]


def test_a_store_in_the_database_has_no_tables_elsewhere(settings: Django) -> None:
    settings.DYNAMODB = DynamoDB(endpoint="http://127.0.0.1:1")
    assert tables_fault() is None
    assert tables_differences() == []


def _on_dynamodb(settings: Django) -> Any:
    return replace(settings.TOKENS, store="dynamodb")
