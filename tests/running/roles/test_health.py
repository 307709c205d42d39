"""/healthz and /readyz of a live node, while what it needs fails; and how it drains."""

import contextlib
import http.client
import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psycopg
import pytest

from idp import secrets
from idp.local.processes import LOOPBACK, free_port
from idp.node.health import LATE, SECONDS
from tests.running.roles.ask import Said, ask
from tests.running.roles.relay import Relay
from tests.servers.nodes import Cluster, Node, cluster
from tests.servers.provider import database_server
from tests.support.messages import FORM_TYPE, basic
from tests.support.waiting import until

OK = {"status": "ok"}
RENAME = "UPDATE django_migrations SET name = %s WHERE app = 'tokens' AND name = %s"


@dataclass(frozen=True, slots=True)
class Fragile:
    """A node, with what it needs behind relays; and a connection of the test's own to the database."""

    provider: Cluster
    node: Node
    database: Relay
    redis: Relay
    rows: psycopg.Connection


@pytest.fixture(scope="session")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fragile]:
    with contextlib.ExitStack() as stack:
        server = urlsplit(stack.enter_context(database_server()))
        redis_url = urlsplit(os.environ["TEST_REDIS_URL"])
        database = stack.enter_context(Relay(server.hostname or "", server.port or 5432))
        redis = stack.enter_context(Relay(redis_url.hostname or "", redis_url.port or 6379))
        relayed = server._replace(netloc=f"{server.username}@{LOOPBACK}:{database.port}").geturl()
        own = [{"REDIS_URL": f"redis://{LOOPBACK}:{redis.port}"}]
        folder = tmp_path_factory.mktemp("health")
        made = stack.enter_context(cluster(1, server_url=relayed, folder=folder, own=own))
        direct = server._replace(path=urlsplit(made.database_url).path).geturl()
        rows = stack.enter_context(psycopg.connect(direct, autocommit=True))
        yield Fragile(made, made.nodes[0], database, redis, rows)


def test_a_node_that_has_everything_is_ready(fragile: Fragile) -> None:
    for path in ("/healthz", "/readyz"):
        said = ask(fragile.node, path)
        assert (said.status, said.json, said.headers["Cache-Control"]) == (200, OK, "no-store")


def test_a_database_that_went_away_is_a_503_everywhere_and_never_a_500(fragile: Fragile) -> None:
    with fragile.database.away():
        assert unready(fragile.node) == {"database": "the database does not answer"}
        assert ask(fragile.node, "/healthz").status == 200
        token = ask(fragile.node, "/oauth2/token", "POST", **{"Content-Type": FORM_TYPE})
        assert token.status in (400, 401), "what is refused only by its form needs no database"
        page = ask(fragile.node, "/accounts/login/", Cookie=f"{fragile.node.cookie_prefix}session=0.{'A' * 43}")
        assert (page.status, page.headers["Retry-After"]) == (503, "2")
        assert "does not answer right now" in page.text
    assert_ready_soon(fragile.node)


def test_a_database_that_hangs_is_told_within_the_limit_and_however_often_it_is_asked(fragile: Fragile) -> None:
    with fragile.database.silent():
        for _ in range(3):
            began = time.monotonic()
            # The second may still hear what the first one's question came to.
            assert unready(fragile.node) in ({"database": LATE}, {"database": "the database does not answer"})
            assert time.monotonic() - began < SECONDS + 2
        assert ask(fragile.node, "/healthz").status == 200
    assert_ready_soon(fragile.node)


def test_a_redis_that_is_away_or_hangs_is_a_warning_for_sessions_live_in_the_database(fragile: Fragile) -> None:
    for fault in (fragile.redis.away, fragile.redis.silent):
        with fault():
            said = ask(fragile.node, "/readyz")
            warnings = {"session cache": "it does not answer: sessions are read from the database"}
            assert (said.status, said.json) == (200, {"status": "ok", "warnings": warnings})
            assert ask(fragile.node, "/accounts/login/").status == 200
    assert_ready_soon(fragile.node)


