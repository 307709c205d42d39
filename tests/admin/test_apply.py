"""`manage.py apply`: clients, resources and scopes as code."""

import json
import re
import tomllib
from collections.abc import Callable
from copy import deepcopy
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.admin.test_clients_command import held, made
from tokens.protocol import client_metadata
from tokens.protocol.records import Resource
from tokens.registration import as_code, clients, resources
from tokens.registration.as_code import writing
from tokens.stores import store

PAGE = (Path(__file__).parents[2] / "docs/commands.md").read_text()
EXAMPLE: dict[str, Any] = tomllib.loads(re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0])
ORDERS = "https://api.example/orders"

Document = dict[str, Any]


@pytest.fixture
def apply(tmp_path: Path, db: None) -> Callable[..., Any]:
    """Applies a document; its answer as JSON, and the exit code."""

    def applied(document: Document, *options: str) -> tuple[Any, int]:
        file, out, code = tmp_path / "clients.json", StringIO(), 0
        file.write_text(json.dumps(document))
        try:
            call_command("apply", str(file), "--json", *options, stdout=out)
        except SystemExit as ended:
            code = int(str(ended.code))
        return json.loads(out.getvalue()), code

    return applied


def changes(answer: tuple[Any, int]) -> list[tuple[str, str, str]]:
    return [(each["verb"], each["what"], each["id"]) for each in answer[0]["changes"]]


def everything() -> tuple[list[Any], list[Resource]]:
    return store().clients.find("", "", 100), store().resources.all()


def changed(change: Callable[[Document], object]) -> Document:
    document = deepcopy(EXAMPLE)
    change(document)
    return document


def test_the_example_of_the_documents_is_made_whole(apply: Any) -> None:
    answer = apply(EXAMPLE)
    assert changes(answer) == [
        ("make", "resource", ORDERS),
        *(("make", "client", client_id) for client_id in ("orders-api", "shop", "nightly")),
    ]
    assert answer[1] == 0
    assert held("orders-api").resources == (ORDERS,)
    assert [len(client.secrets) for client in everything()[0]] == [1, 1, 1]
    secrets = {each["id"]: each["client_secret"] for each in answer[0]["changes"] if each["what"] == "client"}
    assert len(set(secrets.values())) == 3
    assert all(secret not in repr(everything()) for secret in secrets.values())


def test_toml_and_json_say_the_same(tmp_path: Path, apply: Any) -> None:
    file = tmp_path / "clients.toml"
    file.write_text(re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0])
    out = StringIO()
    call_command("apply", str(file), stdout=out)
    assert out.getvalue().startswith(f"+ resource {ORDERS}\n")
    assert "    name: None -> 'Orders'\n" in out.getvalue()
    assert out.getvalue().endswith("done: 4 to change\n")
    assert apply(EXAMPLE) == ({"done": True, "changes": []}, 0)


def test_a_second_run_writes_nothing(apply: Any) -> None:
    apply(EXAMPLE)
    before = everything()
    versions = [each.updated for part in before for each in part]
    assert apply(EXAMPLE, "--prune") == ({"done": True, "changes": []}, 0)
    assert [each.updated for part in everything() for each in part] == versions


def test_a_plan_writes_nothing_and_says_by_its_code_whether_it_would(apply: Any) -> None:
    answer, code = apply(EXAMPLE, "--plan")
    assert (answer["done"], len(answer["changes"]), code) == (False, 4, 3)
    assert not any("client_secret" in change for change in answer["changes"])
    assert everything() == ([], [])
    apply(EXAMPLE)
    assert apply(EXAMPLE, "--plan") == ({"done": False, "changes": []}, 0)


EDITS: dict[str, tuple[Callable[[Document], object], list[tuple[str, str, str]]]] = {
    "a member": (
        lambda document: document["clients"]["shop"].update(client_name="Our shop"),
        [("change", "client", "shop")],
    ),
    "a member that is said no more": (
        lambda document: document["clients"]["shop"].pop("scope"),
        [("change", "client", "shop")],
    ),
    "a resource's scopes, and who has them": (
        lambda document: (
            document["resources"][ORDERS].update(scope=["orders:write"]),
            document["clients"]["shop"].update(scope=["openid", "orders:write"]),
            document["clients"]["nightly"].update(scope=["orders:write"]),
        ),
        [("change", "resource", ORDERS), ("change", "client", "shop"), ("change", "client", "nightly")],
    ),
    "an owner": (
        lambda document: document["resources"][ORDERS].update(owners=[]),
        [("change", "resource", ORDERS)],
    ),
    "an owner that is new": (
        lambda document: (
            document["clients"].update({"second-api": {"kind": "api", "client_name": "Second"}}),
            document["resources"][ORDERS].update(owners=["second-api"]),
        ),
        [("change", "resource", ORDERS), ("make", "client", "second-api")],
    ),
}


