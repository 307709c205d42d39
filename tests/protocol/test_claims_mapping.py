"""A client's own mapping: which lines are one, and what a client is told by it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.builders import authorization, client_record
from tokens.protocol.access_token import AUTHORIZATION_ID, USERINFO_ALG
from tokens.protocol.claims import MAX_GROUPS, in_id_token, in_userinfo, of_groups, values
from tokens.protocol.claims_mapping import PROTOCOL, SCOPES, STANDARD, rule, rules
from tokens.protocol.client_metadata import faults
from tokens.protocol.metadata import CLAIMS_SUPPORTED
from tokens.protocol.records import ClaimsRequest

DEPARTMENT = "profile department attribute:department"


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    claims: Mapping[str, object] = field(default_factory=dict)
    attributes: Mapping[str, object] = field(default_factory=dict)
    groups: Collection[str] = ()


def told(person: Somebody, scope: str, *mapping: str, **granted: Any) -> dict[str, object]:
    """What userinfo tells, to a client that had this mapping when it was allowed."""
    client = client_record(claims_mapping=mapping, username_as_name=False)
    mapped = tuple(each.source for each in rules(mapping).values() if not each.is_standard)
    asked = ClaimsRequest(**{"mapped": mapped, **granted})
    return values(in_userinfo(authorization(claims=asked), scope.split(), client), person, client)


@pytest.mark.parametrize(
    "text",
    [
        DEPARTMENT,
        "groups roles groups:shop-*",
        "groups groups groups:shop-*",
        "openid https://example.org/roles groups",
        "profile upn preferred_username",
        "email mail email",
        "groups members groups:Domain Users",
    ],
)
def test_a_line_names_a_scope_a_claim_and_a_source(text: str) -> None:
    read = rule(text)
    assert f"{read.scope} {read.claim} {read.source}" == text
    assert not read.is_standard


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        *((text, "is not SCOPE CLAIM SOURCE") for text in ("", "profile", "profile department", "a\tb\tc")),
        ("offline_access department attribute:a", "begins with no scope of people"),
        ("orders:read department attribute:a", "begins with no scope of people"),
        ("Profile department attribute:a", "begins with no scope of people"),
        *((f"profile {claim} groups", "names a claim that is not") for claim in ("1a", "", "a" * 101, "é", 'a"b')),
        *((f"profile a {source}", "ends with no source") for source in ("", "department", "Groups", "sub", " groups")),
        *((f"groups a {source}", "has no pattern") for source in ("groups:", "groups:  ")),
        *((f"profile a attribute:{name}", "names no attribute") for name in ("", "1", "a b", "é", "a" * 65)),
        ("profile mail email", "has a source that goes with the scope email alone"),
        ("openid place address", "has a source that goes with the scope address alone"),
    ],
)
def test_what_is_no_line_is_told_why(text: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        rule(text)


@pytest.mark.parametrize("claim", sorted(PROTOCOL | STANDARD.keys() | {*CLAIMS_SUPPORTED}))
@pytest.mark.parametrize("spelled", [str, str.upper, str.title])
@pytest.mark.parametrize("source", ["attribute:a", "groups"])
def test_no_line_names_a_claim_of_the_protocol(claim: str, spelled: Any, source: str) -> None:
    """`groups` is no claim of the protocol: a line may say which of them are told, or with which scope."""
    text = f"profile {spelled(claim)} {source}"
    if spelled(claim) == "groups":
        assert rule(text).claim == "groups"
        return
    with pytest.raises(ValueError, match="names a claim of the protocol"):
        rule(text)


def test_what_tokens_say_of_themselves_is_of_the_protocol() -> None:
    assert {AUTHORIZATION_ID, USERINFO_ALG, "client_id", "scope", "jti", "cnf", "act"} <= PROTOCOL


def test_a_client_is_told_all_that_is_wrong_with_its_lines() -> None:
    client = client_record(claims_mapping=(DEPARTMENT, "profile department groups", "profile sub attribute:a", " "))
    assert [fault for member, fault in faults(client, http_loopback=False) if member == "claims_mapping"] == [
        "  is not a line of 1 to 300 characters that can be shown",
        "profile department groups names a claim that another line names",
        "profile sub attribute:a names a claim of the protocol: those say what the specifications have them say",
        "  is not SCOPE CLAIM SOURCE, such as: profile department attribute:department",
    ]


def test_a_line_that_this_version_cannot_read_tells_nothing_and_breaks_nothing() -> None:
    assert rules(["profile a something:new", DEPARTMENT]).keys() == STANDARD.keys() | {"department"}


# --- What is told


@pytest.mark.covers("S28 scope")
@pytest.mark.parametrize("scope", SCOPES)
def test_a_claim_goes_with_its_scope_and_no_other(scope: str) -> None:
    person = Somebody(attributes={"department": "Tea", "salary": 1}, groups=["a"])
    for other in SCOPES:
        said = told(person, other, f"{scope} department attribute:department", f"{scope} teams groups")
        expected: dict[str, object] = {"department": "Tea", "teams": ["a"]} if other == scope else {}
        assert {name: value for name, value in said.items() if name != "groups"} == expected


def test_what_a_person_does_not_have_is_left_out_but_no_groups_are_an_empty_list() -> None:
    assert told(Somebody(), "openid profile groups", DEPARTMENT) == {"groups": []}


@pytest.mark.parametrize("value", ["Tea", "", 0, 7, True, False, ["a", "b"], []])
def test_an_attribute_is_told_as_it_is(value: object) -> None:
    said = told(Somebody(attributes={"department": value}), "profile", DEPARTMENT)
    assert said == {"department": value}
    assert type(said["department"]) is type(value)


@pytest.mark.parametrize(
    ("mapping", "groups"),
    [
        ([], ["Shop", "shop-a", "shop-b", "staff"]),
        (["groups groups groups:shop-*"], ["shop-a", "shop-b"]),
        (["groups groups groups:staff"], ["staff"]),
        (["groups groups groups:none"], []),
    ],
)
def test_a_line_says_which_groups_are_told(mapping: list[str], groups: list[str]) -> None:
    person = Somebody(groups=["staff", "shop-b", "shop-a", "Shop"])
    assert told(person, "groups", *mapping) == {"groups": groups}


def test_at_most_a_hundred_groups_are_told_the_first_by_name() -> None:
    names = [f"g{number:03}" for number in range(500)]
    assert told(Somebody(groups=names[::-1]), "groups") == {"groups": names[:MAX_GROUPS]}
    assert MAX_GROUPS == 100


@pytest.mark.parametrize("place", ["userinfo", "id_token"])
@pytest.mark.parametrize("skip_consent", [False, True])
def test_what_is_mapped_after_somebody_allowed_the_scope_is_not_told_unless_nobody_is_asked(
    place: str, skip_consent: bool
) -> None:
    before, after = (DEPARTMENT,), (DEPARTMENT, "profile pay attribute:salary", "profile teams groups")
    asked = ClaimsRequest(mapped=("attribute:department",), userinfo=("pay",), id_token=("pay",))
    client = client_record(claims_mapping=after, skip_consent=skip_consent)
    granted, scope = authorization(claims=asked), ("openid", "profile")
    rules_ = in_userinfo(granted, scope, client) if place == "userinfo" else in_id_token(granted, scope, client)
    own = {claim for claim, each in rules_.items() if not each.is_standard}
    assert own == ({"department", "pay", "teams"} if skip_consent else {"department"})
    assert before < after


def test_a_claim_that_was_allowed_by_name_does_not_come_to_say_something_else() -> None:
    person = Somebody(attributes={"department": "Tea", "salary": 1})
    granted = {"userinfo": ("info",), "mapped": ("attribute:department",)}
    assert told(person, "openid", "profile info attribute:department", **granted) == {"info": "Tea"}
    assert told(person, "openid", "profile info attribute:salary", **granted) == {}


def test_a_claim_of_groups_is_known_whatever_it_is_called() -> None:
    client = client_record(claims_mapping=("groups roles groups:shop-*", DEPARTMENT))
    assert of_groups(client) == {"roles", "groups"}
