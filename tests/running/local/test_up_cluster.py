"""`manage.py up --cluster`, as a person runs it: twice over one folder, for what was made has to be there again."""

import os
import re
import secrets
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from idp.local.processes import LOOPBACK
from tests.running.local.test_processes import alive
from tests.running.local.test_up import MANAGE, Up, fails, get, own
from tests.support.messages import NOWHERE, Registered, authorization_request, bearer, code_form
from tests.support.people import PASSWORD
from tests.support.person import Person

QUICK = {"IDP_BEAT_LOOP": "1", "IDP_BEAT_LOCK": "3"}
NAMES = {
    *("postgresql", "valkey", "front-1", "front-2", "back-1", "worker-1", "worker-2"),
    *("beat-1", "beat-2", "balancer"),
}
ROW = re.compile(r"^  (\S+) +(\d+)(?:  (\S+))?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Life:
    """A cluster that runs, or ran."""

    up: Up
    issuer: str
    client: dict[str, str]

    @property
    def table(self) -> dict[str, tuple[int, str]]:
        """Process and place of each, as it was printed."""
        return {name: (int(pid), where) for name, pid, where in ROW.findall(self.up.out.read_text())}

    def said(self) -> str:
        return self.up.err.read_text()

    def pid(self, name: str) -> int:
        """The process that has this name now."""
        again = re.findall(rf"up: {name} runs again \(process (\d+)\)", self.said())
        return int(again[-1]) if again else self.table[name][0]

    def leader(self) -> str | None:
        matches = re.findall(r"up: (?:(\S+) leads|no beat leads)", self.said())
        return matches[-1] or None if matches else None


@dataclass(frozen=True, slots=True)
class Ended:
    """What was left of a life."""

    code: int
    seconds: float
    left: list[str]
    said: str


def until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"it did not happen within {seconds} s"
        time.sleep(0.05)


def manage(up: Up, *arguments: str, **environ: str) -> str:
    """A command in another terminal, with the settings that `up` printed for it."""
    settings = dict(re.findall(r"(IDP_DATA|DATABASE_URL_FILE)=(\S+)", up.out.read_text()))
    told = {name: shlex.split(value)[0] for name, value in settings.items()}
    command = [sys.executable, MANAGE, *arguments]
    return subprocess.run(command, env=own(**told, **environ), capture_output=True, text=True, check=True).stdout


def begin(folder: Path, *arguments: str) -> Up:
    up = Up(folder, "--cluster", *arguments, **QUICK)
    up.says(up.err, "starting nodes")
    up.says(up.out, "Ctrl-C stops it")
    return up


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ended, Life]]:
    """The first ends by Ctrl-C, two of its processes paused; the second by kill -9, and nothing may be left then."""
    folder = tmp_path_factory.mktemp("cluster")
    first = begin(folder, "--port", "0")
    settled, ended = _first_life(first)
    up = begin(folder, "--port", str(urlsplit(first.serves()).port))
    yield ended, Life(up, up.serves(), settled)
    children = up.children()
    up.process.kill()
    up.process.wait()
    until(lambda: not any(map(alive, children)), 60)


def _first_life(up: Up) -> tuple[dict[str, str], Ended]:
    who = {"DJANGO_SUPERUSER_USERNAME": "alice", "DJANGO_SUPERUSER_EMAIL": "alice@example.org"}
    manage(up, "createsuperuser", "--noinput", DJANGO_SUPERUSER_PASSWORD=PASSWORD, **who)
    created = manage(up, "createclient", "--kind", "web", "--name", "App", "--redirect-uri", NOWHERE)
    client = dict(re.findall(r'"(client_id|client_secret)": "([^"]+)"', created))
    children = up.children()
    life = Life(up, "", {})
    for name in ("valkey", "front-1"):
        os.kill(life.pid(name), signal.SIGSTOP)
    began = time.monotonic()
    code = up.end()
    left = [command for pid, command in children.items() if alive(pid)]
    return client, Ended(code, time.monotonic() - began, left, up.err.read_text())


