"""The claims parameter: what it asks for, whom the answer has to be about, and what is malformed."""

import json
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import client_record
from tokens.protocol.claims_request import MAX_LENGTH, Requested, parse
from tokens.protocol.errors import InvalidRequest
from tokens.protocol.records import ClaimsRequest

NOTHING = Requested(claims=ClaimsRequest(), subjects=None, acr=None)


def asked(document: Any, **client: Any) -> Requested:
    return parse(json.dumps(document), client_record(**client))


@pytest.mark.parametrize("document", [{}, {"userinfo": None}, {"id_token": {}}, {"userinfo": {}, "other": [[["x"]]]}])
def test_nothing_asked_is_nothing_demanded(document: dict[str, Any]) -> None:
    assert asked(document) == NOTHING == parse(None, client_record())


def test_claims_are_asked_for_by_name_in_each_place() -> None:
    document = {
        "userinfo": {"given_name": {"essential": True}, "nick_name": None, "email": None, "address": None},
        "id_token": {"auth_time": {"essential": True}, "name": {"value": "Alice"}, "acr": {"values": ["mfa"]}},
    }
    assert asked(document).claims == ClaimsRequest(userinfo=("given_name", "email"), id_token=("name",))


def test_a_claim_whose_scope_the_client_may_not_have_is_not_its_to_ask_for() -> None:
    everything = {"userinfo": {"name": None, "email": {"essential": True}}, "id_token": {"email_verified": None}}
    assert asked(everything, scope=("openid", "email")).claims == ClaimsRequest(
        userinfo=("email",), id_token=("email_verified",)
    )
    assert asked(everything, scope=("openid",)).claims == ClaimsRequest()


@pytest.mark.covers("S17")
@pytest.mark.parametrize(
    ("document", "subjects"),
    [
        ({"id_token": {"sub": None}}, None),
        ({"id_token": {"sub": {"essential": True}}}, None),
        ({"id_token": {"sub": {"value": "a"}}}, {"a"}),
        ({"userinfo": {"sub": {"value": "a"}}}, {"a"}),
        ({"id_token": {"sub": {"values": ["a", "b"]}}}, {"a", "b"}),
        ({"id_token": {"sub": {"values": ["a", "b"]}}, "userinfo": {"sub": {"value": "b"}}}, {"b"}),
        ({"id_token": {"sub": {"value": "a"}}, "userinfo": {"sub": {"value": "b"}}}, set()),
        ({"id_token": {"sub": {"value": None}}}, set()),
        ({"id_token": {"sub": {"value": 5}}}, set()),
        ({"id_token": {"sub": {"value": ["a"]}}}, set()),
    ],
)
def test_a_value_of_sub_says_whom_alone_the_answer_may_be_about(document: Any, subjects: set[str] | None) -> None:
    assert asked(document).subjects == subjects


@pytest.mark.parametrize(
    ("acr", "wanted", "wished"),
    [
        (None, None, ()),
        ({"values": ["mfa"]}, None, ("mfa",)),
        ({"essential": False, "values": ["mfa"]}, None, ("mfa",)),
        ({"value": 1}, None, ()),
        ({"essential": True}, None, ()),
        ({"essential": True, "value": "mfa"}, ("mfa",), ()),
        ({"essential": True, "values": ["phr", "mfa"]}, ("phr", "mfa"), ()),
        ({"essential": True, "values": [1, None]}, (), ()),
        ({"essential": True, "value": None}, (), ()),
    ],
)
def test_only_an_essential_acr_with_values_is_demanded_and_any_other_is_a_wish(
    acr: Any, wanted: tuple[str, ...] | None, wished: tuple[str, ...]
) -> None:
    found = asked({"id_token": {"acr": acr}})
    assert (found.acr, found.acr_wished) == (wanted, wished)
    assert asked({"userinfo": {"acr": acr}}) == NOTHING


MALFORMED = [
    *("", "x", "{", "null", "[]", "1", '"userinfo"', "{} {}", '{"a": NaN}', '{"a": 1e999}', "\ufeff{}", "{'a': 1}"),
    *('{"userinfo": []}', '{"userinfo": "name"}', '{"id_token": 1}', '{"userinfo": {"name": true}}'),
    *('{"userinfo": {"name": "x"}}', '{"userinfo": {"name": []}}', '{"userinfo": {"name": {"essential": "yes"}}}'),
    *('{"userinfo": {"name": {"essential": 1}}}', '{"userinfo": {"name": {"essential": null}}}'),
    *('{"id_token": {"sub": {"values": []}}}', '{"id_token": {"sub": {"values": "a"}}}'),
    *('{"id_token": {"sub": {"values": null}}}', '{"userinfo": {}, "userinfo": {}}'),
    '{"id_token": {"sub": {"value": "a", "value": "b"}}}',
    '{"x": ' + "9" * 4080 + ', "userinfo": 1}',
    '{"x": ' + "9" * 5000 + "}",
    '{"x": "' + "x" * MAX_LENGTH + '"}',
]


@pytest.mark.covers("S78 garbage")
@pytest.mark.parametrize("text", MALFORMED, ids=lambda text: text[:40])
def test_what_is_malformed_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="claims is"):
        parse(text, client_record())


@pytest.mark.covers("S78 depth")
def test_what_is_nested_as_deep_as_it_may_be_long_is_refused_or_ignored() -> None:
    """As Python's own reader has it, which differs between its versions."""
    with suppress(InvalidRequest):
        assert parse('{"x": ' + "[" * 2000 + "]" * 2000 + "}", client_record()).claims == ClaimsRequest()


@pytest.mark.covers("S78 length")
@pytest.mark.parametrize("hostile", ["[" * 1_000_000, '{"a":' * 200_000, "{" + '"a":{},' * 100_000, "9" * 1_000_000])
def test_a_megabyte_is_judged_at_once(hostile: str) -> None:
    began = time.process_time()
    with pytest.raises(InvalidRequest):
        parse(hostile, client_record())
    assert time.process_time() - began < 0.05


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
CLAIM = st.dictionaries(st.sampled_from(["essential", "value", "values", "purpose"]), JSON)
PLACE = st.dictionaries(st.sampled_from(["sub", "acr", "name", "email", "x"]), CLAIM | JSON)


@given(st.dictionaries(st.sampled_from(["userinfo", "id_token", "x"]), PLACE | JSON) | JSON)
def test_whatever_the_document_holds_the_answer_is_a_record_or_invalid_request(document: Any) -> None:
    try:
        found = asked(document)
    except InvalidRequest:
        return
    assert {*found.claims.userinfo, *found.claims.id_token} <= {"name", "email"}
