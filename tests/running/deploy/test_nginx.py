"""What nginx makes of a request with the shipped configuration, seen from a node's place."""

import json
import time
from pathlib import Path
from unittest.mock import ANY

import pytest
import requests

from idp.local.processes import CannotStart
from idp.settings import DATA_UPLOAD_MAX_MEMORY_SIZE
from tests.running.deploy.connected import connected
from tests.running.deploy.recorder import Asked
from tests.running.deploy.served import Recorded
from tests.servers import nginx
from tests.servers.nginx import Site, fault

BACK = "/oauth2/token"
AWAY = {"error": "temporarily_unavailable", "error_description": "no server answers; try again in a few seconds"}


def test_nginx_finds_no_fault_in_what_is_shipped(certificate: tuple[Path, Path], tmp_path: Path) -> None:
    assert fault(tmp_path / "nginx", Site(8443, 8080, *certificate, front=[8001, 8002], back=[8003])) is None


def test_an_nginx_that_is_not_there_names_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CannotStart, match=f"TEST_NGINX: {tmp_path}/nginx cannot be run: install nginx, or set"):
        nginx.program({"TEST_NGINX": f"{tmp_path}/nginx"})
    monkeypatch.setattr(nginx, "CACHE", tmp_path / "cache")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotStart, match="there is neither nginx here nor Debian's apt-get: install nginx"):
        nginx._fetched()


@pytest.mark.covers("S76 hops", "KC #35216")
def test_a_node_is_told_our_name_and_the_senders_address_whatever_the_sender_claims(recorded: Recorded) -> None:
    claimed = {
        "X-Forwarded-For": "10.0.0.1, 192.0.2.7",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Port": "80",
        "X-Real-IP": "192.0.2.7",
        "Forwarded": "for=192.0.2.7;host=evil.example;proto=http",
        "X_Forwarded_For": "192.0.2.7",
        "Connection": "keep-alive, X-Forwarded-For, X-Forwarded-Proto",
        "Host": "LOCALHOST:1",
    }
    assert requests.get(f"{recorded.url}/", headers={**claimed, "User-Agent": "test"}, timeout=10).status_code == 200
    (asked,) = _asked(recorded)
    assert asked.headers == {
        "Host": f"localhost:{recorded.site.https}",
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Proto": "https",
        "User-Agent": "test",
        "Accept": "*/*",
        "Accept-Encoding": ANY,
    }


@pytest.mark.covers("S76 issuer", "ltb #755")
@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1", "localhost@evil.example", ""])
def test_a_request_for_another_name_reaches_no_node(recorded: Recorded, host: str) -> None:
    answer = requests.get(f"{recorded.url}/", headers={"Host": host}, timeout=10)
    assert answer.status_code in (400, 421)
    assert "evil" not in answer.text
    assert _asked(recorded) == []


