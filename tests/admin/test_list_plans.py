"""What the admin's pages read of tables with many rows: a bounded part, however many there are. Asked of PostgreSQL's
plans, after it has run them."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from itertools import combinations
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.models import Model
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoDbBlocker

from accounts.models import User
from accounts.site.lists import keyset
from tests.admin.many_rows import CLIENT, ONE, PERSON, ROWS, SOME, fill

pytestmark = pytest.mark.django_db

MANY = 20_000
"""Rows of each table: more than any page may read."""
READ = keyset.MOST_LOOKED_AT + 1_000
"""Rows that one step of a plan may read."""
SORTED = 1_100
"""Rows that are sorted: those of one page, or as many as are counted."""
SIZE = 10
"""Rows of a page: to write more of them costs time, and no plan differs."""
SMALL = 1_000
"""Rows of a table that may be read whole."""
LISTED = sorted(admin.site._registry, key=lambda model: model._meta.label)
MODELS = [pytest.param(model, id=model._meta.model_name) for model in LISTED]
Ask = Callable[[str], Any]


@pytest.fixture(scope="module")
def ask(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Ask]:
    """Asks for a page of the admin, and holds every statement of it to its bound. The rows are there for one module."""
    with django_db_blocker.unblock():
        with transaction.atomic():
            with connection.cursor() as cursor:
                # The machine may be as slow as it likes.
                held: Any = connection.connection
                held.deadline = None
                cursor.execute("SET LOCAL statement_timeout = 0")
                fill(cursor.execute, MANY)
                beside(cursor.execute)
            connection.check_constraints()
            browser = Browser()
            browser.force_login(User.objects.create_superuser("root"))
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr("django.contrib.admin.ModelAdmin.list_per_page", SIZE)
                yield lambda url: bounded(browser, url)
            transaction.set_rollback(True)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        held.deadline = type(held).deadline


def beside(execute: Callable[[str], object]) -> None:
    """A group with everybody in it, and somebody of whom and by whom much was done."""
    through, user = User.people_groups.through._meta.db_table, ContentType.objects.get_for_model(User).pk
    log = "action_time, object_id, object_repr, action_flag, change_message, content_type_id, user_id"
    for begun in range(0, MANY, SOME):
        some = f"generate_series({begun + 1}, {begun + SOME}) AS i"
        execute(f"INSERT INTO {through} (user_id, peoplegroup_id) SELECT {PERSON}, 'group 1' FROM {some}")  # noqa: S608 words of ours
        said = f"now() + i * interval '1 second', '{ONE}', '', 2, '', {user}, '{ONE}'"
        execute(f"INSERT INTO django_admin_log ({log}) SELECT {said} FROM {some}")  # noqa: S608 words of ours
    execute(f"ANALYZE {through}, django_admin_log")


@pytest.mark.parametrize("model", MODELS)
def test_the_list_reads_a_bounded_part_of_the_table(model: type[Model], ask: Ask) -> None:
    assert model in ROWS, "write into tests/admin/many_rows.py what its rows are like"
    assert model._default_manager.count() >= MANY
    for page in everywhere(ask, model, ""):
        assert len(page.result_list) == page.list_per_page


@pytest.mark.parametrize("model", MODELS)
def test_each_filter_reads_a_bounded_part_of_the_table(model: type[Model], ask: Ask) -> None:
    page = ask(address(model))
    choices = {choice["query_string"] for spec in page.filter_specs for choice in spec.choices(page)}
    pairs = sorted(f"{first}&{second[1:]}" for first, second in combinations(choices, 2))[::7]
    for query in [*sorted(choices), *pairs]:
        everywhere(ask, model, query)


@pytest.mark.parametrize("model", MODELS)
def test_each_column_that_can_be_clicked_is_in_an_index(model: type[Model], ask: Ask) -> None:
    page = ask(address(model))
    for place, name in enumerate(page.list_display):
        for sign in ("", "-") if name in page.sortable_by else ():
            assert everywhere(ask, model, f"?o={sign}{place}")[0].asked.order[0] == f"{sign}{name}"


@pytest.mark.parametrize("model", MODELS)
def test_each_search_reads_a_bounded_part_of_the_table(model: type[Model], ask: Ask) -> None:
    terms, searches = ROWS[model].terms, getattr(admin.site.get_model_admin(model), "searches", ())
    found = [len(everywhere(ask, model, f"?q={term.replace(' ', '+')}")[0].result_list) for term in terms]
    assert bool(found) is bool(searches)
    assert not found or (max(found), min(found)) == (SIZE, 0)


@pytest.mark.parametrize(
    "url",
    [
        "/admin/",
        f"/admin/accounts/user/{ONE}/change/",
        f"/admin/accounts/user/{ONE}/history/",
        f"/admin/accounts/user/{ONE}/history/?p=9",
        f"/admin/accounts/user/{ONE}/delete/",
        "/admin/accounts/peoplegroup/group 1/change/",
        "/admin/accounts/peoplegroup/group 1/delete/",
        f"/admin/tokens/client/{CLIENT}/delete/",
        "/admin/accounts/loginsession/0.session-2/change/",
        "/admin/tokens/authorization/0.authorization-2/change/",
        f"/admin/tokens/client/{CLIENT}/change/",
        "/admin/tokens/client/add/",
        "/admin/tokens/resource/add/",
    ],
)
def test_the_pages_beside_the_lists_read_a_bounded_part_too(url: str, ask: Ask) -> None:
    ask(url)


@pytest.mark.parametrize("term", ["", "group", "group 77", "nothing"])
@pytest.mark.parametrize("page", ["1", "9"])
def test_what_completes_a_name_reads_a_bounded_part(term: str, page: str, ask: Ask) -> None:
    field = "app_label=accounts&model_name=user&field_name=people_groups"
    ask(f"/admin/autocomplete/?{field}&term={term}&page={page}")


def everywhere(ask: Ask, model: type[Model], query: str) -> list[Any]:
    """The first page of the list, one from its middle, and the last."""
    first = ask(f"{address(model)}{query}")
    middle = model._default_manager.get(pk=middle_of(model))
    values = [getattr(middle, keyset.column(model, name).attname) for name in first.asked.order]
    places = [{"after": keyset.written(first.asked, keyset.Start(values=values))}, {"before": ""}]
    return [first, *(ask(f"{address(model)}{first.get_query_string(place)}") for place in places)]


@cache
def middle_of(model: type[Model]) -> Any:
    """The key of a row."""
    return model._default_manager.order_by("pk").values_list("pk", flat=True)[MANY // 2]


def address(model: type[Model]) -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


def bounded(browser: Browser, url: str) -> Any:
    with CaptureQueriesContext(connection) as captured:
        answer = browser.get(url)
        assert answer.status_code in (200, 404), (url, answer.status_code)
    statements = {query["sql"] for query in captured.captured_queries if query["sql"].startswith("SELECT")}
    assert statements
    large = tables()
    for statement in statements:
        assert faults(statement, large) == [], (url, statement)
    return answer.context["cl"] if answer.context and "cl" in answer.context else answer


def tables() -> frozenset[str]:
    """Those of more rows than may be read whole."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > %s", [SMALL])
        return frozenset(name for (name,) in cursor.fetchall())


def faults(statement: str, large: frozenset[str]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement.replace('%', '%%')}", [])
        (plan,) = cursor.fetchone()
    return [json.dumps(node | {"Plans": []}) for node in nodes(plan[0]["Plan"]) if is_fault(node, large)]


def is_fault(node: dict[str, Any], large: frozenset[str]) -> bool:
    read = sum(node.get(name, 0) for name in ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck"))
    read *= node["Actual Loops"]
    if node["Node Type"] == "Sort":
        return bool(node["Plans"][0]["Actual Rows"] > SORTED)
    # Read from its beginning, and not stopped soon by a LIMIT.
    whole = node["Node Type"] == "Seq Scan" and node["Relation Name"] in large and read > SORTED
    return whole or (read > READ and "Relation Name" in node)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)
