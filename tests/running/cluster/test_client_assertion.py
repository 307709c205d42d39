"""A client's assertion is used once: at however many nodes it is shown at the same instant (RFC 7523 §3)."""

import http.client
import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from urllib.parse import urlencode

import psycopg
import pytest

from idp.local.processes import LOOPBACK
from tests.servers.nodes import Cluster, Node
from tests.support.assertions import assertion_form, claims_of, key_set, sign
from tests.support.messages import FORM_TYPE

ROUNDS = 20
PARALLEL = 24
USED = (400, "the client assertion was used before")


@pytest.mark.covers("S49 nodes", "S49 jti", "GHSA-3p3g")
def test_of_24_uses_of_an_assertion_at_once_over_three_nodes_one_counts_and_later_ones_fail_on_each(
    nodes: Cluster, database: psycopg.Connection
) -> None:
    client_id = nodes.client("machine", "Signer")["client_id"]
    database.execute(
        "UPDATE tokens_client SET token_endpoint_auth_method = 'private_key_jwt', metadata = metadata || %s::jsonb"
        " WHERE client_id = %s",
        [json.dumps({"jwks": key_set()}), client_id],
    )
    with ThreadPoolExecutor(PARALLEL) as pool:
        for _ in range(ROUNDS):
            form = assertion_form(client_id, sign(claims_of(client_id, aud=nodes.issuer)))
            gate = Barrier(PARALLEL, timeout=30)
            uses = [pool.submit(_use, nodes.nodes[each % 3], form, gate.wait) for each in range(PARALLEL)]
            assert Counter(use.result() for use in uses) == {(200, ""): 1, USED: PARALLEL - 1}
            assert [_use(node, form) for node in nodes.nodes] == [USED] * 3


def _use(node: Node, form: dict[str, str], ready: Callable[[], object] = lambda: None) -> tuple[int, str]:
    connection = http.client.HTTPConnection(LOOPBACK, node.port, timeout=30)
    try:
        connection.connect()
        ready()
        body = urlencode({"grant_type": "client_credentials", **form})
        connection.request("POST", "/oauth2/token", body, {"Content-Type": FORM_TYPE})
        response = connection.getresponse()
        return response.status, json.loads(response.read()).get("error_description", "")
    finally:
        connection.close()
