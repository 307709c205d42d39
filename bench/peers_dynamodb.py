"""The product with its store on DynamoDB, a local server of the protocol; people and their sessions are SQL's."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from peers_sides import Side, ours

from idp.local.ministack import CREDENTIALS, ministack
from tests.servers.nodes import cluster

CALL = b" -> service=dynamodb "
"""In the line that the local server's log has of a call, where its level is DEBUG."""


@contextlib.contextmanager
def ours_on_dynamodb(server_url: str, workers: int, folder: Path) -> Iterator[Side]:
    """Its node, over a database and tables of its own. `folder`: for its files."""
    own = folder / "dynamodb"
    own.mkdir()
    with ministack(LOG_LEVEL="DEBUG") as server:
        store = {"IDP_TOKENS_STORE": "dynamodb", "IDP_DYNAMODB_ENDPOINT": server.url, **CREDENTIALS}
        environ = {**store, "WEB_CONCURRENCY": str(workers)}
        with cluster(1, server_url=server_url, folder=own, own=(), **environ) as nodes, ours(nodes) as side:
            yield replace(side, name="ours, DynamoDB", dynamodb=server.log)
