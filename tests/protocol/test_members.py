"""The table of a client's members: RFC 7591's JSON and back."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.stores import samples
from tokens.protocol.client_metadata import MEMBERS, load, read, write
from tokens.protocol.members import Unreadable
from tokens.protocol.records import Client

ALL = samples.client()


def test_every_field_of_a_client_is_a_member_but_what_the_store_adds() -> None:
    added = {"client_id", "secrets", "resources", "told_at_introspection", "resources_of_scope"}
    added |= {"logo", "fetched_logo", "protections_seen", "logout_failing_since", "updated"}
    assert Client.__dataclass_fields__.keys() - MEMBERS.keys() == added


@pytest.mark.parametrize("member", MEMBERS)
def test_a_member_goes_through_json_and_back(member: str) -> None:
    document = json.loads(json.dumps(write(ALL)))
    assert read({member: document[member]}) == {member: getattr(ALL, member)}


@pytest.mark.parametrize("member", MEMBERS)
def test_what_was_written_is_loaded_as_it_was(member: str) -> None:
    document = json.loads(json.dumps(write(ALL)))
    assert load({member: document[member], "unknown": 1}) == {member: getattr(ALL, member)}
    assert load({member: None}) == {member: None}


def test_members_are_written_as_the_specification_writes_them() -> None:
    document = write(ALL)
    names = ("scope", "default_max_age", "redirect_uris", "jwks", "backchannel_logout_session_required")
    assert {name: document[name] for name in names} == {
        "scope": "openid profile",
        "default_max_age": 3600,
        "redirect_uris": ["https://client.example/cb", "https://client.example/other?a=b"],
        "jwks": {"keys": [{"kty": "EC", "kid": "1"}]},
        "backchannel_logout_session_required": True,
    }


def test_null_is_the_default_and_what_is_unknown_is_passed_over() -> None:
    assert read({"default_max_age": None, "jwks": None, "subject_type": None, "frontchannel_logout_uri": 1}) == {
        "default_max_age": None,
        "jwks": None,
        "subject_type": "public",
    }


@pytest.mark.parametrize(
    ("member", "value", "fault"),
    [
        ("client_name", None, "is missing"),
        ("client_name", 1, "is not a text"),
        ("redirect_uris", "https://rp.example/", "is not an array of texts"),
        ("redirect_uris", [1], "is not an array of texts"),
        ("scope", ["openid"], "is not a text"),
        ("default_max_age", "1", "is not a number of seconds"),
        ("default_max_age", True, "is not a number of seconds"),
        ("default_max_age", 10**30, "is not a number of seconds"),
        ("jwks", [], "is not a JSON object"),
        ("jwks", {"keys": [{"x": "\0"}]}, "has escaped characters, which a key does not need"),
        ("jwks", {"keys": [{"\0": "x"}]}, "has escaped characters, which a key does not need"),
        ("jwks", {"keys": [{"x": "\ud800"}]}, "is not a JSON object whose members come once each"),
        ("jwks", {"keys": [], "x": float("nan")}, "is not a JSON object whose members come once each"),
        ("jwks", {"keys": ["x" * 65536]}, "is too large"),
        ("jwks", {"keys": [[[]] * 500]}, "is too large"),
        ("enabled", 1, "is not true or false"),
        ("rotate_refresh_tokens", "always", "is not true or false"),
    ],
)
def test_what_cannot_be_read_is_told_by_its_member(member: str, value: Any, fault: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read({member: value, "subject_type": "pairwise"})
    assert caught.value.faults == {member: fault}


def test_repeats_and_white_space_are_dropped() -> None:
    document = {"redirect_uris": ["https://a.example/", "https://a.example/"], "scope": " b  a b", "client_name": " A "}
    assert read(document) == {"redirect_uris": ("https://a.example/",), "scope": ("b", "a"), "client_name": "A"}
    assert read({"default_max_age": 0}) == {"default_max_age": timedelta()}
