"""Asks a node, and tells what it said."""

import http.client
import json
from dataclasses import dataclass
from typing import Any

from idp.local.processes import LOOPBACK
from tests.servers.nodes import Node


@dataclass(frozen=True, slots=True)
class Said:
    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


def ask(
    node: Node, path: str, method: str = "GET", host: str = "localhost", body: str | None = None, **headers: str
) -> Said:
    """On a connection of its own."""
    connection = http.client.HTTPConnection(LOOPBACK, node.port, timeout=30)
    try:
        connection.request(method, path, body, headers={"Host": host, **headers})
        response = connection.getresponse()
        return Said(response.status, response.headers, response.read().decode())
    finally:
        connection.close()
