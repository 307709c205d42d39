"""A client of Kafka gets its token as the page on Kafka has it, and a broker's rules let it in. The broker and its
validator are in Java, which no registry that tests may ask has: its rules are a row of demands.py."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from jwcrypto.jwk import JWKSet
from jwcrypto.jwt import JWT

from tests.outside.apis.broker import broker
from tests.outside.apis.demands import BY_KEYS, faults
from tests.outside.apis.world import OTHER, READ, SONGS, World, claims_of, header_of
from tests.outside.parties.environment import environment

FOLDER = Path(__file__).parent
PAGE = FOLDER.parents[2] / "docs" / "resource-servers" / "kafka.md"
VALIDATOR = BY_KEYS["Kafka's BrokerJwtValidator"]


@pytest.fixture
def properties(world: World) -> dict[str, str]:
    """Those of the page, with the values of a plain machine client in their places."""
    [shown] = re.findall(r"```properties\n([^`]*sasl\.oauthbearer\.method=oidc[^`]*)```", PAGE.read_text())
    client = world.machines[SONGS]
    ours = {
        "SASL_SSL": "SASL_PLAINTEXT",
        "https://login.example/oauth2/token": world.metadata["token_endpoint"],
        "<its client_id>": client["client_id"],
        "<its secret>": client["client_secret"],
        "kafka": READ,
    }
    pairs = (line.split("=", 1) for line in shown.splitlines())
    return {name: ours.get(value, value) for name, value in pairs}


@pytest.fixture
def of_broker(world: World) -> Callable[[str], Callable[[str], bool]]:
    """What a broker of this audience checks of a token."""
    keys = JWKSet.from_json(requests.get(world.metadata["jwks_uri"], timeout=10).text)

    def of(audience: str) -> Callable[[str], bool]:
        def lets_in(token: str) -> bool:
            JWT(jwt=token, key=keys, algs=sorted(VALIDATOR.algs), expected_type="JWS")
            found = faults(VALIDATOR, header_of(token), claims_of(token), audience=audience, issuer=world.issuer)
            return found == []

        return lets_in

    return of


def signed_in(properties: dict[str, str], port: int, folder: Path) -> subprocess.CompletedProcess[str]:
    """What the client says of the broker at the port."""
    asked = json.dumps({**properties, "bootstrap.servers": f"127.0.0.1:{port}"})
    command = [*environment("kafka", FOLDER).command(FOLDER / "kafka" / "client.py"), asked]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_client_that_names_a_scope_alone_is_let_in_where_its_audience_is_expected(
    world: World,
    properties: dict[str, str],
    of_broker: Callable[[str], Callable[[str], bool]],
    tmp_path: Path,
) -> None:
    with broker(of_broker(SONGS)) as kafka:
        done = signed_in(properties, kafka.port, tmp_path)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == [kafka.port]
    assert kafka.tokens
    assert claims_of(kafka.tokens[0])["sub"] == world.machines[SONGS]["client_id"]


def test_a_broker_of_another_audience_lets_it_in_nowhere(
    properties: dict[str, str], of_broker: Callable[[str], Callable[[str], bool]], tmp_path: Path
) -> None:
    with broker(of_broker(OTHER)) as kafka:
        done = signed_in({**properties, "reconnect.backoff.max.ms": "100"}, kafka.port, tmp_path)
    assert done.returncode != 0
    assert "invalid_token" in done.stderr
    assert kafka.tokens
