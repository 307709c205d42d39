"""Redirect URIs: what may be registered, and which registered one a request means."""

import re
from collections.abc import Callable

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tests.support.builders import client_record
from tokens.protocol.authorization_request import return_address
from tokens.protocol.errors import InvalidRequest
from tokens.protocol.records import ApplicationType
from tokens.protocol.redirect_uris import faults, registered, remarks

covers = pytest.mark.covers(
    *("CVE-2026-41569", "CVE-2026-18211"),
    *("CVE-2023-6134", "CVE-2023-6291", "CVE-2023-6927", "CVE-2024-8883"),
)
WEB = "https://rp.example/callback"
QUERY = "https://rp.example/callback?tenant=a%20b"
PORT = "https://rp.example:8443/callback"
ROOT = "https://rp.example"
LOCALHOST = "http://localhost:8000/callback"
LITERAL = "http://127.0.0.1/callback"
LITERAL_PORT = "http://127.0.0.1:3000/callback?x=1"
LITERAL_6 = "http://[::1]/callback"
PRIVATE = "com.example.app:/callback"
REGISTERED: dict[str, tuple[ApplicationType, ...]] = {
    WEB: ("web", "native"),
    QUERY: ("web", "native"),
    PORT: ("web", "native"),
    ROOT: ("web", "native"),
    LOCALHOST: ("web", "native"),
    LITERAL: ("web", "native"),
    LITERAL_PORT: ("web", "native"),
    LITERAL_6: ("web", "native"),
    PRIVATE: ("native",),
}
PAIRS = [(uri, kind) for uri, kinds in REGISTERED.items() for kind in kinds]

MUTATIONS: dict[str, Callable[[str], str]] = {
    "a longer path": lambda uri: f"{uri}/more",
    "a slash at the end": lambda uri: f"{uri}/",
    "a shorter path": lambda uri: uri[:-1],
    "a path that steps back": lambda uri: f"{uri}/../callback",
    "an encoded step back": lambda uri: f"{uri}/%2e%2e/callback",
    "a path parameter": lambda uri: f"{uri};x=1",
    "a query": lambda uri: f"{uri}?x=1",
    "another parameter": lambda uri: f"{uri}&x=1",
    "an answer in the query": lambda uri: f"{uri}?code=x",
    "a fragment": lambda uri: f"{uri}#x",
    "an empty fragment": lambda uri: f"{uri}#",
    "an answer in the fragment": lambda uri: f"{uri}#code=x",
    "another letter case": lambda uri: uri.swapcase(),
    "an encoded letter": lambda uri: uri.replace("callback", "c%61llback") + ("" if "callback" in uri else "%2F"),
    "user information": lambda uri: uri.replace("://", "://user@") if "://" in uri else f"{uri}@",
    "another host": lambda uri: uri.replace("rp.example", "evil.example").replace("127.0.0.1", "127.0.0.2") + "x",
    "a host that begins alike": lambda uri: uri.replace("rp.example", "rp.example.evil") + ".evil",
    "a literal that begins alike": lambda uri: (
        uri.replace("127.0.0.1", "127.0.0.1.evil").replace("[::1]", "[::1].evil") + "~"
    ),
    "any letter for the dot": lambda uri: uri.replace(".", "x", 1) if "." in uri else f"{uri}x",
    "a subdomain": lambda uri: uri.replace("://", "://sub.") + "#",
    "the name of the literal": lambda uri: uri.replace("127.0.0.1", "localhost").replace("[::1]", "localhost") + " ",
    "another spelling of the literal": lambda uri: uri.replace("127.0.0.1", "127.1").replace("[::1]", "[0::1]") + "\n",
    "another scheme": lambda uri: uri.replace("https:", "http:", 1) if uri.startswith("https") else f"x{uri}",
    "a space before": lambda uri: f" {uri}",
    "a space after": lambda uri: f"{uri} ",
    "a line feed after": lambda uri: f"{uri}\n",
    "a NUL after": lambda uri: f"{uri}\x00",
    "twice": lambda uri: f"{uri} {uri}",
    "inside another": lambda uri: f"https://evil.example/{uri}",
    "behind another's user information": lambda uri: f"https://evil.example@{uri}",
    "nothing": lambda uri: "",
    "a wildcard": lambda uri: uri[:-3] + "*",
}