def test_a_migration_that_is_not_applied_makes_it_unready(fragile: Fragile) -> None:
    fragile.rows.execute(RENAME, ["0001_other", "0001_initial"])
    try:
        assert unready(fragile.node) == {"migrations": "1 not applied"}
        assert ask(fragile.node, "/oauth2/jwks").status == 503
    finally:
        fragile.rows.execute(RENAME, ["0001_initial", "0001_other"])
    assert_ready_soon(fragile.node)


def test_a_signing_key_that_is_missing_makes_it_unready(fragile: Fragile) -> None:
    change = "UPDATE tokens_signingkey SET state = %s, slot = %s WHERE alg = 'ES256'"
    fragile.rows.execute(change, ["retired", None])
    try:
        assert unready(fragile.node) == {"signing keys": "there is no active one of ES256"}
    finally:
        fragile.rows.execute(change, ["active", "active:ES256"])
    assert_ready_soon(fragile.node)


def test_a_node_of_another_deployment_is_unready_and_answers_nobody(fragile: Fragile, tmp_path: Path) -> None:
    """Each difference by itself is in tests/endpoints/test_fit.py: here a node with all of them is started."""
    secrets.create(tmp_path)
    with another(fragile, tmp_path, IDP_SECRETS=str(tmp_path), IDP_REGION="b", IDP_TOKENS_REFRESH_RETRY="20") as node:
        failed = unready(node)
        assert failed.pop("signing keys") == "the sealing secret of this node does not open them"
        assert [part.partition(": ")[0] for part in failed.pop("settings").split("; ") if part.startswith("IDP_")] == [
            *("IDP_REGION", "IDP_SECRETS/pairwise_salt"),
            *("IDP_SECRETS/secret_key", "IDP_SECRETS/pepper", "IDP_SECRETS/sealing"),
        ]
        assert failed == {}
        said = ask(node, "/oauth2/token", "POST", **{"Content-Type": FORM_TYPE})
        assert (said.status, said.headers["Retry-After"], said.json["error"]) == (503, "2", "temporarily_unavailable")
        for path in ("/accounts/login/", "/admin/", "/oauth2/jwks", "/.well-known/openid-configuration"):
            assert ask(node, path).status == 503
        assert ask(node, "/healthz").status == 200
        assert "this node does not fit, and answers 503: IDP_REGION: " in node.log.read_text()
    assert ask(fragile.node, "/readyz").json == OK, "nobody else is harmed"


def test_a_database_that_restarted_costs_no_request_for_connections_are_looked_at_before_use(fragile: Fragile) -> None:
    client = fragile.provider.client("machine", "Restart")

    def ask_for_a_token(_: int = 0) -> int:
        return post(fragile.node, "/oauth2/token", client, grant_type="client_credentials").status

    with ThreadPoolExecutor(24) as threads:
        assert set(threads.map(ask_for_a_token, range(240))) == {200}
    theirs = "FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
    held = fragile.rows.execute(f"SELECT pid, pg_terminate_backend(pid) {theirs}").fetchall()
    assert len(held) > 3, "the node held some"
    until(lambda: fragile.rows.execute(f"SELECT pid {theirs}").fetchall() == [])
    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(ask_for_a_token, range(16))) == {200}
    assert ask(fragile.node, "/readyz").json == OK, "readiness looks at its own too"


def test_a_database_that_became_a_standby_is_a_503(fragile: Fragile) -> None:
    client = fragile.provider.client("machine", "Standby")
    token = post(fragile.node, "/oauth2/token", client, grant_type="client_credentials").json["access_token"]
    with read_only(fragile):
        again = post(fragile.node, "/oauth2/token", client, grant_type="client_credentials")
        assert again.status == 200, "what writes nothing goes on"
        said = post(fragile.node, "/oauth2/revoke", client, token=token)
        assert (said.status, said.json["error"], said.headers["Retry-After"]) == (503, "temporarily_unavailable", "2")


