"""Resource indicators: who may ask for what, and what a token for them says."""

from dataclasses import replace
from itertools import product

import pytest

from tests.support.builders import ISSUER, client_record
from tokens.protocol import permission, resources
from tokens.protocol.errors import InvalidScope, InvalidTarget
from tokens.protocol.records import Client, Resource
from tokens.protocol.resources import Entitlement, entitlement

ORDERS = Resource(identifier="https://api.example/orders", scope=("read", "orders:write"))
STOCK = Resource(identifier="urn:stock", scope=("read", "stock:count"))
BARE = Resource(identifier="urn:bare", scope=())
READ_ORDERS, WRITE_ORDERS = ORDERS.permissions
READ_STOCK, COUNT_STOCK = STOCK.permissions
OURS = ("openid", "profile")
CLIENT = client_record(scope=(*OURS, READ_ORDERS, WRITE_ORDERS))
BOTH = client_record(scope=(*OURS, *ORDERS.permissions, *STOCK.permissions))
SPELLED = ("https://mcp.example", "https://mcp.example/")


def target(identifiers: tuple[str, ...], granted: tuple[str, ...], *registered: Resource) -> resources.Target:
    return resources.target(identifiers, granted, BOTH, registered, ISSUER, "PS256")


def test_a_parameter_names_each_resource_once_and_not_too_many() -> None:
    assert resources.parse(None) == ()
    assert resources.parse("urn:a urn:b urn:a") == ("urn:a", "urn:b")
    with pytest.raises(InvalidTarget, match="more than 10 resources"):
        resources.parse(" ".join(f"urn:{number}" for number in range(11)))


# --- One trailing slash


@pytest.mark.parametrize(
    ("one", "other"),
    [SPELLED, ("https://mcp.example:8443", "https://mcp.example:8443/"), ("http://[::1]?a=/", "http://[::1]/?a=/")],
)
def test_an_empty_path_is_a_slash(one: str, other: str) -> None:
    assert resources.canonical(one) == resources.canonical(other) == other
    assert resources.spellings(one) == resources.spellings(other) == {one, other}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://mcp.example/a", "https://mcp.example/a/"),
        ("https://mcp.example/", "https://mcp.example//"),
        ("https://mcp.example", "https://MCP.example/"),
        ("https://mcp.example?a", "https://mcp.example?a/"),
        ("urn:mcp", "urn:mcp/"),
        ("mailto:a@mcp.example", "mailto:a@mcp.example/"),
    ],
)
def test_any_other_slash_or_letter_makes_another_resource(one: str, other: str) -> None:
    assert resources.canonical(one) != resources.canonical(other)
    assert one in resources.spellings(one)
    assert resources.spellings(one).isdisjoint(resources.spellings(other))


@pytest.mark.parametrize(("asked", "registered"), [*product(SPELLED, SPELLED)])
def test_what_was_asked_for_is_called_as_it_is_registered(asked: str, registered: str) -> None:
    assert resources.chosen([asked], [registered]) == (registered,)
    assert resources.chosen([asked, *SPELLED], [registered]) == (registered,)
    assert resources.narrowed([asked], (), (registered, "urn:a")) == (registered,)


# --- What a client may ask for


@pytest.mark.covers("S28 scope")
@pytest.mark.parametrize(
    "registered", [[STOCK], [BARE], []], ids=["of no scope of its", "of no scope at all", "unknown"]
)
def test_what_it_may_not_have_is_refused_in_the_words_for_what_is_unknown(registered: list[Resource]) -> None:
    asked = (ORDERS.identifier, *([one.identifier for one in registered] or ["urn:unknown"]))
    with pytest.raises(InvalidTarget, match="a resource is not one that this client may ask for"):
        entitlement(("read",), asked, CLIENT)
    with pytest.raises(InvalidTarget, match="a resource is not one that this client may ask for"):
        resources.target(asked, (READ_ORDERS,), CLIENT, [ORDERS, *registered], ISSUER, "RS256")