@covers
@pytest.mark.covers("S1 exact", "CVE-2024-52289 dot")
@pytest.mark.parametrize("mutation", MUTATIONS)
@pytest.mark.parametrize(("uri", "kind"), PAIRS)
def test_nothing_but_the_registered_uri_matches(uri: str, kind: ApplicationType, mutation: str) -> None:
    mutated = MUTATIONS[mutation](uri)
    assert mutated != uri
    assert registered(uri, [uri], kind)
    assert not registered(mutated, [uri], kind)
    # Nor where the mutant is registered and the original presented.
    assert not registered(uri, [mutated], kind)


@covers
@pytest.mark.covers("S1 port")
@pytest.mark.parametrize("uri", [WEB, PORT, LOCALHOST, LITERAL, LITERAL_6])
@pytest.mark.parametrize(
    "port", ["", ":0", ":1", ":080", ":65535", ":65536", ":99999", ":-1", ":+80", ":", ":8O", ":٣"]
)
@pytest.mark.parametrize("kind", ["web", "native"])
def test_a_native_clients_literal_may_have_any_port_and_nothing_else_may(
    uri: str, port: str, kind: ApplicationType
) -> None:
    host = uri.removesuffix("/callback")
    presented = f"{host}{port}/callback"
    free = kind == "native" and uri in (LITERAL, LITERAL_6) and port in ("", ":1", ":65535")
    assert registered(presented, [uri], kind) == (free or presented == uri)


@pytest.mark.covers("S1 own", "CVE-2024-52289 empty")
def test_every_registered_uri_is_tried_and_none_is_none() -> None:
    assert registered(WEB, [LITERAL, WEB], "web")
    assert not registered(WEB, [], "web")
    assert not registered("", [], "native")


@covers
@pytest.mark.covers("S1 exact")
@settings(deadline=None)
@given(st.sampled_from(PAIRS), st.data())
def test_a_mutated_uri_never_matches(pair: tuple[str, ApplicationType], data: st.DataObject) -> None:
    uri, kind = pair
    start = data.draw(st.integers(0, len(uri)))
    end = data.draw(st.integers(start, min(len(uri), start + 5)))
    put_in = data.draw(st.text(st.sampled_from("a1:@/?#%2eE.\\;&=[]*\x00\n \u0661") | st.characters(), max_size=5))
    mutated = uri[:start] + put_in + uri[end:]
    assume(mutated != uri)
    if kind == "native" and _split_port(mutated) == _split_port(uri) != (None, None):
        assert registered(mutated, [uri], kind)
    else:
        assert not registered(mutated, [uri], kind)


@covers
@pytest.mark.covers("S1 exact")
@settings(deadline=None)
@given(st.text(st.sampled_from("htps:/127.0@[]?#%x \\\n") | st.characters(), max_size=40))
@example("http://127.0.0.1:080/http://127.0.0.1:9/")
@example("http://127.0.0.1:/http://127.0.0.1:9/")
def test_whatever_is_presented_matches_itself_alone(text: str) -> None:
    for kind in ("web", "native"):
        matching = [uri for uri, _ in PAIRS if registered(text, [uri], kind)]
        assert matching == [] or text in matching or _split_port(text)[0] is not None


@covers
@pytest.mark.covers("S1 port")
@pytest.mark.parametrize(
    ("presented", "uri"),
    [
        ("http://127.0.0.1:080/http://127.0.0.1:9/", "http://127.0.0.1:080/http://127.0.0.1/"),
        ("http://evil.example/http://127.0.0.1:9/", "http://evil.example/http://127.0.0.1/"),
    ],
)
def test_a_port_further_on_in_the_uri_is_not_free(presented: str, uri: str) -> None:
    assert not registered(presented, [uri], "native")


