"""What `manage.py apply` leaves as somebody set it by hand: who may use a client."""

from typing import Any

import pytest

from accounts.models import PeopleGroup
from tests.admin.test_apply import EXAMPLE, Document, apply, changed, changes
from tests.admin.test_clients_command import held
from tokens.registration import as_code, clients

__all__ = ["apply"]  # a fixture that holds here too


@pytest.mark.parametrize(("said", "enabled"), [({}, False), ({"enabled": True}, True), ({"enabled": False}, False)])
def test_a_client_that_was_disabled_stays_so_unless_the_file_says_otherwise(
    said: Document, enabled: bool, apply: Any
) -> None:
    apply(EXAMPLE)
    clients.switch("shop", enabled=False)
    document = changed(lambda document: document["clients"]["shop"].update(said))
    apply(document)
    assert held("shop").enabled is enabled


@pytest.mark.parametrize("said", [{}, {"enabled": True}, {"client_name": "S"}])
def test_a_client_that_is_disabled_while_a_plan_is_carried_out_stays_so(said: Document, apply: Any) -> None:
    apply(EXAMPLE)
    document = changed(lambda document: document["clients"]["shop"].update({"scope": "openid", **said}))
    plan = as_code.plan(as_code.read(document), prune=False)
    clients.switch("shop", enabled=False)
    as_code.carry_out(plan)
    assert (held("shop").enabled, held("shop").scope) == (False, ("openid",))


@pytest.fixture
def groups(db: None) -> None:
    PeopleGroup.objects.bulk_create([PeopleGroup(name="hatters"), PeopleGroup(name="hares")])


@pytest.mark.usefixtures("groups")
@pytest.mark.parametrize("by_hand", [(), ("hatters",)])
@pytest.mark.parametrize("before", [{}, {"allowed_groups": ["hares"]}])
@pytest.mark.parametrize(
    ("said", "kept"), [({}, None), ({"allowed_groups": ["hares"]}, ("hares",)), ({"allowed_groups": []}, ())]
)
def test_who_may_use_a_client_stays_as_somebody_set_it_unless_the_file_says_otherwise(
    said: Document, kept: tuple[str, ...] | None, before: Document, by_hand: tuple[str, ...], apply: Any
) -> None:
    apply(changed(lambda document: document["clients"]["shop"].update(before)))
    clients.set_members(held("shop"), {"allowed_groups": list(by_hand)})
    document = changed(lambda document: document["clients"]["shop"].update(said))
    apply(document)
    assert held("shop").allowed_groups == (by_hand if kept is None else kept)
    assert changes(apply(document, "--plan")) == []


@pytest.mark.usefixtures("groups")
@pytest.mark.parametrize(("said", "kept"), [({}, ("hatters",)), ({"allowed_groups": ["hares"]}, ("hares",))])
def test_who_is_shut_out_of_a_client_while_a_plan_is_carried_out_stays_so(
    said: Document, kept: tuple[str, ...], apply: Any
) -> None:
    apply(EXAMPLE)
    document = changed(lambda document: document["clients"]["shop"].update({"scope": "openid", **said}))
    plan = as_code.plan(as_code.read(document), prune=False)
    clients.set_members(held("shop"), {"allowed_groups": ["hatters"]})
    as_code.carry_out(plan)
    assert (held("shop").allowed_groups, held("shop").scope) == (kept, ("openid",))


def test_what_is_planned_to_be_enabled_is(apply: Any) -> None:
    apply(EXAMPLE)
    clients.switch("shop", enabled=False)
    plan = as_code.plan(as_code.read(changed(lambda each: each["clients"]["shop"].update(enabled=True))), prune=False)
    as_code.carry_out(plan)
    assert held("shop").enabled