def test_after_sigterm_it_says_so_at_once_serves_on_for_its_time_and_ends_well(
    fragile: Fragile, tmp_path: Path
) -> None:
    with another(fragile, tmp_path, IDP_DRAIN="2") as node:
        assert node.process is not None
        assert ask(node, "/readyz").status == 200
        began = time.monotonic()
        os.kill(node.process.pid, signal.SIGTERM)
        until(lambda: ask(node, "/readyz").json == {"status": "draining"})
        assert ask(node, "/readyz").status == 503
        while time.monotonic() - began < 1.5:
            assert ask(node, "/oauth2/jwks").status == 200, "new connections are still served"
        assert node.process.wait(15) == 0
        assert time.monotonic() - began >= 2


def test_a_second_sigterm_ends_the_draining(fragile: Fragile, tmp_path: Path) -> None:
    with another(fragile, tmp_path, IDP_DRAIN="300") as node:
        assert node.process is not None
        os.kill(node.process.pid, signal.SIGTERM)
        until(lambda: ask(node, "/readyz").json == {"status": "draining"})
        os.kill(node.process.pid, signal.SIGTERM)
        assert node.process.wait(15) == 0


@pytest.mark.parametrize("drain", ["0", "1"])
def test_a_request_that_was_begun_is_answered_though_the_node_is_stopped(
    fragile: Fragile, tmp_path: Path, drain: str
) -> None:
    with another(fragile, tmp_path, IDP_DRAIN=drain) as node:
        assert node.process is not None
        connection = http.client.HTTPConnection(LOOPBACK, node.port, timeout=30)
        connection.putrequest("POST", "/oauth2/token")
        connection.putheader("Content-Type", FORM_TYPE)
        connection.putheader("Content-Length", "29")
        connection.endheaders(b"grant_type=")
        until(lambda: _was_read(connection.sock, node.port), what="that the node read the head")
        os.kill(node.process.pid, signal.SIGTERM)
        time.sleep(int(drain) + 0.5)  # it begins to stop meanwhile, which nothing tells to those outside
        connection.send(b"client_credentials")
        assert connection.getresponse().status == 400
        connection.close()
        assert node.process.wait(15) == 0


def _was_read(ours: socket.socket, port: int) -> bool:
    """Whether the process that listens on the port accepted the connection, and took all that was sent on it."""
    there, here = f"0100007F:{port:04X}", f"0100007F:{ours.getsockname()[1]:04X}"
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        local, remote, _, queues, _, _, _, _, inode = line.split()[1:10]
        if (local, remote) == (there, here):
            return inode != "0" and queues.endswith(":00000000")
    return False


def unready(node: Node) -> dict[str, str]:
    """What fails."""
    said = ask(node, "/readyz")
    assert (said.status, said.headers["Retry-After"], said.headers["Cache-Control"]) == (503, "2", "no-store")
    told: dict[str, str] = said.json["failed"]
    assert said.json == {"status": "unready", "failed": told}
    return told


def post(node: Node, path: str, client: dict[str, str], **form: str) -> Said:
    """As the client."""
    headers = {**basic(client["client_id"], client["client_secret"]), "Content-Type": FORM_TYPE}
    return ask(node, path, "POST", body=urlencode(form), **headers)


@contextlib.contextmanager
def another(fragile: Fragile, folder: Path, **environ: str) -> Iterator[Node]:
    """One more node of the same provider, with settings of its own."""
    node = Node(free_port(), {**fragile.provider.environ, **environ}, folder / "node.log")
    node.start()
    try:
        node.wait()
        yield node
    finally:
        node.kill()


@contextlib.contextmanager
def read_only(fragile: Fragile) -> Iterator[None]:
    """Every connection made from now on may only read, as on a standby."""
    name = urlsplit(fragile.provider.database_url).path[1:]
    fragile.rows.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    with fragile.database.away():
        pass
    assert_ready_soon(fragile.node)
    try:
        yield
    finally:
        fragile.rows.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
        with fragile.database.away():
            pass
        assert_ready_soon(fragile.node)


def assert_ready_soon(node: Node) -> None:
    until(lambda: ask(node, "/readyz").json == OK)
