"""What a file for `manage.py apply` may hold in the place of a member: anything, for people and programs write it."""

from contextlib import suppress
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tokens.protocol import client_metadata
from tokens.registration import as_code
from tokens.registration.as_code import Plan
from tokens.registration.as_code.document import RESOURCE_MEMBERS

VALUES: list[object] = [None, 5, -1, True, 10**30, 1e308, [], [1], [[]], {}, {"a": []}, "\ud800", ["\ud800"], ["\x00"]]


def plan(**members: object) -> Plan:
    client = {"kind": "web", "client_name": "A", "redirect_uris": ["https://a.example/"], **members}
    return as_code.plan(as_code.read({"clients": {"a": client}}), prune=False)


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("member", ["kind", *client_metadata.MEMBERS])
def test_a_clients_member_of_any_type_is_planned_or_refused(member: str, value: object, db: None) -> None:
    found: Any = None
    with suppress(ValidationError):
        found = plan(**{member: value})
    assert found is None or [each.id for each in found.changes] == ["a"]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("member", ["owners", *RESOURCE_MEMBERS])
def test_a_resources_member_of_any_type_is_planned_or_refused(member: str, value: object, db: None) -> None:
    found: Any = None
    with suppress(ValidationError):
        resource = {"name": "A", "scope": "b", member: value}
        found = as_code.plan(as_code.read({"resources": {"urn:a": resource}}), prune=False)
    assert found is None or [each.id for each in found.changes] == ["urn:a"]


@pytest.mark.parametrize("kind", [None, [], {}, ["web"], 1, "Web"])
def test_a_kind_that_is_none_is_said_to_be_none(kind: object, db: None) -> None:
    with pytest.raises(ValidationError, match=r"kind is not one of web, spa"):
        plan(kind=kind)


@pytest.mark.parametrize("group", ["\ud800", "\x00", "\n", " ", "x" * 101])
def test_what_can_be_no_group_is_said_to_be_none(group: str, db: None) -> None:
    with pytest.raises(ValidationError, match=r"allowed_groups: .* is not a line"):
        plan(allowed_groups=[group])
