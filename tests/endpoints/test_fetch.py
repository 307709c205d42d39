"""Outbound requests (security line 53): where they go, and where they never go."""

import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.servers.loopback import WAYS, Ask, answer, fetch_json, obstacle, post, serving
from tokens import fetch
from tokens.fetch import FetchFailed

OK = {"keys": [{"kty": "EC"}]}

pytestmark = [
    pytest.mark.usefixtures("public"),
]


@pytest.fixture(params=WAYS)
def ask(request: pytest.FixtureRequest) -> Ask:
    """Each way to call a server."""
    return WAYS[request.param]


# --- What is asked, and of whom


def test_a_json_object_is_fetched_with_one_plain_get(loopback: None) -> None:
    with serving(answer(OK)) as server:
        assert fetch_json(server.url("/a/jwks.json?v=1")) == OK
    assert server.requests == [
        b"GET /a/jwks.json?v=1 HTTP/1.1\r\n"
        + f"Host: 127.0.0.1:{server.port}\r\n".encode()
        + b"User-Agent: Avouch\r\nAccept: application/json, application/*+json\r\n"
        + b"Accept-Encoding: identity\r\nConnection: close\r\n\r\n"
    ]


def test_a_form_is_sent_with_one_plain_post(loopback: None) -> None:
    with serving(answer(b"", "Retry-After: 5", status="503 Busy")) as server:
        assert post(server.url("/logout?v=1")) == (503, "5")
    form = b"logout_token=a.b.c&%C2%A7=%C3%A4+%26%3D"
    assert server.requests == [
        b"POST /logout?v=1 HTTP/1.1\r\n"
        + f"Host: 127.0.0.1:{server.port}\r\n".encode()
        + b"User-Agent: Avouch\r\nAccept: application/json, application/*+json\r\n"
        + b"Accept-Encoding: identity\r\nConnection: close\r\n"
        + b"Content-Type: application/x-www-form-urlencoded\r\n"
        + f"Content-Length: {len(form)}\r\n\r\n".encode()
        + form
    ]


def test_a_url_without_a_path_asks_for_the_root(loopback: None) -> None:
    with serving(answer(OK)) as server:
        assert fetch_json(server.url("")) == fetch_json(server.url("?a=b")) == OK
    assert [request.split(b" ")[1] for request in server.requests] == [b"/", b"/?a=b"]


@pytest.mark.parametrize("variable", ["http_proxy", "https_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"])
def test_no_proxy_of_the_environment_is_used(loopback: None, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    with serving(answer({})) as proxy, serving(answer(OK)) as server:
        monkeypatch.setenv(variable, proxy.url(""))
        monkeypatch.setenv("no_proxy", "")
        assert fetch_json(server.url()) == OK
    assert proxy.connections == 0


@pytest.mark.covers("S53 private", "CVE-2026-1180", "CVE-2026-1518", "S53 mapped")
@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "127.255.255.254", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001"),
        *("[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]", "[::]"),
        *("localhost", "LOCALHOST", "0.0.0.0", "0"),  # noqa: S104 asked, not bound
    ],
)
def test_no_way_to_write_loopback_reaches_it(ask: Ask, host: str) -> None:
    with serving(answer(OK)) as server:
        for scheme in ("https", "http"):
            with pytest.raises(FetchFailed) as refused:
                ask(server.url(scheme=scheme, host=host))
            why = "not https" if scheme == "http" else "not a public address"
            assert why in str(refused.value)
            assert "IDP_TOKENS_FETCH_ALLOW" in str(refused.value)
    assert server.connections == 0


@pytest.mark.parametrize(
    "issuer", ["http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]", "https://localhost"]
)
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_an_issuer_on_loopback_calls_clients_there(ask: Ask, settings: Any, issuer: str, host: str) -> None:
    settings.ISSUER = issuer
    with serving(answer(OK)) as server:
        ask(server.url(host=host), resolve=_finds(["127.0.0.1"]))
        assert obstacle(server.url(host=host), resolve=_finds(["127.0.0.1"])) == ""
    assert server.connections == 1


