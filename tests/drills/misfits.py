"""Drills 35 to 37: a node that does not fit joins, tables become those of another build, five prepare at once."""

import http.client
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from idp import secrets
from idp.local.command_lines import ROOT
from idp.local.processes import LOOPBACK
from tests.drills.drill import Turn
from tests.servers.nodes import Node, new_database

SECRETS = ("pairwise_salt", "secret_key", "pepper", "sealing")
SETTINGS: Mapping[str, str] = {"IDP_REGION": "elsewhere", "IDP_BASE_URL": "http://localhost:1"}
NAMES = (*SETTINGS, *(f"IDP_SECRETS/{name}" for name in SECRETS))
"""What differs, one a round."""
NOTICED = 12.0
"""Seconds until every node has looked again: it does every ten."""
PREPARES = 5


def join(turn: Turn) -> None:
    """A node with one difference serves nothing, and the others do not notice."""
    name = NAMES[turn.number % len(NAMES)]
    with _different(turn, name) as environ, turn.ground.cluster.more(1, **environ) as [node]:
        status, said = _ask(node, "GET", "/readyz")
        told = json.loads(said).get("failed", {}).get("settings", "")
        turn.expect(status == 503 and f"{name}: " in told, f"/readyz of a node with another {name} was {status} {told}")
        for method, path in (("POST", "/oauth2/token"), ("GET", "/accounts/login/"), ("GET", "/oauth2/jwks")):
            status, _ = _ask(node, method, path)
            turn.expect(status == 503, f"{path} of a node with another {name} was {status}")
        _expect_service(turn)
    _expect_service(turn)


def build(turn: Turn) -> None:
    """What made the tables is another build for a while: no node answers, and all do once it is theirs again."""
    statement = "UPDATE idp_fact SET value = %s WHERE name = 'migration:tokens.0001_initial' RETURNING value"
    with turn.ground.database() as database:
        row = database.execute("SELECT value FROM idp_fact WHERE name = 'migration:tokens.0001_initial'").fetchone()
        assert row is not None
        database.execute(statement, ["of another build"])
        try:
            for node in turn.ground.nodes:
                turn.expect_within(_until(node, 503), NOTICED, f"that {node.name} noticed")
        finally:
            database.execute(statement, [row[0]])
    turn.recovery = max(_until(node, 400) for node in turn.ground.nodes)
    turn.expect_within(turn.recovery, NOTICED, "that nodes served again")
    _expect_service(turn)


def prepare(turn: Turn) -> None:
    """Five at once make the tables of a new database, its keys and its facts, each once."""
    server = urlsplit(turn.ground.cluster.database_url)._replace(path="/postgres").geturl()
    with new_database(server) as url:
        environ = {**turn.ground.cluster.environ, "DATABASE_URL": url}
        command = [sys.executable, str(ROOT / "manage.py"), "prepare"]
        started = [
            subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            for _ in range(PREPARES)
        ]
        ended = [(process.communicate()[1], process.returncode) for process in started]
    turn.expect([code for _, code in ended] == [0] * PREPARES, f"five at once ended so: {ended}")
    made = sum(told.count(", which signs RS256") for told, _ in ended)
    turn.expect(made == 1, f"a signing key was made {made} times")


@contextmanager
def _different(turn: Turn, name: str) -> Iterator[dict[str, str]]:
    """The environment of a node in which one thing is another."""
    if name in SETTINGS:
        yield {name: SETTINGS[name]}
        return
    with tempfile.TemporaryDirectory() as folder:
        theirs = Path(turn.ground.cluster.environ["IDP_DATA"]) / "secrets"
        shutil.copytree(theirs, folder, dirs_exist_ok=True)
        (Path(folder) / name.partition("/")[2]).unlink()
        secrets.create(Path(folder))
        yield {"IDP_SECRETS": folder}


def _expect_service(turn: Turn) -> None:
    for node in turn.ground.nodes:
        redeemed = turn.confidential.redeem(node, turn.ground.codes(turn.ground.confidential).new())
        turn.expect(redeemed.status == 200, f"{node.name} answered a code with {redeemed.status} {redeemed.error}")


def _until(node: Node, status: int) -> float:
    """Seconds until the token endpoint answers an empty request so."""
    began = time.monotonic()
    while _ask(node, "POST", "/oauth2/token")[0] != status and time.monotonic() - began < 10 * NOTICED:
        time.sleep(0.1)
    return time.monotonic() - began


def _ask(node: Node, method: str, path: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(LOOPBACK, node.port, timeout=30)
    try:
        connection.request(method, path, headers={"Host": "localhost"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