WELL: dict[str, tuple[ApplicationType, ...]] = {
    **REGISTERED,
    "https://RP.Example/Callback": ("web", "native"),
    "https://rp.example/callback?next=%2Fhome&x": ("web", "native"),
    "https://rp.example/a/b.c/~d/(e)!$'+,=:@": ("web", "native"),
    "https://xn--bcher-kva.example/": ("web", "native"),
    "https://192.0.2.1:8443/": ("web", "native"),
    "https://[2001:db8::1]/": ("web", "native"),
    "https://localhost/": ("web", "native"),
    "http://localhost:3000/": ("web", "native"),
    "http://localhost:8000": ("web", "native"),
    "http://localhost/": ("web", "native"),
    "http://127.0.0.1": ("web", "native"),
    "com.example.app:/": ("native",),
    "com.example.app://callback": ("native",),
    f"https://rp.example/{'a' * 2029}": ("web", "native"),
}


@pytest.mark.parametrize("uri", WELL)
@pytest.mark.parametrize("kind", ["web", "native"])
def test_what_is_well_may_be_registered(uri: str, kind: ApplicationType) -> None:
    assert (not list(faults(uri, kind, http_loopback=True))) == (kind in WELL[uri])


HOSTS = ["127.0.0.1", "[::1]", "localhost", "rp.example"]
ENDS = ["", "/", "?x=1", "/?x=1", "/a", "/a/", "//", "?", "/?"]


@pytest.mark.covers("S1 path")
@pytest.mark.parametrize("kind", ["web", "native"])
@pytest.mark.parametrize("port", ["", ":18000"])
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", HOSTS)
def test_on_loopback_an_empty_path_is_a_slash_and_nowhere_else(
    host: str, scheme: str, port: str, kind: ApplicationType
) -> None:
    """RFC 3986 §6.2.3."""
    start = f"{scheme}://{host}{port}"
    twins = {"": "/", "/": "", "?x=1": "/?x=1", "/?x=1": "?x=1", "?": "/?", "/?": "?"}
    on_loopback = scheme == "http" and host != "rp.example"
    for end in ENDS:
        matching = {other for other in ENDS if registered(start + other, [start + end], kind)}
        assert matching == {end} | ({twins[end]} if on_loopback and end in twins else set()), end


@pytest.mark.covers("S1 path", "S1 port")
@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("presented", ["", "/"])
@pytest.mark.parametrize("uri", ["", "/"])
def test_a_native_clients_empty_path_and_any_port_go_together(host: str, presented: str, uri: str) -> None:
    """oidc-agent and kubelogin choose a port as they start."""
    free = host in ("127.0.0.1", "[::1]")
    assert registered(f"http://{host}:18000{presented}", [f"http://{host}{uri}"], "native") == free
    assert not registered(f"http://{host}:18000{presented}", [f"http://{host}{uri}"], "web")
    assert not registered(f"http://{host}:18000{presented}", ["http://127.0.0.2/", f"https://{host}{uri}"], "native")


def refusal_of(presented: str, uris: list[str]) -> str:
    with pytest.raises(InvalidRequest) as refused:
        return_address({"redirect_uri": presented}, client_record(redirect_uris=tuple(uris)))
    return refused.value.description