@pytest.mark.covers("S28 audience")
@pytest.mark.parametrize(
    ("client", "names", "identifiers", "scope", "resource"),
    [
        # What was asked for,
        (BOTH, ("openid", "read"), (ORDERS,), ("openid", READ_ORDERS), (ORDERS,)),
        (BOTH, ("openid", "read"), (STOCK,), ("openid", READ_STOCK), (STOCK,)),
        (BOTH, ("read",), (ORDERS, STOCK), (READ_ORDERS, READ_STOCK), (ORDERS, STOCK)),
        (BOTH, ("openid", "stock:count"), (ORDERS,), ("openid",), (ORDERS,)),
        # else whose scopes were asked for,
        (BOTH, ("openid", "orders:write"), (), ("openid", WRITE_ORDERS), (ORDERS,)),
        (BOTH, ("stock:count",), (), (COUNT_STOCK,), (STOCK,)),
        (CLIENT, ("read",), (), (READ_ORDERS,), (ORDERS,)),
        (CLIENT, ("read", "stock:count", "unknown"), (), (READ_ORDERS,), (ORDERS,)),
        # else ourselves;
        (BOTH, ("openid", "profile"), (), OURS, ()),
        (client_record(scope=()), None, (), (), ()),
        # and where nothing was said, all of an API.
        (CLIENT, None, (), (READ_ORDERS, WRITE_ORDERS), (ORDERS,)),
        (BOTH, None, (STOCK,), (READ_STOCK, COUNT_STOCK), (STOCK,)),
    ],
)
def test_the_audience_follows_from_the_resource_or_from_the_scope(
    client: Client,
    names: tuple[str, ...] | None,
    identifiers: tuple[Resource, ...],
    scope: tuple[str, ...],
    resource: tuple[Resource, ...],
) -> None:
    asked, found = (tuple(each.identifier for each in group) for group in (identifiers, resource))
    assert entitlement(names, asked, client) == Entitlement(scope=scope, resource=found)


@pytest.mark.parametrize(
    ("names", "resource"),
    [(OURS, STOCK), (None, STOCK), (("openid", "unknown"), STOCK), (("orders:write",), ORDERS)],
)
def test_the_client_s_default_counts_where_no_scope_of_an_api_was_asked_for(
    names: tuple[str, ...] | None, resource: Resource
) -> None:
    client = replace(BOTH, default_resource=(STOCK.identifier,))
    assert entitlement(names, (), client).resource == (resource.identifier,)
    assert entitlement(names, (ORDERS.identifier,), client).resource == (ORDERS.identifier,)


def test_a_default_that_the_client_may_not_have_is_refused() -> None:
    with pytest.raises(InvalidTarget, match="a resource is not one that this client may ask for"):
        entitlement(OURS, (), replace(CLIENT, default_resource=(STOCK.identifier,)))


@pytest.mark.parametrize(
    ("names", "default"),
    [
        *product([("read",), ("orders:write", "stock:count"), ("openid", "read")], [(), (ORDERS.identifier,)]),
        (None, ()),
    ],
)
def test_scopes_of_two_apis_without_a_resource_are_refused_and_both_are_named(
    names: tuple[str, ...] | None, default: tuple[str, ...]
) -> None:
    client = replace(BOTH, default_resource=default)
    with pytest.raises(InvalidScope) as refused:
        entitlement(names, (), client)
    assert refused.value.description == (
        "these are scopes of https://api.example/orders and of urn:stock: say by resource which is meant"
    )


def test_a_refusal_names_no_more_than_two_of_a_hundred_apis() -> None:
    permissions = tuple(f"https://{number}.example/{'x' * 200}#read" for number in range(100))
    with pytest.raises(InvalidScope) as refused:
        entitlement(("read",), (), client_record(scope=permissions))
    assert len(refused.value.description) < 600
    assert "and of others" in refused.value.description