@pytest.mark.parametrize("issuer", ["http://localhost:8000", "https://op.example"])
@pytest.mark.parametrize("host", ["rp.example", "10.0.0.1", "127.0.0.2", "2130706433", "localhost.evil.example"])
def test_an_issuer_on_loopback_calls_nothing_else_that_is_not_public(
    ask: Ask, settings: Any, issuer: str, host: str
) -> None:
    settings.ISSUER = issuer
    for url, why in (
        (f"https://{host}/x", "is not a public address: IDP_TOKENS_FETCH_ALLOW allows it, where it has"),
        (f"http://{host}/x", "not https: IDP_TOKENS_FETCH_ALLOW allows it, where it has"),
    ):
        with pytest.raises(FetchFailed) as refused:
            ask(url, resolve=_finds(["127.0.0.1"]))
        assert why in str(refused.value)
        assert str(refused.value).endswith(f" {host}")


def test_an_obstacle_is_what_a_call_would_meet_and_nothing_is_sent(allow: Callable[..., None]) -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror("no such host")

    with serving(answer(OK)) as server:
        assert obstacle(server.url(scheme="https"), resolve=_finds(["127.0.0.1"])) == (
            "its host is at '127.0.0.1', which is not a public address:"
            " IDP_TOKENS_FETCH_ALLOW allows it, where it has 127.0.0.1"
        )
        allow("127.0.0.1")
        assert obstacle(server.url(), resolve=_finds(["127.0.0.1"])) == ""
    assert server.connections == 0
    assert obstacle("https://rp.example/", resolve=_finds(["8.8.8.8"])) == ""
    assert obstacle("https://rp.example/", resolve=_finds([])) == "its host has no address"
    assert obstacle("https://rp.example/", resolve=unknown) == "gaierror: no such host"


