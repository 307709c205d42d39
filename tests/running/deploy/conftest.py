"""nginx as shipped before two front nodes and a back node, by https; or before recorders in their place."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from idp.local.processes import free_port
from tests.running.deploy.recorder import Recorder
from tests.running.deploy.served import Recorded, Served
from tests.servers.nginx import Site, nginx
from tests.servers.nodes import cluster
from tests.servers.provider import database_server
from tests.support.certificate import self_signed
from tests.support.people import EMAIL, PASSWORD, USERNAME


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """Of localhost, with its key; `requests` believes it."""
    made = self_signed(tmp_path_factory.mktemp("certificate"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUESTS_CA_BUNDLE", str(made[0]))
        yield made


@pytest.fixture(scope="session")
def served(certificate: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    https = free_port()
    front = {"IDP_ROLE": "front", "REDIS_URL": os.environ["TEST_REDIS_URL"], "IDP_DRAIN": "5"}
    environ = {"IDP_BASE_URL": f"https://localhost:{https}", "IDP_TRUSTED_PROXIES": "1"}
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(database_server())
        folder = tmp_path_factory.mktemp("nodes")
        own = [front, front, {"IDP_ROLE": "back"}]
        nodes = stack.enter_context(cluster(3, server_url=database, folder=folder, own=own, **environ))
        made = replace(nodes, issuer=environ["IDP_BASE_URL"])
        made.superuser(USERNAME, EMAIL, PASSWORD)
        ports = [node.port for node in made.nodes]
        site = Site(https, free_port(), *certificate, front=ports[:2], back=ports[2:])
        # At the end nobody has to wait until they have drained.
        for node in made.nodes:
            stack.callback(node.kill)
        yield Served(made, stack.enter_context(nginx(tmp_path_factory.mktemp("nginx") / "served", site)), site)


@pytest.fixture
def recorded(certificate: tuple[Path, Path], tmp_path: Path) -> Iterator[Recorded]:
    with Recorder() as one, Recorder() as two:
        ports = [one.port, two.port]
        site = Site(free_port(), free_port(), *certificate, front=ports, back=ports)
        with nginx(tmp_path / "nginx", site) as started:
            yield Recorded((one, two), started, site)