@pytest.mark.parametrize(
    ("names", "identifiers"),
    [(("unknown",), ()), (("stock:count",), ()), (("stock:count",), (ORDERS.identifier,)), ((READ_ORDERS,), ())],
)
def test_where_nothing_is_left_the_scope_is_refused(names: tuple[str, ...], identifiers: tuple[str, ...]) -> None:
    with pytest.raises(InvalidScope, match="the client may have none of these scopes"):
        entitlement(names, identifiers, CLIENT)


# --- What a token request gets of what was granted


@pytest.mark.covers("S32 scope", "S32 resource")
def test_a_token_request_narrows_and_never_widens() -> None:
    given = ("urn:a", "urn:b")
    assert resources.narrowed((), (), given) == given
    assert resources.narrowed(("urn:b",), (), given) == ("urn:b",)
    for asked in (("urn:c",), ("urn:a", "urn:c")):
        with pytest.raises(InvalidTarget):
            resources.narrowed(asked, (), given)
    with pytest.raises(InvalidTarget):
        resources.narrowed(("urn:a",), (), ())


@pytest.mark.parametrize(
    ("resource", "audience", "found"),
    [
        ((), ("urn:b",), ("urn:b",)),
        ((), ("urn:c",), ("urn:a", "urn:b", "https://mcp.example/")),
        ((), ("orders", "urn:b"), ("urn:b",)),
        (("urn:a",), ("urn:c",), ("urn:a",)),
        (("urn:a",), ("urn:b",), ("urn:a", "urn:b")),
        ((), ("https://mcp.example",), ("https://mcp.example/",)),
    ],
)
def test_an_audience_is_taken_for_a_resource_where_it_names_one(
    resource: tuple[str, ...], audience: tuple[str, ...], found: tuple[str, ...]
) -> None:
    assert resources.narrowed(resource, audience, ("urn:a", "urn:b", "https://mcp.example/")) == found


GRANTED = ("openid", READ_ORDERS)


@pytest.mark.covers("S32 scope")
@pytest.mark.parametrize(
    ("requested", "found"),
    [
        (None, GRANTED),
        ("openid read", GRANTED),
        ("read", (READ_ORDERS,)),
        # Dropped at authorize, for three reasons, and so again.
        ("openid read unknown", GRANTED),
        ("openid read stock:count", GRANTED),
        ("openid read email offline_access", GRANTED),
    ],
)
def test_a_refresh_drops_what_the_authorization_request_dropped(requested: str | None, found: tuple[str, ...]) -> None:
    client = replace(BOTH, skip_consent=True, scope=(*BOTH.scope, "offline_access"))
    assert resources.narrowed_scope(requested, GRANTED, (ORDERS.identifier,), client) == found


@pytest.mark.covers("S32 scope")
@pytest.mark.parametrize("requested", ["profile", "openid read profile", "orders:write", "openid offline_access"])
def test_a_refresh_for_more_than_was_granted_of_what_the_client_may_have_is_refused(requested: str) -> None:
    client = replace(BOTH, scope=(*BOTH.scope, "offline_access"))
    with pytest.raises(InvalidScope, match="more than was granted"):
        resources.narrowed_scope(requested, GRANTED, (ORDERS.identifier,), client)


def test_a_refresh_that_names_what_was_granted_of_one_of_two_apis_gets_that_and_no_more() -> None:
    """The client may have the other one's scope of that name since."""
    read_stock = permission.of("https://stock.example", "read")
    client = replace(BOTH, scope=(*GRANTED, read_stock))
    both = (ORDERS.identifier, "https://stock.example")
    assert resources.narrowed_scope("openid read", GRANTED, both, client) == GRANTED


@pytest.mark.parametrize("requested", ["unknown", "stock:count", READ_ORDERS])
def test_a_refresh_of_nothing_that_the_client_may_have_is_refused(requested: str) -> None:
    with pytest.raises(InvalidScope, match="the client may have none of these scopes"):
        resources.narrowed_scope(requested, GRANTED, (ORDERS.identifier,), CLIENT)


