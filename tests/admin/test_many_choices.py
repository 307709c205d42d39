"""The page of a client offers APIs, and that of an API clients: as many as it has room for, however many there are. Any
other is named in lines, without scripts too."""

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from tests.admin.pages import ADD, change_url, edited, new
from tests.admin.test_resource import ADD as ADD_RESOURCE
from tests.admin.test_resource import edited_resource, url
from tests.admin.test_resource import new as new_resource
from tests.support.builders import change_clients, create
from tokens import models
from tokens.admin.forms.boxes import MOST, SHOWN
from tokens.protocol.records import Resource
from tokens.registration import resources

LAST = "https://api.example/z#read"
"""A scope of an API that comes last by name."""


@pytest.fixture
def client(db: None) -> models.Client:
    """A client, many others beside it, and many APIs."""
    resources.create(Resource(identifier="urn:held", scope=("read",), name="zz held"))
    resources.create(Resource(identifier="https://api.example/z", scope=("read",), name="zzz last"))
    create("web", "A site", ["https://rp.example/cb"])
    change_clients(scope="openid urn:held#read", default_resource=["urn:held"])
    return models.Client.objects.get()


def many(rows: int) -> None:
    """That many more clients and APIs, all before the others by name."""
    first = models.Resource.objects.count()
    apis = (
        models.Resource(identifier=f"urn:{n}", scope="read", name=f"API {n}", name_key=f"api {n}")
        for n in range(first, first + rows)
    )
    models.Resource.objects.bulk_create(apis)
    one = models.Client.objects.get(client_name="A site")
    for n in range(first, first + rows):
        one.pk, one.client_name, one.name_key = f"client-{n}", f"A client {n}", f"a client {n}"
        one.save(force_insert=True)


@pytest.mark.parametrize("page", ["client", "new client", "resource", "new resource"])
def test_a_page_has_as_many_boxes_and_statements_however_many_rows_there_are(
    page: str, client: models.Client, manager: Browser
) -> None:
    addresses = {
        "client": change_url(client),
        "new client": ADD,
        "resource": url(models.Resource.objects.get(identifier="urn:held")),
        "new resource": ADD_RESOURCE,
    }
    name = "owners" if "resource" in page else "scope"
    many(SHOWN)
    look(manager, addresses[page], name)  # only the first request writes that its session is used
    boxes, statements = look(manager, addresses[page], name)
    many(SHOWN)
    assert look(manager, addresses[page], name) == (boxes, statements)
    assert SHOWN <= boxes <= SHOWN + 20
    assert statements <= 10


def look(manager: Browser, address: str, name: str) -> tuple[int, int]:
    with CaptureQueriesContext(connection) as captured:
        page = manager.get(address).content.decode()
    assert f'<textarea name="{name}_lines"' in page
    assert "zzz last" not in page
    return page.count(f'name="{name}" value='), len(captured)


def test_few_rows_all_have_a_box_and_there_are_no_lines(client: models.Client, manager: Browser) -> None:
    for address in (change_url(client), ADD, ADD_RESOURCE):
        assert "_lines" not in manager.get(address).content.decode()


def test_a_client_is_given_a_scope_that_has_no_box(client: models.Client, manager: Browser) -> None:
    many(SHOWN)
    held = ["openid", "urn:held#read"]
    for address, form in (
        (change_url(client), edited(client, scope=held, scope_lines=f" {LAST} \r\n\r\nurn:held#read")),
        (ADD, new(client_name="Another", scope=held, scope_lines=LAST)),
    ):
        manager.post(address, form)
    given = models.Client.objects.filter(client_name__in=["A site", "Another"]).values_list("scope", flat=True)
    assert [sorted(scope.split()) for scope in given] == [sorted([*held, LAST])] * 2
    page = manager.get(change_url(client)).content.decode()
    assert all(f'value="{each}"' in page for each in (*held, LAST))


def test_an_api_is_served_by_a_client_that_has_no_box(client: models.Client, manager: Browser) -> None:
    api, _ = create("api", "zzz last")
    many(SHOWN)
    row = models.Resource.objects.get(identifier="urn:held")
    manager.post(url(row), edited_resource(row, owners=["client-2"], owners_lines=api.client_id))
    manager.post(ADD_RESOURCE, new_resource(identifier="urn:new", owners_lines=f"{api.client_id}\n{client.pk}"))
    assert {each.identifier: set(each.owners.values_list("pk", flat=True)) for each in resources_served()} == {
        "urn:held": {"client-2", api.client_id},
        "urn:new": {api.client_id, client.pk},
    }


def resources_served() -> list[models.Resource]:
    return list(models.Resource.objects.filter(owners__isnull=False).distinct())


WRONG = {
    "nothing of ours": "urn:nothing#read",
    "no scope of it": "urn:held#drop",
    "NUL": "urn:held\x00#read",
    "markup": "</textarea><script>",
    "long": "x" * 5000,
    "too many": "\n".join(f"urn:nothing{n}#read" for n in range(MOST + 1)),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_was_typed_and_is_wrong_is_told_and_still_there(
    wrong: str, client: models.Client, manager: Browser
) -> None:
    row = models.Resource.objects.get(identifier="urn:held")
    typed = WRONG[wrong]
    for address, name, form in (
        (change_url(client), "scope", edited(client, scope_lines=typed)),
        (ADD, "scope", new(scope_lines=typed)),
        (url(row), "owners", edited_resource(row, owners_lines=typed)),
        (ADD_RESOURCE, "owners", new_resource(identifier="urn:new", owners_lines=typed)),
    ):
        answer = manager.post(address, form)
        assert list(answer.context["errors"]) == [name]
        widget = answer.context["adminform"].form[name]
        assert widget.value()[-1] == typed.splitlines()[-1]
        assert "<script>" not in str(widget)
    assert models.Client.objects.count() == 1
    assert models.Resource.objects.count() == 2


@pytest.mark.parametrize("chosen", [2, 20])
def test_what_is_chosen_is_judged_by_one_statement(chosen: int, client: models.Client, manager: Browser) -> None:
    many(SHOWN)
    row = models.Resource.objects.get(identifier="urn:held")
    of_clients, of_apis = "\n".join(f"client-{n}" for n in range(2, 2 + chosen)), ["openid", "urn:held#read"]
    with CaptureQueriesContext(connection) as captured:
        manager.post(url(row), edited_resource(row, owners_lines=of_clients))
    assert row.owners.count() == chosen
    read = [each["sql"] for each in captured if 'FROM "tokens_client" WHERE' in each["sql"].replace("`", '"')]
    assert len([sql for sql in read if "client-2" in sql]) == 1
    lines = "\n".join(f"urn:{n}#read" for n in range(2, 2 + chosen))
    with CaptureQueriesContext(connection) as captured:
        manager.post(change_url(client), edited(client, scope=of_apis, scope_lines=lines))
    client.refresh_from_db()
    assert len(client.scope.split()) == chosen + 2
    read = [each["sql"] for each in captured if 'FROM "tokens_resource"' in each["sql"].replace("`", '"')]
    # One of them for the client's own: nothing is kept of resources that no store added.
    assert len(read) == 5
    assert all("LIMIT" in sql or " IN (" in sql for sql in read), read