@pytest.mark.covers("S76 hops")
def test_an_absolute_address_in_the_request_line_is_a_request_for_that_name(recorded: Recorded) -> None:
    with connected(recorded.site) as connection:
        connection.sendall(b"GET https://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(1024).startswith(b"HTTP/1.1 421 ")
    assert _asked(recorded) == []


@pytest.mark.parametrize("path", [*("/readyz", "/metrics", "//readyz", "/%6detrics", "/x/../readyz", "/./metrics?a")])
def test_what_is_for_the_inside_reaches_no_node(recorded: Recorded, path: str) -> None:
    with connected(recorded.site) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert connection.recv(1024).startswith(b"HTTP/1.1 404 ")
    assert _asked(recorded) == []


@pytest.mark.parametrize("path", ["/", BACK])
def test_what_a_node_was_sent_goes_to_another_one_only_if_it_may_be_repeated(recorded: Recorded, path: str) -> None:
    for node in recorded.nodes:
        node.hangs_up = True
    answer = requests.post(f"{recorded.url}{path}", data={"a": "b"}, timeout=10)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert [asked.method for asked in _asked(recorded)] == ["POST"]
    assert requests.get(f"{recorded.url}{path}", timeout=10).status_code == 503
    assert [asked.method for asked in _asked(recorded)] == ["POST", "GET", "GET"]


@pytest.mark.parametrize("path", ["/", BACK])
def test_a_node_that_takes_no_connection_is_passed_over_by_a_post_too(recorded: Recorded, path: str) -> None:
    dead, alive = recorded.nodes
    dead.close()
    for _ in range(4):
        assert requests.post(f"{recorded.url}{path}", data={"a": "b"}, timeout=10).status_code == 200
    assert [asked.body for asked in alive.asked] == [b"a=b"] * 4


def test_without_any_node_programs_read_json_and_people_a_sentence(recorded: Recorded) -> None:
    for node in recorded.nodes:
        node.close()
    for_programs = requests.post(f"{recorded.url}{BACK}", timeout=10)
    explained = {"error_uri": f"{recorded.url}/oauth2/errors#temporarily_unavailable"}
    assert (for_programs.status_code, for_programs.json()) == (503, {**AWAY, **explained})
    for_people = requests.get(f"{recorded.url}/oauth2/authorize", timeout=10)
    assert (for_people.status_code, for_people.headers["Content-Type"]) == (503, "text/html")
    assert "Please try again in a few seconds." in for_people.text
    for answer in (for_programs, for_people):
        assert (answer.headers["Cache-Control"], answer.headers["Retry-After"]) == ("no-store", "2")


@pytest.mark.covers("S78 body")
def test_a_node_hears_of_a_request_once_it_is_whole(recorded: Recorded) -> None:
    head = f"POST {BACK} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n".encode()
    with connected(recorded.site) as connection:
        for part in (head, b"\r\n", b"a=b"):
            connection.sendall(part)
            time.sleep(0.2)  # a node that were told too early would be told by now
            assert [node.begun for node in recorded.nodes] == [0, 0]
        connection.sendall(b"c")
        assert connection.recv(1024).startswith(b"HTTP/1.1 200 ")
    assert [asked.body for asked in _asked(recorded)] == [b"a=bc"]


@pytest.mark.covers("S78 body")
def test_a_body_may_be_as_large_as_the_product_takes_and_no_larger(recorded: Recorded) -> None:
    fits = requests.post(f"{recorded.url}{BACK}", data=b"x" * DATA_UPLOAD_MAX_MEMORY_SIZE, timeout=10)
    assert fits.status_code == 200
    larger = requests.post(f"{recorded.url}{BACK}", data=b"x" * (DATA_UPLOAD_MAX_MEMORY_SIZE + 1), timeout=10)
    assert (larger.status_code, larger.json()) == (
        413,
        {
            "error": "invalid_request",
            "error_description": "the request is too large",
            "error_uri": f"{recorded.url}/oauth2/errors#body_unreadable",
        },
    )
    assert len(_asked(recorded)) == 1


@pytest.mark.covers("S78 garbage")
def test_what_is_no_request_is_refused_before_a_node(recorded: Recorded) -> None:
    for garbage in (b"\x16\x03\x01\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\n\r\n"):
        with connected(recorded.site) as connection:
            connection.sendall(garbage)
            assert connection.recv(1024).startswith(b"HTTP/1.1 4")
    assert _asked(recorded) == []


def test_a_long_answer_to_an_authorization_request_goes_through(recorded: Recorded) -> None:
    location = f"https://client.example/callback?state={'%22' * 8000}"
    for node in recorded.nodes:
        node.headers = {"Location": location}
    assert requests.get(f"{recorded.url}/oauth2/authorize", timeout=10).headers["Location"] == location


def test_nothing_is_compressed_or_kept_on_the_way(recorded: Recorded) -> None:
    for node in recorded.nodes:
        node.headers = {"Cache-Control": "public, max-age=900", "Content-Type": "text/html", "ETag": '"1"'}
        node.answer = b"<p>" * 1000
    for _ in range(2):
        answer = requests.get(f"{recorded.url}/", headers={"Accept-Encoding": "gzip, br"}, timeout=10)
        assert "Content-Encoding" not in answer.headers
        assert (answer.headers["Cache-Control"], answer.headers["ETag"]) == ("public, max-age=900", '"1"')
    assert len(_asked(recorded)) == 2


def test_plain_http_leads_people_on_and_refuses_what_posts(recorded: Recorded) -> None:
    plain = f"http://localhost:{recorded.site.http}"
    answer = requests.get(
        f"{plain}/accounts/login/?a=b", headers={"Host": "evil.example"}, allow_redirects=False, timeout=10
    )
    assert (answer.status_code, answer.headers["Location"]) == (301, f"{recorded.url}/accounts/login/?a=b")
    assert requests.post(f"{plain}{BACK}", data={"a": "b"}, allow_redirects=False, timeout=10).status_code == 403
    assert _asked(recorded) == []


@pytest.mark.covers("S77 server")
def test_the_log_names_the_path_and_the_node_and_no_query(recorded: Recorded) -> None:
    requests.get(
        f"{recorded.url}/oauth2/logout?id_token_hint=hint", headers={"Referer": "https://c/?code=1"}, timeout=10
    )
    for node in recorded.nodes:
        node.close()
    requests.get(f"{recorded.url}/oauth2/logout?id_token_hint=hint", timeout=10)
    requests.get(f"http://localhost:{recorded.site.http}/?id_token_hint=hint", allow_redirects=False, timeout=10)
    deadline = time.monotonic() + 30
    while len(lines := [json.loads(line) for line in recorded.nginx.logs().splitlines()]) < 3:
        assert time.monotonic() < deadline, lines
        time.sleep(0.01)
    assert [(line["path"], line["status"]) for line in lines] == [
        ("/oauth2/logout", 200),
        ("/oauth2/logout", 503),
        ("/", 301),
    ]
    assert lines[0]["node"] in [f"127.0.0.1:{node.port}" for node in recorded.nodes]
    assert "hint" not in recorded.nginx.logs()
    assert "code" not in recorded.nginx.logs()


def _asked(recorded: Recorded) -> list[Asked]:
    """By all nodes together."""
    return [asked for node in recorded.nodes for asked in node.asked]
