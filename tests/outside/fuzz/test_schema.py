"""Requests that nobody would write by hand, made by schemathesis, to a live node: never a 500, always the answer that
the RFCs name."""

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from tests.outside.fuzz.openapi import document
from tests.servers.nodes import Cluster
from tests.servers.provider import live_provider

REDIRECT_URI = "https://rp.example/callback"
EXAMPLES = int(os.environ.get("TEST_FUZZ_EXAMPLES", "25"))
"""Requests an operation."""
CHECKS = [not_a_server_error, status_code_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with live_provider(tmp_path_factory.mktemp("fuzz"), nodes=1) as started:
        yield started


@pytest.fixture(scope="module")
def schema(provider: Cluster) -> Any:
    client, machine = provider.client("web", "Fuzzer", REDIRECT_URI), provider.client("machine", "Machine")
    with psycopg.connect(provider.database_url) as connection:
        connection.execute("UPDATE tokens_client SET token_endpoint_auth_method = 'client_secret_post'")
    form = {"grant_type": "client_credentials", **machine}
    token = requests.post(f"{provider.issuer}/oauth2/token", data=form, timeout=10).json()["access_token"]
    loaded = schemathesis.openapi.from_dict(
        document(client["client_id"], client["client_secret"], REDIRECT_URI, [token])
    )
    loaded.config.update(base_url=provider.issuer)
    return loaded


OPERATIONS = [(path, method) for path, item in document("", "", "", [""])["paths"].items() for method in item]


@pytest.mark.covers("S78 garbage", "own findings NUL")
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_whatever_is_asked_the_answer_is_one_of_the_specification_s(schema: Any, path: str, method: str) -> None:
    @given(case=schema[path][method].as_strategy())
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    def answers(case: Any) -> None:
        answer = case.call(allow_redirects=False)
        case.validate_response(answer, checks=CHECKS)
        [address] = answer.headers.get("location", [""])
        assert not address.startswith(REDIRECT_URI) or "iss=" in address

    answers()
