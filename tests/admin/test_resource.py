"""Protected resources in the admin and by `manage.py createresource`."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client as Browser
from django.utils.html import strip_tags
from pytest_django import DjangoAssertNumQueries

from tests.admin.pages import change_url, edited
from tests.support.builders import create
from tokens import models
from tokens.protocol.records import Resource
from tokens.registration import resources
from tokens.stores import store

ADD = "/admin/tokens/resource/add/"
ORDERS = "https://api.example/orders"


def new(**fields: Any) -> dict[str, Any]:
    """The form as a browser would send it."""
    return {
        "name": "Orders",
        "identifier": ORDERS,
        "scope": "orders:read\r\norders:write",
        "access_token_format": "jwt",
        "access_token_signed_response_alg": "RS256",
        "access_token_typ": "at+jwt",
        "introspection_claims": [],
    } | fields


def url(row: models.Resource, page: str = "change") -> str:
    return f"/admin/tokens/resource/{row.pk}/{page}/"


TAKEN = "is taken: there is such a resource (a / after the host makes no difference)"


def edited_resource(row: models.Resource, **fields: Any) -> dict[str, Any]:
    form = new(scope="\n".join(row.scope.split()), version=row.updated.isoformat())
    return {**form, **fields}


@pytest.fixture
def orders(db: None) -> models.Resource:
    resources.create(Resource(identifier=ORDERS, scope=("orders:read", "orders:write"), name="Orders"))
    return models.Resource.objects.get()


def test_a_resource_is_made_from_one_page_with_the_clients_that_serve_it(manager: Browser) -> None:
    api, _ = create("api", "Orders API")
    answer = manager.post(ADD, new(owners=[api.client_id], access_token_format="opaque"))
    assert answer.status_code == 302, answer.context["errors"]
    assert store().resources.named([ORDERS]) == [
        Resource(identifier=ORDERS, scope=("orders:read", "orders:write"), access_token_format="opaque", name="Orders")
    ]
    client = store().clients.get(api.client_id)
    assert client is not None
    assert client.resources == (ORDERS,)
    assert "Orders" in manager.get("/admin/tokens/resource/?access_token_format__exact=opaque").content.decode()


BAD: dict[str, tuple[dict[str, Any], dict[str, list[str]]]] = {
    "a relative URI": (
        {"identifier": "/orders"},
        {"identifier": ["must be an absolute URI, such as https://api.example.org/orders or urn:example:orders"]},
    ),
    "a fragment": ({"identifier": f"{ORDERS}#x"}, {"identifier": ["must have no fragment (RFC 8707 §2)"]}),
    "ourselves": ({"identifier": "http://LOCALHOST:8000/"}, {"identifier": ["is this server itself"]}),
    "two identifiers in one": (
        {"identifier": "urn:a urn:b"},
        {"identifier": ["must be an absolute URI, such as https://api.example.org/orders or urn:example:orders"]},
    ),
    "NUL": (
        {"identifier": "urn:\x00", "name": "\x00", "scope": "\x00"},
        {
            "identifier": ["Null characters are not allowed."],
            "name": ["Null characters are not allowed."],
            "scope": ["Null characters are not allowed."],
        },
    ),
    "no scope": (
        {"scope": " "},
        {"scope": ["a resource needs a scope: who may have one of its scopes may ask for tokens for it"]},
    ),
    "scopes that are ours, or none": (
        {"scope": 'openid taken:read b"d'},
        {
            "scope": [
                "openid is a scope of this server itself",
                'b"d has characters that a scope cannot have (RFC 6749 §3.3)',
            ]
        },
    ),
    "an identifier that is taken but for the slash": (
        {"identifier": "https://taken.example"},
        {"identifier": [TAKEN]},
    ),
    "an identifier that is taken": (
        {"identifier": "urn:taken"},
        {"identifier": [TAKEN]},
    ),
    "a client that everybody can be": (
        {"owners": ["spa"]},
        {"owners": ["Select a valid choice. spa is not one of the available choices."]},
    ),
    "formats that we have not": (
        {"access_token_format": "paper", "access_token_signed_response_alg": "none"},
        {
            "access_token_format": ["Select a valid choice. paper is not one of the available choices."],
            "access_token_signed_response_alg": ["Select a valid choice. none is not one of the available choices."],
        },
    ),
}


@pytest.mark.covers("S78 garbage")
@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_told_at_its_field(case: str, manager: Browser, settings: Any) -> None:
    settings.ISSUER = "http://localhost:8000"
    resources.create(Resource(identifier="urn:taken", scope=("taken:read",), name="Taken"))
    resources.create(Resource(identifier="https://taken.example/", scope=("taken:read",), name="Taken"))
    changed, told = BAD[case]
    answer = manager.post(ADD, new(**changed))
    assert (answer.status_code, dict(answer.context["errors"])) == (200, told)
    assert models.Resource.objects.count() == 2


def test_two_that_race_for_an_identifier_are_told_and_two_may_have_one_scope(orders: models.Resource) -> None:
    """Both forms were valid before either wrote."""
    with pytest.raises(ValidationError) as caught:
        resources.create(Resource(identifier=ORDERS, scope=("orders:read",), name="Other"))
    assert caught.value.message_dict == {"identifier": [TAKEN]}
    resources.create(Resource(identifier="urn:other", scope=("orders:read",), name="Other"))


def test_a_client_is_given_the_scope_of_one_of_two_resources_that_have_it(
    manager: Browser, orders: models.Resource
) -> None:
    resources.create(Resource(identifier="urn:other", scope=("orders:read",), name="Other"))
    with pytest.raises(ValidationError) as caught:
        create("machine", "Some", scope="orders:read")
    said = f"orders:read is a scope of several resources: say {ORDERS}#orders:read or urn:other#orders:read"
    assert caught.value.message_dict == {"scope": [said]}
    client, _ = create("machine", "Some", scope="urn:other#orders:read orders:write")
    row = models.Client.objects.get()
    manager.post(change_url(row), edited(row, scope=[f"{ORDERS}#orders:read"]))
    held = store().clients.get(client.client_id)
    assert held is not None
    assert held.scope == (f"{ORDERS}#orders:read",)


def test_a_new_resource_is_shown_with_what_it_gets_unless_told_otherwise(manager: Browser) -> None:
    form = manager.get(ADD).context["adminform"].form
    shown = {name: form[name].value() for name in ("access_token_format", "access_token_signed_response_alg")}
    assert shown == {"access_token_format": "jwt", "access_token_signed_response_alg": "RS256"}


def test_an_identifier_is_never_changed(manager: Browser, orders: models.Resource) -> None:
    form = edited_resource(orders, identifier="urn:other", name="Another", access_token_signed_response_alg="EdDSA")
    assert manager.post(url(orders), form).status_code == 302
    orders.refresh_from_db()
    assert (orders.identifier, orders.name, orders.access_token_signed_response_alg) == (ORDERS, "Another", "EdDSA")


def test_a_scope_that_a_resource_loses_is_taken_from_clients(manager: Browser, orders: models.Resource) -> None:
    some, _ = create("machine", "Some", scope="orders:read orders:write", default_resource=[ORDERS])
    only, _ = create("machine", "Only", scope="email orders:write", default_resource=[ORDERS])
    none, _ = create("machine", "None", scope="email")
    assert manager.post(url(orders), edited_resource(orders, scope="orders:read\norders:new")).status_code == 302
    rows = {row.client_name: (row.scope, row.metadata["default_resource"]) for row in models.Client.objects.all()}
    assert rows == {"Some": (f"{ORDERS}#orders:read", [ORDERS]), "Only": ("email", []), "None": ("email", [])}
    assert {some.client_id, only.client_id, none.client_id} == {row.pk for row in models.Client.objects.all()}


def test_the_page_of_a_deletion_says_what_it_takes_along(manager: Browser, orders: models.Resource) -> None:
    create("machine", "Night job", scope="orders:read", default_resource=[ORDERS])
    page = strip_tags(manager.get(url(orders, "delete")).content.decode())
    assert "These clients lose its scopes:Night job" in page
    assert "until it expires" in page
    assert manager.post(url(orders, "delete"), {"post": "yes"}).status_code == 302
    assert not models.Resource.objects.exists()
    row = models.Client.objects.get()
    assert (row.scope, row.metadata["default_resource"]) == ("", [])
    # A person who takes the identifier later finds that nobody has it.
    later = Resource(identifier=ORDERS, scope=("orders:read",), name="Later")
    resources.create(later)
    assert resources.clients_of(later) == []


def test_machines_get_the_scopes_of_resources_and_a_default(manager: Browser, orders: models.Resource) -> None:
    client, _ = create("machine", "Night job")
    row = models.Client.objects.get()
    assert "Orders (https://api.example/orders)" in manager.get(change_url(row)).content.decode()
    without = manager.post(change_url(row), edited(row, default_resource=[ORDERS]))
    assert dict(without.context["errors"]) == {
        "default_resource": [f"{ORDERS} is not a resource of which the client may have a scope"]
    }
    manager.post(change_url(row), edited(row, scope=[f"{ORDERS}#orders:read"], default_resource=[ORDERS]))
    held = store().clients.get(client.client_id)
    assert held is not None
    assert (held.scope, held.default_resource) == ((f"{ORDERS}#orders:read",), (ORDERS,))


@pytest.mark.covers("S77 errors")
@pytest.mark.parametrize("query", ["owners__secrets__digest__startswith=a", "scope__contains=x", "q=%00", "p=-1"])
def test_a_resource_is_asked_for_nothing_but_its_filter(query: str, manager: Browser, orders: models.Resource) -> None:
    assert manager.get(f"/admin/tokens/resource/?{query}", follow=True).status_code in (200, 400)
    if "__" in query:
        assert manager.get(f"/admin/tokens/resource/?{query}").status_code == 400


@pytest.mark.parametrize("name", ["0", "99999999999999999999999", "x", "%00"])
def test_a_resource_that_never_was_is_not_found(name: str, manager: Browser) -> None:
    for page in ("change", "delete", "history"):
        for send in (manager.get, manager.post):
            assert send(f"/admin/tokens/resource/{name}/{page}/").status_code in (302, 400, 404)


def test_pages_with_many_resources_take_at_most_ten_statements(
    manager: Browser, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        resources.create(Resource(identifier=f"urn:{number}", scope=(f"read:{number}",), name=f"API {number}"))
    create("machine", "Night job")
    row = models.Resource.objects.all()[0]
    for page in (change_url(models.Client.objects.get()), url(row), url(row, "delete"), "/admin/tokens/resource/", ADD):
        with django_assert_max_num_queries(10):
            assert manager.get(page).status_code == 200


def test_the_command_makes_a_resource_and_prints_it(db: None) -> None:
    api, _ = create("api", "Orders API")
    out = StringIO()
    arguments = ["--identifier", ORDERS, "--name", "Orders", "--scope", "orders:read orders:write"]
    call_command("createresource", *arguments, "--access-token-format=opaque", "--owner", api.client_id, stdout=out)
    assert json.loads(out.getvalue()) == {
        "identifier": ORDERS,
        "name": "Orders",
        "scope": "orders:read orders:write",
        "access_token_format": "opaque",
        "access_token_signed_response_alg": "RS256",
        "access_token_typ": "at+jwt",
        "introspection_claims": [],
        "scope_sentences": [],
        "owners": [api.client_id],
    }
    client = store().clients.get(api.client_id)
    assert client is not None
    assert client.resources == (ORDERS,)


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        (["--identifier", ORDERS, "--name", "N", "--scope", "a"], [f"--identifier: {TAKEN}"]),
        (
            ["--identifier", "x#\x00", "--name", "\n", "--scope", "openid", "orders:read"],
            [
                "--name: a name is needed, which people see when they are asked",
                "--name: has characters that cannot be shown (U+000A)",
                "--identifier: must be an absolute URI, such as https://api.example.org/orders or urn:example:orders",
                "--identifier: must have no fragment (RFC 8707 §2)",
                "--scope: openid is a scope of this server itself",
            ],
        ),
        (
            ["--identifier", "urn:b", "--name", "N", "--scope", "a", "--owner", "\x1b[31m"],
            ["--owner: \\x1b[31m is not a client with a secret or keys of its own"],
        ),
        (
            ["--identifier", "urn:" + "a" * 252, "--name", "N", "--scope", "a"],
            ["--identifier: is longer than 255 characters"],
        ),
    ],
)
def test_every_fault_of_the_command_is_a_line_and_nothing_is_made(
    arguments: list[str], lines: list[str], orders: models.Resource
) -> None:
    with pytest.raises(CommandError) as caught:
        call_command("createresource", *arguments, stdout=StringIO())
    assert str(caught.value).splitlines() == lines
    assert models.Resource.objects.count() == 1


def test_the_sentences_of_its_scopes_are_judged_and_kept(manager: Browser) -> None:
    page = manager.post(ADD, new(scope_sentences="orders:all en See all")).content.decode()
    assert "orders:all en See all begins with none of its scopes" in page
    lines = ["orders:read en See your orders", "orders:read de Ihre Bestellungen sehen"]
    assert manager.post(ADD, new(scope_sentences="\r\n".join(lines))).status_code == 302
    assert models.Resource.objects.get().scope_sentences == lines


@pytest.mark.django_db
def test_a_command_gives_a_resource_its_sentences() -> None:
    arguments = ["--identifier", ORDERS, "--name", "Orders", "--scope", "orders:read"]
    line = "orders:read en See your orders"
    call_command("createresource", *arguments, "--scope-sentence", line, stdout=StringIO())
    assert models.Resource.objects.get().scope_sentences == [line]