@pytest.fixture
def life(lives: tuple[Ended, Life]) -> Life:
    return lives[1]


def test_ctrl_c_ends_everything_even_what_does_not_answer(lives: tuple[Ended, Life]) -> None:
    ended = lives[0]
    assert (ended.code, ended.left) == (0, [])
    assert ended.seconds < 12
    assert ended.said.endswith("up: stopped\n")
    assert "Traceback" not in ended.said


def test_it_shows_what_runs_where_and_who_leads(life: Life) -> None:
    assert set(life.table) == NAMES
    places = {name: where for name, (_, where) in life.table.items()}
    assert places["balancer"] == life.issuer
    assert sorted(places[name] for name in ("beat-1", "beat-2")) == ["", "leads"]
    for name in ("postgresql", "valkey", "front-1", "front-2", "back-1"):
        host, _, port = places[name].rpartition(":")
        assert host == LOOPBACK
        socket.create_connection((host, int(port)), 5).close()


def test_who_was_made_in_an_earlier_life_signs_in_and_gets_tokens(life: Life) -> None:
    client = Registered(life.client["client_id"], life.client["client_secret"], NOWHERE)
    query = authorization_request(client, scope="openid")
    with Person("alice", PASSWORD) as alice:
        redirected = alice.go(f"{life.issuer}/oauth2/authorize?{urlencode(query)}", client=NOWHERE)
    parameters = parse_qs(urlsplit(redirected).query)
    assert parameters["iss"] == [life.issuer]
    form, credentials = code_form(client, parameters["code"][0]), (client.client_id, client.client_secret)
    tokens = requests.post(f"{life.issuer}/oauth2/token", form, auth=credentials, timeout=10).json()
    headers = bearer(tokens["access_token"])
    assert set(requests.get(f"{life.issuer}/oauth2/userinfo", headers=headers, timeout=10).json()) == {"sub"}


@pytest.mark.covers("S76 hops")
def test_nodes_count_the_balancer_as_the_one_proxy_and_believe_no_address_before_it(life: Life) -> None:
    """Failures on a name count by address. The address that the sender made up is not the one that counts."""
    login, name = f"{life.issuer}/accounts/login/", secrets.token_hex(8)
    with requests.Session() as browser:
        statuses = []
        for number in range(6):
            page = browser.get(login, timeout=10).text
            [token] = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[-1:]
            form = {"login": name, "password": "wrong", "csrfmiddlewaretoken": token}
            made_up = {"X-Forwarded-For": f"203.0.113.{number}", "Referer": login}
            statuses.append(browser.post(login, form, headers=made_up, timeout=10).status_code)
    assert statuses == [422] * 5 + [429]


def test_requests_go_on_when_a_front_node_is_killed_and_it_comes_back(life: Life) -> None:
    killed = life.pid("front-2")
    told = life.said().count("front-2 takes requests")
    os.killpg(killed, signal.SIGKILL)
    statuses = []

    def is_back() -> bool:
        statuses.append(get(f"{life.issuer}/accounts/login/")[0])
        return life.said().count("front-2 takes requests") > told

    until(is_back)
    assert set(statuses) == {200}
    assert "up: front-2 ended (exit code -9); starting it again in" in life.said()
    assert "balancer: front-2 gets no requests: it does not answer" in life.said()
    assert life.pid("front-2") != killed


def test_when_the_leading_beat_is_killed_one_leads_again(life: Life) -> None:
    """The other one, or the same, restarted: it is back about when its lock runs out."""
    until(lambda: life.leader() is not None)
    leader = life.leader()
    assert leader is not None
    ended = life.said().count("up: no beat leads")
    os.kill(life.pid(leader), signal.SIGKILL)
    until(lambda: life.said().count("up: no beat leads") > ended and life.leader() is not None)
    until(lambda: f"up: {leader} runs again" in life.said())


