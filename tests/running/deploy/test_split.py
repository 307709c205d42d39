"""Two front nodes and a back node behind nginx are one provider, also while nodes die."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
import requests
from django.templatetags.static import static

from idp.local.processes import LOOPBACK, free_port
from tests.outside.interop.clients import KINDS, SIGNED_OUT, Registered
from tests.outside.interop.registration import register
from tests.outside.interop.relying_party import RelyingParty
from tests.running.deploy.connected import connected
from tests.running.deploy.served import Served
from tests.running.deploy.shipped import DEPLOY
from tests.running.roles.ask import ask
from tests.running.roles.test_paths import HEALTH, PEOPLE, PROGRAMS
from tests.servers.nodes import Node
from tests.support.messages import NOWHERE
from tests.support.mounted import ANSWERED
from tests.support.people import PASSWORD, USERNAME
from tests.support.person import Person

DISCOVERY = "/.well-known/openid-configuration"
INSIDE = {"/readyz", "/metrics"}


@pytest.fixture(scope="session")
def party(served: Served) -> RelyingParty:
    kind = KINDS["basic"]
    (known,) = register(served.provider, kind.registration())
    metadata = requests.get(f"{served.url}{DISCOVERY}", timeout=10).json()
    return RelyingParty(metadata, Registered(kind, known["client_id"], known["client_secret"]))


@pytest.fixture
def alice() -> Iterator[Person]:
    with Person(USERNAME, PASSWORD) as person:
        yield person


@pytest.mark.covers("S77 logs")
def test_authlib_signs_a_person_in_and_out_and_no_log_tells_of_it(
    served: Served, party: RelyingParty, alice: Person
) -> None:
    begun = party.begin(prompt="consent")
    redirected = alice.go(begun.url, client=NOWHERE)
    assert alice.seen == ["/accounts/login/", "/oauth2/consent"]
    token = dict(party.exchange(begun, redirected))
    id_token = party.id_token(begun, token)
    with party.session(token=dict(token)) as session:
        response = session.get(party.metadata["userinfo_endpoint"])
        assert (response.status_code, response.json()["sub"]) == (200, id_token["sub"])
        again = dict(session.refresh_token(party.metadata["token_endpoint"]))
        assert session.get(party.metadata["userinfo_endpoint"]).status_code == 200
    cookies = [cookie.value or "" for cookie in alice._browser.cookies]
    parameters = {"id_token_hint": token["id_token"], "post_logout_redirect_uri": SIGNED_OUT, "state": "left"}
    leave = f"{party.metadata['end_session_endpoint']}?{urlencode(parameters)}"
    assert alice.visit(leave, client=SIGNED_OUT) == f"{SIGNED_OUT}?state=left"
    assert "error=login_required" in alice.go(party.begin(prompt="none").url, client=NOWHERE)

    code = redirected.partition("code=")[2].partition("&")[0]
    secrets = [code, begun.state, begun.nonce, begun.code_verifier, PASSWORD, party.client.credential]
    secrets += [
        *cookies,
        again["access_token"],
        *(token[name] for name in ("access_token", "refresh_token", "id_token")),
    ]
    logs = served.nginx.logs() + "".join(node.log.read_text() for node in served.provider.nodes)
    assert all(len(secret) > 20 for secret in secrets)
    assert [secret for secret in secrets if secret in logs] == []
    assert '"path":"/oauth2/token","status":200' in logs


def test_every_path_reaches_a_node_that_serves_it(served: Served) -> None:
    fronts, back = {node.port for node in served.fronts}, {served.back.port}
    for path, ports in [*((path, fronts) for path in PEOPLE), *((path, back) for path in PROGRAMS - INSIDE)]:
        answer, node = _answered(served, path)
        assert answer.status_code in ANSWERED, path
        assert node in ports, path


def test_every_path_of_the_product_is_peoples_programs_or_of_the_inside() -> None:
    """A new list of paths in idp/urls.py has to be led somewhere by deploy/nginx/idp.conf, and this test to know it."""
    assert {"/healthz"} == HEALTH - INSIDE


def test_static_files_come_from_front_nodes_and_may_be_kept(served: Served) -> None:
    answer, node = _answered(served, f"/{static('accounts/pages.css').lstrip('/')}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, 'text/css; charset="utf-8"')
    assert "immutable" in answer.headers["Cache-Control"]
    assert node in {front.port for front in served.fronts}


def test_the_health_check_tells_a_ready_node_from_none(served: Served) -> None:
    for port, code in ((served.back.port, 0), (free_port(), 1)):
        environ = {"IDP_BASE_URL": served.url, "IDP_PORT": str(port)}
        done = subprocess.run([sys.executable, DEPLOY / "ready.py"], env=environ, capture_output=True, check=False)
        assert done.returncode == code, done


def test_what_nobody_serves_is_a_page(served: Served) -> None:
    answer = requests.get(f"{served.url}/nowhere", timeout=10)
    assert (answer.status_code, "There is no such page" in answer.text) == (404, True)


def test_metadata_and_keys_are_cached_as_the_nodes_say(served: Served) -> None:
    response = requests.get(f"{served.url}{DISCOVERY}", timeout=10)
    assert (response.json()["issuer"], response.headers["Cache-Control"]) == (served.url, "public, max-age=3600")
    keys = requests.get(response.json()["jwks_uri"], timeout=10)
    again = requests.get(response.json()["jwks_uri"], headers={"If-None-Match": keys.headers["ETag"]}, timeout=10)
    assert (keys.status_code, again.status_code, again.content) == (200, 304, b"")


@pytest.mark.covers("S76 hops", "ltb #755", "KC #35216")
def test_hostile_headers_change_nothing(served: Served) -> None:
    hostile = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http", "Forwarded": "host=evil.example"}
    for path in (DISCOVERY, "/oauth2/jwks"):
        plain, claimed = (requests.get(f"{served.url}{path}", headers=h, timeout=10) for h in ({}, hostile))
        assert (claimed.status_code, claimed.content) == (200, plain.content)
    page = requests.get(f"{served.url}/accounts/login/", headers=hostile, timeout=10)
    assert (page.status_code, "evil" in page.text) == (200, False)
    assert all("Secure" in value for value in page.headers["Set-Cookie"].split(", __Host-"))


@pytest.mark.covers("S58 source", "KC #35216")
def test_a_guesser_does_not_become_another_by_claiming_addresses(served: Served) -> None:
    """Five wrong passwords from one address are enough, with any X-Forwarded-For."""
    with Person("mallory", "a wrong password") as mallory:
        for guess in range(6):
            mallory._browser.headers["X-Forwarded-For"] = f"192.0.2.{guess}"
            page = mallory.visit(f"{served.url}/accounts/login/", client=NOWHERE)
            assert not isinstance(page, str)
            answer = mallory.send(page, login="mallory", password=f"wrong password number {guess}")
            assert ("Too many" in answer.text) is (guess == 5), guess


def test_a_hundred_slow_senders_hold_up_nobody(served: Served) -> None:
    """A node has 48 threads; nginx lets all of them wait outside."""
    head = b"POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\na"
    with contextlib.ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(connected(served.site)).sendall(head)
        began = time.monotonic()
        for path in (DISCOVERY, "/oauth2/jwks"):
            assert requests.get(f"{served.url}{path}", timeout=10).status_code == 200
        assert time.monotonic() - began < 2


def test_a_front_node_that_is_killed_is_not_missed(served: Served, party: RelyingParty, alice: Person) -> None:
    killed = served.fronts[0]
    begun = party.begin(prompt="consent")
    page = alice.visit(begun.url, client=NOWHERE)
    _kill(killed)
    try:
        assert not isinstance(page, str)
        token = party.exchange(begun, alice.obey(page, client=NOWHERE))
        assert party.id_token(begun, token)["amr"] == ["pwd"]
    finally:
        _start(served, killed)


def test_a_dead_back_node_is_a_503_that_programs_understand_and_it_comes_back_by_itself(served: Served) -> None:
    _kill(served.back)
    try:
        answer = requests.post(f"{served.url}/oauth2/token", timeout=10)
        assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
        assert requests.get(f"{served.url}/accounts/login/", timeout=10).status_code == 200
    finally:
        _start(served, served.back, DISCOVERY)
    assert requests.get(f"{served.url}{DISCOVERY}", timeout=10).status_code == 200


def test_a_front_node_that_is_taken_out_and_restarted_under_load_costs_no_request(served: Served) -> None:
    """As the runbook has it."""
    restarted = served.fronts[1]
    answers: list[tuple[str, int]] = []
    over = threading.Event()
    askers = [threading.Thread(target=_ask, args=(served.url, method, answers, over)) for method in ("GET", "POST") * 2]
    for asker in askers:
        asker.start()
    try:
        served.nginx.take_out(restarted.port)
        assert restarted.process is not None
        restarted.process.send_signal(signal.SIGTERM)
        assert restarted.process.wait(30) == 0
        restarted.start()
        restarted.wait()
        served.nginx.put_back(restarted.port)
        _wait_for_answers_of(restarted, served)
    finally:
        over.set()
        for asker in askers:
            asker.join()
    assert len(answers) > 100
    assert set(answers) == {("GET", 200), ("POST", 403)}


def test_a_node_that_drains_keeps_no_connection(served: Served) -> None:
    """So that a proxy has none left that it could send a request on when the node stops."""
    drained = served.fronts[1]
    assert drained.process is not None
    assert ask(drained, "/healthz").headers["Connection"] == "keep-alive"
    drained.process.send_signal(signal.SIGTERM)
    try:
        deadline = time.monotonic() + 4
        while (said := ask(drained, "/healthz").headers["Connection"]) != "close":
            assert time.monotonic() < deadline, said
    finally:
        _kill(drained)
        _start(served, drained)


def _ask(url: str, method: str, answers: list[tuple[str, int]], over: threading.Event) -> None:
    """Each time on a new connection: one that nginx closes while it reloads would be a loss of this test's own."""
    while not over.is_set():
        answer = requests.request(method, f"{url}/accounts/login/", timeout=30)
        answers.append((method, answer.status_code))
        time.sleep(0.02)