@pytest.mark.covers("S53 private", "CVE-2026-1180", "CVE-2026-1518", "S53 link-local", "S53 mapped")
@pytest.mark.parametrize(
    "address",
    [
        *("169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "192.0.0.192", "100.64.0.1"),
        *("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "198.18.0.1", "192.0.2.1", "192.88.99.1"),
        *("224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "0.0.0.0", "0.1.2.3", "127.0.0.1"),  # noqa: S104
        *("::1", "::", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:8.8.8.8", "::8.8.8.8"),
        *(
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b::808:808",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2002:808:808::",
        ),
        *(
            "2001::1",
            "2001:db8::1",
            "3fff::1",
            "fe80::1",
            "fe80::1%lo",
            "fec0::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
        ),
        *("100::1", "5f00::1", "4000::1", "", "localhost", "8.8.8.8.8", "2130706433", "127.1"),
    ],
)
def test_a_host_that_is_found_at_no_public_address_is_not_connected_to(ask: Ask, address: str) -> None:
    for found in ([address], ["8.8.8.8", address], [address, "2606:4700::1111"]):
        with pytest.raises(FetchFailed, match="not a public address"):
            ask("https://rp.example/jwks", resolve=_finds(found))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"]
)
def test_public_addresses_are_public(address: str) -> None:
    assert fetch._is_public(address)
    assert ipaddress.ip_address(address).is_global


@pytest.mark.covers("S53 pin", "CVE-2026-1180", "CVE-2026-1518")
def test_a_host_is_looked_up_once_and_its_answer_is_what_is_connected_to(allow: Callable[..., None]) -> None:
    allow("rp.example")
    asked: list[tuple[str, int]] = []
    with serving(answer(OK)) as server, serving(answer({"keys": "another's"})) as other:

        def rebinds(host: str, port: int) -> list[str]:
            asked.append((host, port))
            return ["127.0.0.1"] if len(asked) == 1 else [f"127.0.0.1:{other.port}"]

        assert fetch_json(server.url(host="rp.example"), resolve=rebinds) == OK
    assert asked == [("rp.example", server.port)]
    assert (server.connections, other.connections) == (1, 0)
    assert f"Host: rp.example:{server.port}\r\n".encode() in server.requests[0]


@pytest.mark.covers("S53 pin", "CVE-2026-1180", "CVE-2026-1518")
def test_a_name_that_is_public_when_asked_first_and_loopback_afterwards_reaches_nothing_here(ask: Ask) -> None:
    """What rebinding is for. The first answer is for documentation: it is refused, and no second one is asked for."""
    answers = [["203.0.113.7"], ["127.0.0.1"]]
    with serving(answer(OK)) as server, pytest.raises(FetchFailed, match="not a public address"):
        ask(server.url(scheme="https", host="rp.example"), resolve=lambda *_: answers.pop(0))
    assert answers == [["127.0.0.1"]]
    assert server.connections == 0


def test_the_next_address_is_tried_where_nobody_listens_at_the_first(allow: Callable[..., None]) -> None:
    allow("rp.example")
    with serving(answer(OK)) as server:
        found = fetch_json(server.url(host="rp.example"), resolve=_finds(["127.0.0.2", "::1", "127.0.0.1"]))
    assert found == OK


@pytest.mark.parametrize("addresses", [[], ["127.0.0.1"]])
def test_a_host_without_an_address_or_a_listener_fails(
    ask: Ask, allow: Callable[..., None], addresses: list[str]
) -> None:
    allow("rp.example")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(FetchFailed):
        ask(f"http://rp.example:{port}/", resolve=_finds(addresses))


@pytest.mark.parametrize(
    "url",
    [
        *("", "/", "//127.0.0.1/", "jwks", "https:", "https://", "https:///jwks", "https:127.0.0.1", "https://?a"),
        *("ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1:6379/_x", "HTTP+unix://x", "data:,{}"),
        *("http://user@127.0.0.1/", "http://user:password@127.0.0.1/", "http://127.0.0.1@evil.example/"),
        *("http://127.0.0.1/#f", "http://127.0.0.1#@evil.example/", "http://127.0.0.1\\@evil.example/"),
        *("http://127.0.0.1/a b", "http://127.0.0.1/\r\nX: y", "http://127.0.0.1/\x00", "http://127.0.0.1/é"),
        *("http://127.0.0.1\r\n/", "http://127.0.0.1%2f/", "http://127.0.0.1%00.evil.example/", "http://ⓛocalhost/"),
        *("http://127.0.0.1:0/", "http://127.0.0.1:65536/", "http://127.0.0.1:x/", "http://127.0.0.1:-1/"),
        *("http://[::1/", "http://::1/", "http://[/", "http://[]/", " http://127.0.0.1/", "http://127.0.0.1/ "),
        *("HTTPS://127.0.0.1/", f"http://127.0.0.1/{'a' * 2048}", "http://" + "a" * 64 + ".example/"),
    ],
)
def test_what_is_not_plainly_a_url_of_a_host_is_refused(ask: Ask, loopback: None, url: str) -> None:
    with pytest.raises(FetchFailed) as refused:
        ask(url)
    assert str(refused.value).isascii()
    assert "\n" not in str(refused.value)


# --- TLS


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ssl.SSLContext]]:
    """Makes servers' certificates that this process trusts for as long as the test runs."""

    def certificate(name: str) -> ssl.SSLContext:
        pem = _self_signed(name, tmp_path)
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        fetch._tls.cache_clear()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        return context

    yield certificate
    fetch._tls.cache_clear()


def test_https_is_spoken_with_the_host_that_was_named(
    allow: Callable[..., None], trusted: Callable[[str], ssl.SSLContext]
) -> None:
    allow("rp.example")
    with serving(answer(OK), trusted("rp.example")) as server:
        assert fetch_json(server.url(scheme="https", host="rp.example"), resolve=_finds(["127.0.0.1"])) == OK


def test_a_certificate_for_another_host_or_from_nobody_is_refused(
    ask: Ask, allow: Callable[..., None], trusted: Callable[[str], ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    allow("rp.example")
    context = trusted("other.example")
    with serving(answer(OK), context) as server:
        url = server.url(scheme="https", host="rp.example")
        with pytest.raises(FetchFailed, match="Hostname mismatch"):
            ask(url, resolve=_finds(["127.0.0.1"]))
        monkeypatch.delenv("SSL_CERT_FILE")
        fetch._tls.cache_clear()
        with pytest.raises(FetchFailed, match="CERTIFICATE_VERIFY_FAILED"):
            ask(url, resolve=_finds(["127.0.0.1"]))
    assert server.requests in ([], [b"", b""])


def _finds(addresses: Sequence[str]) -> fetch.Resolve:
    return lambda host, port: addresses


def _self_signed(name: str, folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return pem