@pytest.mark.parametrize("case", EDITS)
def test_what_differs_is_changed_and_nothing_else(case: str, apply: Any) -> None:
    edit, expected = EDITS[case]
    apply(EXAMPLE)
    assert changes(apply(changed(edit), "--plan")) == expected
    assert changes(apply(changed(edit))) == expected
    assert changes(apply(changed(edit))) == []


def test_an_owner_that_is_new_serves_its_resource(apply: Any) -> None:
    apply(EXAMPLE)
    apply(changed(EDITS["an owner that is new"][0]))
    assert (held("second-api").resources, held("orders-api").resources) == ((ORDERS,), ())


def test_what_somebody_changed_by_hand_is_as_the_file_says_again(apply: Any) -> None:
    apply(EXAMPLE)
    clients.set_members(held("shop"), {"scope": "openid"})
    answer, _ = apply(EXAMPLE)
    (change,) = answer["changes"]
    assert set(change["members"]) == {"scope"}
    assert "orders:read" in str(held("shop").scope)


def test_who_is_not_in_the_file_and_loses_a_scope_is_told(apply: Any) -> None:
    apply(EXAMPLE)
    made("machine", "by-hand", scope="orders:read orders:write")
    (change,) = apply(changed(lambda document: document["resources"][ORDERS].update(scope=["orders:read"])))[0][
        "changes"
    ]
    assert change["losing"] == ["by-hand"]
    assert len(held("by-hand").scope) == 1


@pytest.mark.parametrize(
    ("member", "values"),
    [("default_max_age", (0, None)), ("rotate_refresh_tokens", (False, None)), ("enabled", (True, False))],
)
def test_a_value_that_says_no_is_not_the_same_as_none(member: str, values: tuple[Any, Any], apply: Any) -> None:
    for value in (*values, *values):
        document = changed(lambda document: document["clients"]["shop"].update({member: value}))  # noqa: B023 at once
        apply(document)
        assert clients_member("shop", member) == value


def clients_member(client_id: str, member: str) -> Any:
    return client_metadata.write(held(client_id))[member]


def test_secrets_and_what_a_client_serves_are_not_touched(apply: Any) -> None:
    apply(EXAMPLE)
    before = held("orders-api")
    apply(changed(lambda document: document["clients"]["orders-api"].update(client_name="Another")))
    assert (held("orders-api").secrets, held("orders-api").resources) == (before.secrets, before.resources)


@pytest.mark.parametrize(
    ("document", "left"),
    [
        ({"clients": {}, "resources": {}}, ([], [])),
        ({"clients": {}}, ([], ["urn:by-hand"])),
        ({"resources": {}}, (["by-hand"], [])),
        ({}, (["by-hand"], ["urn:by-hand"])),
    ],
)
def test_pruning_goes_by_the_parts_that_the_file_has(document: Document, left: Any, apply: Any) -> None:
    made("machine", "by-hand")
    resources.create(Resource(identifier="urn:by-hand", scope=("by:hand",), name="By hand"))
    assert changes(apply(document)) == []
    before = everything()
    assert apply(document, "--prune", "--plan")[1] == (3 if left != (["by-hand"], ["urn:by-hand"]) else 0)
    assert everything() == before
    apply(document, "--prune")
    held_clients, held_resources = everything()
    assert ([each.client_id for each in held_clients], [each.identifier for each in held_resources]) == left


def test_a_pruned_resource_takes_its_scopes_from_who_is_not_in_the_file(apply: Any) -> None:
    resources.create(Resource(identifier="urn:old", scope=("old:read",), name="Old"))
    made("machine", "by-hand", scope="old:read")
    (planned,) = apply({"resources": {}}, "--prune", "--plan")[0]["changes"]
    assert planned["losing"] == ["by-hand"]
    apply({"resources": {}}, "--prune")
    assert held("by-hand").scope == ()


