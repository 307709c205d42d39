"""What forbids registering a client."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.builders import client_record
from tokens.protocol.client_authentication import METHODS
from tokens.protocol.client_metadata import faults, of_registered, sector_faults
from tokens.protocol.member_types import shown
from tokens.protocol.records import Resource
from tokens.protocol.scopes import SUPPORTED


def test_an_ordinary_client_has_no_faults() -> None:
    assert list(faults(client_record(), http_loopback=False)) == []


@pytest.mark.parametrize("name", ["Bücher", "書店", "می\u200cشود", "👩\u200d💻", "a" * 255, "<b>&\"'"])
def test_a_name_may_be_in_any_script(name: str) -> None:
    assert list(faults(client_record(client_name=name), http_loopback=False)) == []


@pytest.mark.parametrize(
    "letter", ["\x00", "\n", "\x1b", "\x7f", "\x85", "\u2028", "\u202e", "\u2066", "\ufeff", "\ud800"]
)
def test_a_name_has_nothing_that_hides(letter: str) -> None:
    found = list(faults(client_record(client_name=f"Bank{letter}"), http_loopback=False))
    assert found == [("client_name", f"has characters that cannot be shown (U+{ord(letter):04X})")]


def test_a_native_client_may_skip_consent_only_where_nobody_else_gets_its_answers() -> None:
    faults_of = {}
    for uri in ("https://app.example/cb", "com.example.app:/cb", "http://127.0.0.1/cb", "HTTPS://app.example/cb"):
        client = client_record(application_type="native", redirect_uris=(uri,), skip_consent=True)
        faults_of[uri] = [member for member, _ in faults(client, http_loopback=False)]
    assert faults_of == {
        "https://app.example/cb": [],
        "com.example.app:/cb": ["skip_consent"],
        "http://127.0.0.1/cb": ["skip_consent"],
        "HTTPS://app.example/cb": ["skip_consent"],
    }


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain", "plain"),
        ("a\nb\x1b\x00", "a\\nb\\x1b\\x00"),
        ("ä\ud800", "\\xe4\\ud800"),
        ("a" * 101, "a" * 100 + "..."),
    ],
)
def test_what_was_given_is_shown_on_one_line(text: str, line: str) -> None:
    assert shown(text) == line


MACHINE: dict[str, Any] = {"grant_types": ("client_credentials",), "response_types": (), "redirect_uris": ()}
PUBLIC: dict[str, Any] = {"token_endpoint_auth_method": "none", "pkce": "required"}
ORDERS = Resource(identifier="urn:orders", scope=("orders:read", "orders:write"))


def faults_of(known: tuple[Resource, ...] = (), **changes: Any) -> list[tuple[str, str]]:
    return list(faults(client_record(**changes), http_loopback=False, registered=known))


def test_a_client_may_have_the_scopes_of_resources_and_ask_for_those_it_has_a_scope_of() -> None:
    asked: dict[str, Any] = {"scope": ("openid", "urn:orders#orders:read"), "default_resource": ("urn:orders",)}
    assert faults_of((ORDERS,), **asked) == []
    assert faults_of(**asked) == [
        ("scope", f"urn:orders#orders:read is not a scope of this server; it has {', '.join(SUPPORTED)}"),
    ]
    assert faults_of((ORDERS,), default_resource=("urn:orders",)) == [
        ("default_resource", "urn:orders is not a resource of which the client may have a scope")
    ]


def test_a_client_is_one_record_of_a_store_and_has_the_bytes_of_one() -> None:
    def uris(count: int) -> tuple[str, ...]:
        return tuple(f"https://rp.example/{number}/{'a' * 2000}" for number in range(count))

    assert faults_of(redirect_uris=uris(60)) == []
    (member, fault), *more = faults_of(redirect_uris=uris(70), client_name="ü" * 200)
    assert (member, more) == ("redirect_uris", [])
    assert fault.startswith("is 14")
    assert fault.endswith("bytes, and it may have 131072")


@pytest.mark.covers("S47 token", "S51 allow-list")
@pytest.mark.parametrize("method", METHODS)
def test_who_acts_for_itself_has_to_authenticate(method: str) -> None:
    both: dict[str, Any] = {"grant_types": ("authorization_code", "client_credentials")}
    found = [member for member, _ in faults_of(**both, token_endpoint_auth_method=method) if member == "grant_types"]
    assert found == (["grant_types"] if method == "none" else [])


@pytest.mark.parametrize(
    ("typed", "scope"),
    [
        ("openid orders:read", ("openid", "urn:orders#orders:read")),
        ("urn:orders#orders:read orders:read", ("urn:orders#orders:read",)),
        ("urn:stock#read urn:mcp#read", ("urn:stock#read", "urn:mcp#read")),
        ("read unknown urn:orders#read", ("read", "unknown", "urn:orders#read")),
        ("a#b", ("urn:mcp#a#b",)),
    ],
)
def test_a_scope_is_typed_in_by_name_where_one_resource_has_it(typed: str, scope: tuple[str, ...]) -> None:
    stock, mcp = (
        Resource(identifier="urn:stock", scope=("read",)),
        Resource(identifier="urn:mcp", scope=("read", "a#b")),
    )
    assert of_registered({"scope": tuple(typed.split())}, [ORDERS, stock, mcp]) == {"scope": scope}
    if "read" in scope:
        found = dict(faults_of((ORDERS, stock, mcp), scope=("openid", "read")))
        assert found == {"scope": "read is a scope of several resources: say urn:stock#read or urn:mcp#read"}


@pytest.mark.parametrize("typed", ["https://mcp.example", "https://mcp.example/"])
def test_a_default_resource_is_called_as_it_is_registered(typed: str) -> None:
    registered = Resource(identifier="https://mcp.example/", scope=("read",))
    found = of_registered({"default_resource": (typed, "urn:unknown")}, [registered])
    assert found == {"default_resource": ("https://mcp.example/", "urn:unknown")}


@pytest.mark.parametrize(
    ("uris", "needed"),
    [
        (("https://one.example/a", "https://ONE.example:8443/b"), False),
        (("https://one.example/a", "https://two.example/a"), True),
        (("https://one.example/a", "https://one.example.evil/a"), True),
        (("com.example.one:/cb", "com.example.one:/other"), False),
        (("com.example.one:/cb", "com.example.two:/cb"), True),
    ],
)
def test_a_pairwise_client_of_several_hosts_names_its_sector(uris: tuple[str, ...], needed: bool) -> None:
    client: dict[str, Any] = {"subject_type": "pairwise", "redirect_uris": uris, "application_type": "native"}
    assert ("sector_identifier_uri" in dict(faults_of(**client))) is needed
    assert faults_of(**client, sector_identifier_uri="https://one.example/sector") == []
    assert faults_of(**client | {"subject_type": "public"}) == []


def test_redirect_uris_that_cannot_be_read_are_their_own_fault() -> None:
    found = dict(faults_of(subject_type="pairwise", redirect_uris=("https://[::1/", "https://rp.example/")))
    assert "redirect_uris" in found


@pytest.mark.parametrize(
    ("changes", "member"),
    [
        ({"grant_types": ("authorization_code", "a\0")}, "grant_types"),
        ({"grant_types": ("authorization_code", "\ud800")}, "grant_types"),
        ({"grant_types": ("authorization_code", "a" * 201)}, "grant_types"),
        ({"id_token_signed_response_alg": "none"}, "id_token_signed_response_alg"),
        ({"id_token_signed_response_alg": ""}, "id_token_signed_response_alg"),
        ({"userinfo_signed_response_alg": "HS256"}, "userinfo_signed_response_alg"),
        ({"token_endpoint_auth_signing_alg": "none"}, "token_endpoint_auth_signing_alg"),
        ({"default_max_age": timedelta(seconds=-1)}, "default_max_age"),
        ({"default_max_age": timedelta(days=3651)}, "default_max_age"),
        (PUBLIC | {"rotate_refresh_tokens": False}, "rotate_refresh_tokens"),
        (PUBLIC | {"pkce": "optional"}, "pkce"),
        (PUBLIC | {"pkce": "pkce_or_nonce"}, "pkce"),
        ({"pkce": "sometimes"}, "pkce"),
        ({"subject_type": "pairwise"} | MACHINE, "subject_type"),
        ({"sector_identifier_uri": "http://rp.example/"}, "sector_identifier_uri"),
        ({"sector_identifier_uri": "https://rp.example/" + "a" * 200}, "sector_identifier_uri"),
        ({"jwks_uri": "https://rp.example/" + "a" * 200}, "jwks_uri"),
        ({"backchannel_logout_uri": "https://rp.example/" + "a" * 200}, "backchannel_logout_uri"),
        ({"backchannel_logout_uri": "http://rp.example/"}, "backchannel_logout_uri"),
        ({"backchannel_logout_uri": "http://localhost/"}, "backchannel_logout_uri"),
        ({"response_modes": ("query", "query.jwt")}, "response_modes"),
        ({"backchannel_logout_uri": "https://rp.example/#"}, "backchannel_logout_uri"),
        ({"backchannel_logout_uri": "com.example.app:/logout"}, "backchannel_logout_uri"),
    ],
)
def test_each_member_is_judged(changes: dict[str, Any], member: str) -> None:
    assert [found for found, _ in faults_of(**changes)] == [member]


@pytest.mark.parametrize(
    ("modes", "reached"), [(("form_post",), False), (("form_post", "fragment"), True), ((), True), (("query",), True)]
)
def test_some_response_mode_reaches_every_redirect_uri(modes: tuple[str, ...], reached: bool) -> None:
    uris = ("https://rp.example/", "com.example.app:/callback")
    found = faults_of(application_type="native", redirect_uris=uris, response_modes=modes)
    assert found == ([] if reached else [("response_modes", "form_post cannot reach com.example.app:/callback")])


def test_a_confidential_client_may_keep_its_refresh_tokens_and_ask_at_every_time() -> None:
    assert faults_of(rotate_refresh_tokens=False, default_max_age=timedelta()) == []


def test_an_address_for_logout_notices_may_have_a_query_and_in_development_be_this_computer() -> None:
    assert faults_of(backchannel_logout_uri="https://rp.example:8443/logout?tenant=a") == []
    client = client_record(backchannel_logout_uri="http://localhost:3000/logout")
    assert list(faults(client, http_loopback=True)) == []


def test_a_client_where_nobody_signs_in_gets_no_logout_notices() -> None:
    assert faults_of(backchannel_logout_uri="https://rp.example/", **MACHINE) == [
        ("backchannel_logout_uri", "a client where nobody signs in has no sessions that could end")
    ]


def test_a_sector_holds_every_redirect_uri() -> None:
    client = client_record(redirect_uris=("https://one.example/", "https://two.example/"))
    assert list(sector_faults(client, ["https://two.example/", "https://one.example/", 1])) == []
    assert list(sector_faults(client, ["https://one.example/", "https://two.example"])) == [
        "what it answers does not hold https://two.example/"
    ]
