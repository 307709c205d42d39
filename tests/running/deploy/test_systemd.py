"""The units: systemd finds no fault in them, they are shut tight, and they stop and start nodes as nodes need it."""

import re
import shutil
import sys
from pathlib import Path

import pytest

from idp.conf import SIDES, Deployment
from idp.configuration import read_settings
from idp.secrets import NAMES
from tests.running.deploy.shipped import DEPLOY, gunicorn_setting
from tests.running.deploy.systemd_analyze import systemd_analyze

FOLDER = DEPLOY / "systemd"
UNITS = sorted(file.name for file in FOLDER.glob("*.service"))
HTTP, SCHEDULED = ("idp-back@.service", "idp-front@.service"), ("idp-beat.service", "idp-worker.service")
PYTHON = "/opt/idp/venv/bin/python"
MOST_EXPOSED = 1.5
"""Of ten; systemd calls up to 2 "OK", and nothing that speaks to a network is 0."""


@pytest.fixture(scope="module")
def units(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As on a machine where they run: with a Python that is there, and an instance of each template."""
    folder = tmp_path_factory.mktemp("units")
    for name in UNITS:
        (folder / name).write_text((FOLDER / name).read_text().replace(PYTHON, sys.executable))
    for name in HTTP:
        shutil.copy(folder / name, folder / name.replace("@", "@8001"))
    return folder


def test_systemd_finds_no_fault(units: Path) -> None:
    assert sorted((*HTTP, *SCHEDULED, "idp-prepare.service")) == UNITS
    assert systemd_analyze("verify", "--man=no", *sorted(file.name for file in units.iterdir()), folder=units) == (
        0,
        "",
    )


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_may_do_little_beside_its_work(units: Path, name: str) -> None:
    instance = name.replace("@", "@8001")
    limit = f"--threshold={MOST_EXPOSED * 10:.0f}"
    code, said = systemd_analyze("security", "--offline=true", "--no-pager", limit, instance, folder=units)
    assert code == 0, said
    assert re.search(r"Overall exposure level for \S+: \d\.\d", said)


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_has_the_secrets_as_credentials_and_settings_that_exist(name: str) -> None:
    unit = _unit(name)
    credentials = {one.partition(":")[0] for one in unit["LoadCredential"]}
    assert {*NAMES, "database_url"} <= credentials
    assert all(
        one == f"{one.partition(':')[0]}:/etc/idp/secrets/{one.partition(':')[0]}" for one in unit["LoadCredential"]
    )
    environ = _environment(unit)
    named = {value.removeprefix("%d/") for value in environ.values() if value.startswith("%d/")}
    assert named == credentials - set(NAMES)
    assert environ.get("IDP_ROLE", "all") in SIDES
    _read({variable: value for variable, value in environ.items() if not value.startswith("%")})


@pytest.mark.parametrize("name", HTTP)
def test_a_node_is_given_the_time_that_it_needs_to_drain(name: str) -> None:
    unit = _unit(name)
    drain = int(_environment(unit)["IDP_DRAIN"])
    assert float(unit["TimeoutStopSec"][0]) > drain + gunicorn_setting("graceful_timeout")
    assert drain > gunicorn_setting("keepalive"), "or a proxy still keeps connections when it stops"
    assert unit["KillMode"] == ["mixed"]
    assert unit["Type"] == ["notify"]


@pytest.mark.parametrize("name", [*HTTP, *SCHEDULED])
def test_a_node_that_ends_is_started_again_for_ever(name: str) -> None:
    unit = _unit(name)
    assert (unit["Restart"], unit["StartLimitIntervalSec"]) == (["always"], ["0"])
    if name in SCHEDULED:
        assert unit["RestartSec"] == ["5"]


def test_all_units_are_shut_in_the_same_way() -> None:
    tight = {
        name: (FOLDER / name).read_text().partition("StateDirectory=")[2].partition("\n[Install]")[0] for name in UNITS
    }
    assert len({text.strip() for text in tight.values()}) == 1


def test_the_shared_settings_exist() -> None:
    lines = (FOLDER / "idp.env").read_text().splitlines()
    environ = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert _read(environ).secure


def _unit(name: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (FOLDER / name).read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def _environment(unit: dict[str, list[str]]) -> dict[str, str]:
    return dict(pair.split("=", 1) for line in unit["Environment"] for pair in line.split())


def _read(environ: dict[str, str]) -> Deployment:
    """BadSettings if a name or a value is wrong."""
    broker = {"IDP_BROKER_URL": "redis://localhost"} if environ.get("IDP_ROLE") in ("worker", "beat") else {}
    port = {"IDP_PORT": "8001"} if environ.get("IDP_PORT") == "%i" else {}
    return read_settings({**environ, **broker, **port}, secrets_missing=True).deployment
