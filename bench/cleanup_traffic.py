"""Traffic for bench/cleanup.py: refresh, introspection and client_credentials in turn, on connections kept open."""

import http.client
import itertools
import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.support.messages import FORM_TYPE, basic


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Traffic:
    port: int
    client: Mapping[str, str]
    machine: Mapping[str, str]
    tokens: Sequence[str]
    threads: int

    def ask_until(self, stop: threading.Event) -> list[Reply]:
        """Each thread with tokens of its own asks as fast as it is answered."""
        with ThreadPoolExecutor(self.threads) as pool:
            parts = [pool.submit(self._ask, stop, self.tokens[i :: self.threads]) for i in range(self.threads)]
            return [reply for part in parts for reply in part.result()]

    def ask_each_token(self) -> list[Reply]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        return [self._post(connection, "/oauth2/token", self.client, _refresh(token))[0] for token in self.tokens]

    def _ask(self, stop: threading.Event, tokens: Sequence[str]) -> list[Reply]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        return [reply for token in _while_not(stop, tokens) for reply in self._round(connection, token)]

    def _round(self, connection: http.client.HTTPConnection, token: str) -> Iterator[Reply]:
        refreshed, answer = self._post(connection, "/oauth2/token", self.client, _refresh(token))
        yield refreshed
        yield self._post(connection, "/oauth2/introspect", self.client, {"token": answer.get("access_token", "none")})[
            0
        ]
        yield self._post(connection, "/oauth2/token", self.machine, {"grant_type": "client_credentials"})[0]

    def _post(
        self, connection: http.client.HTTPConnection, path: str, client: Mapping[str, str], form: Mapping[str, str]
    ) -> tuple[Reply, dict[str, str]]:
        headers = {**basic(client["client_id"], client["client_secret"]), "Content-Type": FORM_TYPE}
        begun = time.monotonic()
        connection.request("POST", path, urlencode(form), headers)
        response = connection.getresponse()
        body = response.read()
        return Reply(response.status, time.monotonic() - begun), json.loads(body)


def _refresh(token: str) -> dict[str, str]:
    return {"grant_type": "refresh_token", "refresh_token": token}


def _while_not(stop: threading.Event, tokens: Sequence[str]) -> Iterator[str]:
    return itertools.takewhile(lambda _: not stop.is_set(), itertools.cycle(tokens))