@pytest.mark.parametrize(
    ("presented", "told"),
    [
        ("https://rp.example/callback/", "https://rp.example/callback"),
        ("http://rp.example/callback", "https://rp.example/callback"),
        ("https://rp.example:443/callback", "https://rp.example/callback"),
        ("https://RP.example/Callback", "https://rp.example/callback"),
        ("http://localhost:3001/cb", "http://127.0.0.1:3000/cb"),
        ("http://[::1]:3000/cb/", "http://127.0.0.1:3000/cb"),
        ("https://rp.example/callback?x=1", None),
        ("https://rp.example/", None),
        ("https://rp.example.evil/callback", None),
        ("https://evil.example/callback", None),
        ("com.example.other:/cb", None),
        ("foo:/cb", None),
        ("https://[", None),
        ("", None),
    ],
)
def test_the_refusal_shows_what_came_and_the_registered_one_that_it_seems_to_mean(
    presented: str, told: str | None
) -> None:
    uris = ["https://rp.example/callback", "http://127.0.0.1:3000/cb", "com.example.app:/cb", "https://else.example/"]
    said = refusal_of(presented, uris)
    end = f"{presented} is not, and {told} is" if told else f"{presented} is not"
    assert said == f"redirect_uri is not one that is registered for this client: {end}"


@pytest.mark.covers("S13 error_uri")
@given(st.text(max_size=3000))
@example('https://rp.example/"><script>\\')
def test_whatever_came_the_refusal_is_a_description_that_rfc_6749_allows(presented: str) -> None:
    said = refusal_of(presented, ["https://rp.example/callback"])
    assert len(said) < 550
    assert re.fullmatch(r"[\x20-\x21\x23-\x5B\x5D-\x7E]+", said)


@pytest.mark.parametrize("kind", ["web", "native"])
@pytest.mark.parametrize("uri", WELL)
def test_who_registers_the_name_of_loopback_for_a_native_client_is_told_of_the_address(
    uri: str, kind: ApplicationType
) -> None:
    """RFC 8252 §8.3."""
    told = list(remarks(uri, kind))
    assert bool(told) == (kind == "native" and uri.startswith("http://localhost"))
    assert all("127.0.0.1" in remark for remark in told)


HOSTILE = {
    "fragments": ["#", "#x", "?x=1#code=y", "/#/route"],
    "userinfo": ["https://user@rp.example/callback", "https://u:p@rp.example/callback", "https://@rp.example/callback"],
    "path-params": [";x=1", ";", "/a;b=c/d", ";jsessionid=1?x=1"],
    "encoded": ["/%2e%2e/x", "/.%2E/x", "/%2E/x", "/a%5cb", "/a%5Cb", "/a%2fb", "\\", "/..\\x"],
    "hosts": [
        "https://bücher.example/callback",
        "https://rp.ex\u0430mple/",
        "https://rp。example/",
        "https://\uff52\uff50.example/",
    ],
    "schemes": ["javascript:alert(1)", "JavaScript://rp.example/%0aalert(1)", "data:text/html,x", "DATA:text/html,x"],
    "query": ["?x=1", "?", "?callback", "?x=1&x=1"],
}
"""What redirect URIs may not be: ends of the registered one, or other addresses."""


def hostile(kind: str) -> list[str]:
    return [text if ":" in text and text[0] not in "#;/?" else WEB + text for text in HOSTILE[kind]]


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("fragments", marks=pytest.mark.covers("S4 registered fragments", "S4 requested fragments")),
        pytest.param("userinfo", marks=pytest.mark.covers("S4 registered userinfo", "S4 requested userinfo")),
        pytest.param("path-params", marks=pytest.mark.covers("S4 registered path-params", "S4 requested path-params")),
        pytest.param("encoded", marks=pytest.mark.covers("S4 registered encoded", "S4 requested encoded")),
        pytest.param("hosts", marks=pytest.mark.covers("S4 registered hosts", "S4 requested hosts")),
        pytest.param("schemes", marks=pytest.mark.covers("S4 registered schemes", "S4 requested schemes")),
        pytest.param("query", marks=pytest.mark.covers("S4 requested query")),
    ],
)
@pytest.mark.parametrize("application", ["web", "native"])
def test_what_is_hostile_is_neither_registered_nor_answered(application: ApplicationType, kind: str) -> None:
    client = client_record(redirect_uris=(WEB, LITERAL), application_type=application)
    for uri in hostile(kind):
        if kind != "query":  # which is as registered as the rest of a URI
            assert list(faults(uri, application, http_loopback=True)), uri
        with pytest.raises(InvalidRequest, match="redirect_uri is not one that is registered"):
            return_address({"redirect_uri": uri}, client)


