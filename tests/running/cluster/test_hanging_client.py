"""A client whose `jwks_uri` hangs: what anybody may send in its name costs the others nothing."""

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import psycopg

from idp.local.processes import LOOPBACK
from tests.drills.wire import ask
from tests.servers.loopback import serving
from tests.servers.nodes import Cluster
from tests.support.assertions import assertion_form
from tests.support.messages import TOKEN, basic
from tests.support.waiting import until

STRANGERS = 12
"""More than an endpoint has turns, and than a node has connections."""


def test_unauthenticated_assertions_for_a_client_whose_keys_hang_turn_nobody_else_away(
    nodes: Cluster, database: psycopg.Connection
) -> None:
    over, node = Event(), nodes.nodes[0]
    good, bad = nodes.client("machine", "Others"), nodes.client("machine", "Hangs")["client_id"]

    def hang(connection: socket.socket) -> None:
        over.wait(60)

    def strangers(_: int) -> int | None:
        form = {"grant_type": "client_credentials", **assertion_form(bad, aud=nodes.issuer)}
        return ask(node.port, "POST", TOKEN, form).status

    with serving(hang) as server, ThreadPoolExecutor(STRANGERS) as pool:
        database.execute(
            "UPDATE tokens_client SET token_endpoint_auth_method = 'private_key_jwt', metadata = metadata || %s::jsonb"
            " WHERE client_id = %s",
            [json.dumps({"jwks": None, "jwks_uri": server.url(host=LOOPBACK)}), bad],
        )
        asked = [pool.submit(strangers, each) for each in range(STRANGERS)]
        until(lambda: server.connections > 0)
        header = basic(good["client_id"], good["client_secret"])
        told = [
            ask(node.port, "POST", TOKEN, {"grant_type": "client_credentials"}, header).status for _ in range(STRANGERS)
        ]
        assert told == [200] * STRANGERS
        assert not over.is_set()
        over.set()
        # Each was judged, or told to come again: nothing else.
        assert {each.result() for each in asked} <= {400, 503}