# --- What a token says


@pytest.mark.covers("S28 audience", "S28 scope")
@pytest.mark.parametrize(
    ("granted", "registered", "names"),
    [
        (GRANTED, [ORDERS], ("openid", "read")),
        (("openid", READ_ORDERS, COUNT_STOCK), [ORDERS], ("openid", "read")),
        (("openid", WRITE_ORDERS, COUNT_STOCK), [ORDERS, STOCK], ("openid", "orders:write", "stock:count")),
        # Both have a scope of this name: it would open the other one, for which it was not given, too.
        (GRANTED, [ORDERS, STOCK], ("openid",)),
        (("openid", READ_ORDERS, READ_STOCK, COUNT_STOCK), [ORDERS, STOCK], ("openid", "stock:count")),
        (OURS, [], OURS),
        (("openid", READ_ORDERS), [], ("openid",)),
        # No longer a scope of the resource.
        (("openid", "https://api.example/orders#gone"), [ORDERS], ("openid",)),
    ],
)
def test_a_token_has_our_own_scopes_and_those_that_exactly_one_of_its_resources_has(
    granted: tuple[str, ...], registered: list[Resource], names: tuple[str, ...]
) -> None:
    assert resources.scope(granted, registered) == names


@pytest.mark.covers("S28 audience")
def test_a_token_without_any_of_what_was_granted_is_refused() -> None:
    for granted, registered in (((READ_ORDERS, READ_STOCK), [ORDERS, STOCK]), ((READ_ORDERS,), [STOCK])):
        with pytest.raises(InvalidTarget, match="ask for another one"):
            target(tuple(each.identifier for each in registered), granted, *registered)
    assert target((ORDERS.identifier,), (READ_ORDERS, READ_STOCK), ORDERS).scope == ("read",)
    assert target((), ()).scope == ()


@pytest.mark.covers("S28 audience")
def test_the_audience_is_the_resources_and_ourselves_where_userinfo_is_asked() -> None:
    assert resources.audience((), ("email",), ISSUER) == (ISSUER,)
    assert resources.audience(("urn:a", "urn:b"), ("read",), ISSUER) == ("urn:a", "urn:b")
    assert resources.audience(("urn:a",), ("openid",), ISSUER) == ("urn:a", ISSUER)


@pytest.mark.covers("S28 audience")
def test_a_resource_that_is_ourselves_stands_once_in_the_audience() -> None:
    assert resources.audience((ISSUER,), ("openid",), ISSUER) == (ISSUER,)
    assert resources.audience(("urn:a", ISSUER), ("openid",), ISSUER) == ("urn:a", ISSUER)


def test_the_form_of_a_token_is_what_its_resources_want() -> None:
    signed = replace(STOCK, access_token_signed_response_alg="EdDSA")
    opaque = replace(STOCK, access_token_format="opaque")
    usual = resources.form([ORDERS], "PS256")
    assert resources.form([ORDERS, STOCK], "PS256") == usual
    assert resources.form([], "PS256") == ("jwt", "PS256", "at+jwt")
    assert resources.form([signed], "PS256") == ("jwt", "EdDSA", "at+jwt")
    assert resources.form([opaque], "") == resources.form([opaque, replace(signed, access_token_format="opaque")], "")
    assert resources.form([opaque], "PS256")[0] == "opaque"
    plain = replace(STOCK, access_token_typ="JWT")
    assert resources.form([plain], "PS256") == ("jwt", "RS256", "JWT")
    assert resources.form([opaque], "") == resources.form([opaque, replace(plain, access_token_format="opaque")], "")
    for mixed in ([ORDERS, signed], [ORDERS, opaque], [ORDERS, STOCK, signed], [ORDERS, plain]):
        with pytest.raises(InvalidTarget, match="ask for one at a time"):
            resources.form(mixed, "PS256")