def test_database_valkey_and_balancer_come_back_when_they_are_killed_and_so_does_the_service(life: Life) -> None:
    killed = [life.pid(name) for name in ("postgresql", "valkey", "balancer")]
    for process in killed:
        os.kill(process, signal.SIGKILL)
    for name in ("postgresql", "valkey", "balancer"):
        until(partial(_runs_again, life, name))
    until(lambda: _status(life, "/oauth2/jwks") == _status(life, "/readyz") == 200)
    until(lambda: life.leader() is not None)


def _status(life: Life, path: str) -> int | None:
    try:
        return get(f"{life.issuer}{path}")[0]
    except OSError:
        return None


def _runs_again(life: Life, name: str) -> bool:
    return f"up: {name} runs again" in life.said()


def test_a_folder_is_one_clusters_at_a_time(life: Life) -> None:
    data = life.up.out.parent / "data"
    lines = fails("--cluster", "--port", "0", "--data", str(data))
    assert lines == [
        f"manage.py: {data / 'cluster'} is in use by another `up --cluster`: stop it, or choose another with --data"
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql://db/idp"), ("REDIS_URL", "redis://cache"), ("IDP_BROKER_URL", "redis://broker"),
        ("IDP_ROLE", "front"), ("IDP_TASKS", "false"), ("DATABASE_URL_FILE", "/run/secrets/url"),
    ],
)  # fmt: skip
def test_what_a_cluster_decides_by_itself_cannot_be_set(tmp_path: Path, name: str, value: str) -> None:
    assert fails("--cluster", "--port", "0", "--data", str(tmp_path), **{name: value}) == [
        f"manage.py: {name.removesuffix('_FILE')}: `up --cluster` brings its own servers: leave it out"
    ]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        (
            {"IDP_BASE_URL": "http://localhost:9"},
            "IDP_BASE_URL: `up --cluster` is http://localhost: leave it out, or name an https one and what serves it"
            " (IDP_TRUSTED_PROXIES)",
        ),
        ({"IDP_TRUSTED_PROXIES": "1"}, "IDP_TRUSTED_PROXIES: nothing stands before http://localhost: leave it out"),
        (
            {"IDP_BASE_URL": "https://id.example"},
            "IDP_TRUSTED_PROXIES: an https IDP_BASE_URL needs a reverse proxy, for this server speaks no TLS: set how"
            " many there are, mostly 1",
        ),
    ],
)
def test_an_issuer_that_a_cluster_cannot_be_is_one_line_with_its_remedy(
    tmp_path: Path, environ: dict[str, str], said: str
) -> None:
    assert fails("--cluster", "--port", "0", "--data", str(tmp_path), **environ) == [f"manage.py: {said}"]
    assert list(tmp_path.iterdir()) == []


def test_it_listens_nowhere_but_on_this_machine(tmp_path: Path) -> None:
    assert fails("--cluster", "--host", "192.0.2.1", "--data", str(tmp_path)) == [
        "manage.py: IDP_HOST: `up --cluster` is for this machine only: leave it out, or set 127.0.0.1"
    ]


def test_data_of_another_postgresql_are_one_line_with_its_remedy(tmp_path: Path) -> None:
    kept = tmp_path / "cluster" / "postgres"
    (kept / "data").mkdir(parents=True)
    (kept / "data" / "PG_VERSION").write_text("9\n")
    line = fails("--cluster", "--port", "0", "--data", str(tmp_path))[-1]
    assert re.fullmatch(
        rf"manage.py: {kept} is of PostgreSQL 9, and this is \d+: choose another folder with --data, or set TEST_PG_BIN"
        r" to the programs of PostgreSQL 9",
        line,
    )


def test_a_postgresql_that_is_not_there_is_one_line_with_its_remedy(tmp_path: Path) -> None:
    line = fails("--cluster", "--port", "0", "--data", str(tmp_path / "data"), TEST_PG_BIN=str(tmp_path))[-1]
    assert line.startswith(f"manage.py: there is no initdb in {tmp_path}: set TEST_PG_BIN to a folder with")