FAULTS: dict[str, tuple[Document, str]] = {
    "a part that is none": ({"client": {}}, "client: is neither clients nor resources"),
    "no table": ({"clients": []}, "clients: is not a table of them by their ids"),
    "no members": ({"clients": {"a": 1}}, "clients.a: is not a table of members"),
    "no kind": ({"clients": {"a": {"client_name": "A"}}}, "clients.a: kind is not one of web, spa, native"),
    "a member that is none": (
        {"clients": {"a": {"kind": "machine", "client_name": "A", "redirect_uri": "x"}}},
        "clients.a: redirect_uri is not a member of a client",
    ),
    "a value of another type": (
        {"clients": {"a": {"kind": "machine", "client_name": 1}}},
        "clients.a: client_name: is not a text",
    ),
    "what no client may have": (
        {"clients": {"a": {"kind": "web", "client_name": "A", "redirect_uris": ["javascript:x"]}}},
        "clients.a: redirect_uris: javascript:x must use https",
    ),
    "the application type of another kind": (
        {
            "clients": {
                "a": {
                    "kind": "web",
                    "client_name": "A",
                    "redirect_uris": ["https://a.example/"],
                    "application_type": "native",
                }
            }
        },
        "clients.a: application_type: is web for a client of the kind web",
    ),
    "an id that cannot be": (
        {"clients": {"a b": {"kind": "machine", "client_name": "A"}}},
        "clients.a b: client_id: must",
    ),
    "a scope that nobody has": (
        {"clients": {"a": {"kind": "machine", "client_name": "A", "scope": "x:y"}}},
        "clients.a: scope: x:y is not a scope of this server",
    ),
    "a resource's member that is none": (
        {"resources": {"urn:a": {"name": "A", "scope": "a:b", "owner": []}}},
        "resources.urn:a: owner is not a member of a resource",
    ),
    "a resource's value of another type": (
        {"resources": {"urn:a": {"name": 1, "scope": [1]}}},
        "resources.urn:a: scope is not a list of texts",
    ),
    "a resource that cannot be": (
        {"resources": {"nothing": {"name": "A", "scope": "openid"}}},
        "resources.nothing: identifier: must be an absolute URI",
    ),
    "an owner that is none": (
        {"resources": {"urn:a": {"name": "A", "scope": "a:b", "owners": ["ghost"]}}},
        "resources.urn:a: owners: ghost is not a client with a secret or keys of its own",
    ),
    "one name for both": (
        {
            "resources": {"urn:a": {"name": "A", "scope": "a:b"}},
            "clients": {"urn:a": {"kind": "machine", "client_name": "A"}},
        },
        "clients.urn:a: client_id: is the identifier of a resource",
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_file_that_cannot_be_meant_is_refused_and_nothing_is_written(case: str, apply: Any) -> None:
    document, words = FAULTS[case]
    good = {"clients": {"good": {"kind": "machine", "client_name": "Good"}}}
    both = {
        part: {**good.get(part, {}), **value} if isinstance(value, dict) else value for part, value in document.items()
    }
    with pytest.raises(CommandError) as caught:
        apply(both)
    assert any(line.startswith(words) for line in str(caught.value).splitlines()), str(caught.value)
    assert everything() == ([], [])


def test_all_faults_come_at_once(apply: Any) -> None:
    document = {
        "clients": {
            "a": {"kind": "web", "client_name": " "},
            "b": {"kind": "machine", "client_name": "B", "scope": "x"},
        },
        "resources": {"urn:a": {"name": "", "scope": "openid"}},
    }
    with pytest.raises(CommandError) as caught:
        apply(document)
    places = [line.split(": ")[:2] for line in str(caught.value).splitlines()]
    assert places == [
        ["clients.a", "client_name"],
        ["clients.a", "redirect_uris"],
        ["clients.b", "scope"],
        ["resources.urn:a", "name"],
        ["resources.urn:a", "scope"],
    ]


def test_a_client_of_another_kind_is_another_client(apply: Any) -> None:
    apply(EXAMPLE)
    with pytest.raises(CommandError, match=r"clients\.nightly: kind: is machine, which it is for good"):
        apply(
            changed(lambda document: document["clients"]["nightly"].update(kind="web", redirect_uris=["https://a.b/"]))
        )


def test_what_is_fixed_for_good_is_not_changed_by_a_file(apply: Any) -> None:
    apply(EXAMPLE)
    native = changed(lambda document: document["clients"]["shop"].update(application_type="native"))
    with pytest.raises(CommandError, match=r"clients\.shop: application_type: is web for good"):
        apply(native)
    assert held("shop").application_type == "web"


def test_an_api_and_a_machine_differ_by_their_grants_alone(apply: Any) -> None:
    apply(EXAMPLE)
    document = changed(lambda document: document["clients"]["nightly"].update(kind="api"))
    assert changes(apply(document)) == [("change", "client", "nightly")]
    assert (held("nightly").grant_types, apply(document)[0]["changes"]) == ((), [])


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.yaml", "", "its name has to end in .toml or .json"),
        ("a.toml", "[", "is no TOML"),
        ("a.toml", "\x00", "is no TOML"),
        ("a.json", "[]", "is no JSON"),
        ("a.json", '{"clients": {}, "clients": {}}', "is no JSON"),
        ("a.json", "[" * 100_000, "is no JSON"),
        ("b.json", None, "cannot be read: No such file"),
    ],
)
def test_what_is_no_such_file_is_said_in_a_line(
    name: str, content: str | None, words: str, tmp_path: Path, db: None
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(CommandError) as caught:
        call_command("apply", str(tmp_path / name), stdout=StringIO())
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_where_somebody_else_writes_meanwhile_nothing_is_written(db: None) -> None:
    """The client is made by somebody else after it was looked for: what was written before it is taken back."""
    plan = as_code.plan(as_code.read(EXAMPLE), prune=False)
    made("machine", "nightly")
    with pytest.raises(writing.Conflict, match="client nightly"):
        as_code.carry_out(plan)
    assert [each.client_id for each in everything()[0]] == ["nightly"]
    assert everything()[1] == []