def _kill(node: Node) -> None:
    """Until nothing of it lives: what a dying process is still sent may not be repeated."""
    node.kill()
    while _takes_connections(node):
        time.sleep(0.01)


def _takes_connections(node: Node) -> bool:
    """One that is reset was in the queue of a process that ended at this moment: another may listen yet."""
    try:
        socket.create_connection((LOOPBACK, node.port), timeout=2).close()
    except ConnectionRefusedError:
        return False
    except ConnectionResetError:
        return True
    return True


def _start(served: Served, node: Node, path: str = "/accounts/login/") -> None:
    """Until nginx, too, has found that it is back."""
    node.start()
    node.wait()
    _wait_for_answers_of(node, served, path)


def _wait_for_answers_of(node: Node, served: Served, path: str = "/accounts/login/") -> None:
    deadline = time.monotonic() + 60
    while _answered(served, path)[1] != node.port:
        assert time.monotonic() < deadline, "nginx does not send it anything"


def _answered(served: Served, path: str) -> tuple[requests.Response, int]:
    """The answer, and the port of the node that gave it, as the log tells."""
    answer = requests.get(f"{served.url}{path}", allow_redirects=False, timeout=10)
    deadline = time.monotonic() + 30
    while True:
        lines = map(json.loads, served.nginx.logs().splitlines())
        for line in lines:
            if line["request_id"] == answer.headers.get("X-Request-Id", "none"):
                return answer, int(line["node"].rpartition(":")[2])
        # It is written once the answer was sent.
        assert time.monotonic() < deadline, f"{path} is not in the log"
        time.sleep(0.01)
