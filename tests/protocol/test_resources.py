"""Resource indicators: who may ask for what, and what a token for them says."""

from dataclasses import replace

import pytest

from tests.support.builders import ISSUER, client_record
from tokens.protocol import resources
from tokens.protocol.errors import InvalidTarget
from tokens.protocol.records import Resource

ORDERS = Resource(identifier="https://api.example/orders", scope=("orders:read", "orders:write"))
STOCK = Resource(identifier="urn:stock", scope=("stock:read",))
BARE = Resource(identifier="urn:bare", scope=())
CLIENT = client_record(scope=("openid", "profile", "orders:read"))


def test_a_parameter_names_each_resource_once_and_not_too_many() -> None:
    assert resources.parse(None) == ()
    assert resources.parse("urn:a urn:b urn:a") == ("urn:a", "urn:b")
    with pytest.raises(InvalidTarget, match="more than 10 resources"):
        resources.parse(" ".join(f"urn:{number}" for number in range(11)))


def test_a_client_may_ask_for_what_it_may_have_a_scope_of() -> None:
    assert resources.allowed((ORDERS.identifier,), CLIENT, [ORDERS]) == (ORDERS.identifier,)
    assert resources.allowed((), CLIENT, []) == ()


@pytest.mark.covers("S28")
@pytest.mark.parametrize(
    "registered", [[STOCK], [BARE], []], ids=["of no scope of its", "of no scope at all", "unknown"]
)
def test_what_it_may_not_have_is_refused_in_the_words_for_what_is_unknown(registered: list[Resource]) -> None:
    asked = [ORDERS.identifier, *([one.identifier for one in registered] or ["urn:unknown"])]
    with pytest.raises(InvalidTarget, match="a resource is not one that this client may ask for"):
        resources.allowed(asked, CLIENT, [ORDERS, *registered])


@pytest.mark.covers("S32")
def test_a_token_request_narrows_and_never_widens() -> None:
    given = ("urn:a", "urn:b")
    assert resources.narrowed((), given) == given
    assert resources.narrowed(("urn:b",), given) == ("urn:b",)
    for asked in (("urn:c",), ("urn:a", "urn:c")):
        with pytest.raises(InvalidTarget):
            resources.narrowed(asked, given)
    with pytest.raises(InvalidTarget):
        resources.narrowed(("urn:a",), ())


@pytest.mark.covers("S28")
def test_a_token_has_the_scopes_of_its_resources_and_our_own() -> None:
    granted = ("openid", "orders:read", "stock:read")
    assert resources.scope(granted, []) == granted
    assert resources.scope(granted, [ORDERS]) == ("openid", "orders:read")
    assert resources.scope(granted, [ORDERS, STOCK]) == granted


@pytest.mark.covers("S28")
def test_the_audience_is_the_resources_and_ourselves_where_userinfo_is_asked() -> None:
    assert resources.audience((), ("orders:read",), ISSUER) == (ISSUER,)
    assert resources.audience(("urn:a", "urn:b"), ("orders:read",), ISSUER) == ("urn:a", "urn:b")
    assert resources.audience(("urn:a",), ("openid",), ISSUER) == ("urn:a", ISSUER)


@pytest.mark.covers("S28")
def test_a_resource_that_is_ourselves_stands_once_in_the_audience() -> None:
    assert resources.audience((ISSUER,), ("openid",), ISSUER) == (ISSUER,)
    assert resources.audience(("urn:a", ISSUER), ("openid",), ISSUER) == ("urn:a", ISSUER)


def test_the_form_of_a_token_is_what_its_resources_want() -> None:
    signed = replace(STOCK, access_token_signed_response_alg="RS256")
    opaque = replace(STOCK, access_token_format="opaque")
    assert resources.form([]) == resources.form([ORDERS]) == resources.form([ORDERS, STOCK]) == ("jwt", "ES256")
    assert resources.form([signed]) == ("jwt", "RS256")
    assert resources.form([opaque]) == resources.form([opaque, replace(signed, access_token_format="opaque")])
    assert resources.form([opaque])[0] == "opaque"
    for mixed in ([ORDERS, signed], [ORDERS, opaque], [ORDERS, STOCK, signed]):
        with pytest.raises(InvalidTarget, match="ask for one at a time"):
            resources.form(mixed)