@pytest.mark.covers("S3 http", "attacker network")
@pytest.mark.parametrize("uri", ["http://localhost:3000/", "http://127.0.0.1/", "http://[::1]/"])
def test_a_web_clients_http_is_refused_where_loopback_is_not_allowed(uri: str) -> None:
    assert list(faults(uri, "web", http_loopback=False)) == ["must use https"]


FAULTS = {
    "a" * 2049: ["is longer than 2048 characters"],
    "https://rp.example/ä": ["has characters that a URI cannot have"],
    "https://[::1": ["is not a URI"],
    "https://rp.example:65536/": ["is not a URI"],
    "javascript:alert(1)": ["must use https"],
    "http://rp.example/": ["must use https"],
    "https://rp.example:0/": ["has port 0"],
    "https://rp.example:/": ["needs a host: a DNS name in ASCII or an IP address, and at most a port"],
    "https://u@rp.example/;x/../%2f%zz%0a*?a=b;code=1#f": [
        "needs a host: a DNS name in ASCII or an IP address, and at most a port",
        "has a fragment",
        "has user information",
        "has path parameters",
        "has dot segments",
        "has a wildcard: redirect URIs are compared as they are",
        "has a percent sign that encodes nothing",
        "has an encoded dot, slash or backslash in its path",
        "has an encoded control character",
        "has the response parameter code in its query",
    ],
}


@pytest.mark.covers("S3 http", "S5 query", "S5 fragment")
@pytest.mark.parametrize("uri", FAULTS)
def test_all_faults_are_told_at_once(uri: str) -> None:
    assert list(faults(uri, "web", http_loopback=True)) == FAULTS[uri]


@pytest.mark.parametrize("scheme", ["javascript", "data", "myapp", "http+x", "a.b", "com.example.app", "x-a.b"])
def test_a_private_scheme_has_a_dot_and_is_for_native_clients(scheme: str) -> None:
    native = list(faults(f"{scheme}:/cb", "native", http_loopback=True))
    assert (native == []) == ("." in scheme)
    assert list(faults(f"{scheme}:/cb", "web", http_loopback=True)) == ["must use https"]


@pytest.mark.covers("CVE-2022-36087", "S78 garbage")
@settings(deadline=None)
@given(st.text(max_size=300), st.sampled_from(["web", "native"]))
def test_faults_never_fail(text: str, kind: ApplicationType) -> None:
    list(faults(text, kind, http_loopback=True))
    list(faults(f"https://[{text}", kind, http_loopback=True))


@covers
@settings(deadline=None)
@given(st.text(st.sampled_from("ab1.-:@/?#[]%25e\\;&=_~!") | st.characters(max_codepoint=127), max_size=20))
def test_what_may_be_registered_leads_to_its_own_host(rest: str) -> None:
    """For everything that may follow the host of a URI that is let through, browsers and readers agree where the host
    ended."""
    uri = f"https://rp.example{rest}"
    if list(faults(uri, "web", http_loopback=False)):
        return
    authority = uri.removeprefix("https://").partition("/")[0].partition("?")[0]
    assert set(authority) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:")


def _split_port(uri: str) -> tuple[str | None, str | None]:
    """A loopback literal without its port, by other means than the code's; Nones for every other URI."""
    for literal in ("http://127.0.0.1", "http://[::1]"):
        rest = uri.removeprefix(literal)
        if rest == uri:
            continue
        end = min((rest.find(mark) for mark in "/?" if mark in rest), default=len(rest))
        port, tail = rest[:end], rest[end:]
        if port == "" or (port[1:] in map(str, range(1, 65536)) and port[0] == ":"):
            return literal, tail
    return None, None
