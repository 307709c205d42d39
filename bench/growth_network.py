"""A network that takes its time: a relay of TCP before the database of bench/growth.py."""

import asyncio
import contextlib
import selectors
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from threading import Thread
from urllib.parse import urlsplit

import psycopg

from idp.local.processes import LOOPBACK


@contextlib.contextmanager
def network(database_url: str, round_trip: float) -> Iterator[str]:
    """The database's URL behind a network that takes so many milliseconds there and back, half of them each way."""
    target = urlsplit(database_url)
    assert target.port is not None
    # Of the selectors only this one takes less than a millisecond for what it is.
    loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
    ends = partial(_Near, loop, target.port, round_trip / 2000)
    server = loop.run_until_complete(loop.create_server(ends, LOOPBACK, 0))
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        netloc = f"{target.username}@{LOOPBACK}:{server.sockets[0].getsockname()[1]}"
        yield target._replace(netloc=netloc).geturl()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.close()


def measured_round_trip(database_url: str) -> float:
    """Milliseconds of the shortest statement there is, the median of 200."""
    with psycopg.connect(database_url, autocommit=True) as database:
        return statistics.median(_milliseconds(partial(database.execute, "SELECT 1")) for _ in range(200))


def _milliseconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1000


class _End(asyncio.Protocol):
    """One end of a connection. What it receives leaves at the other one after so many seconds, however much is on its
    way then, and so does its end."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self.loop = loop
        self.seconds = seconds
        self.transport: asyncio.Transport
        self.other: _End

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.loop.call_later(self.seconds, self.other.transport.write, data)

    def connection_lost(self, error: Exception | None) -> None:
        self.loop.call_later(self.seconds, self.other.transport.close)


class _Near(_End):
    """The end at the node. It reads nothing until the other end is there."""

    def __init__(self, loop: asyncio.AbstractEventLoop, port: int, seconds: float) -> None:
        super().__init__(loop, seconds)
        self.port = port

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.pause_reading()
        self.connecting = self.loop.create_task(self._connect())

    async def _connect(self) -> None:
        self.other = _End(self.loop, self.seconds)
        self.other.other = self
        await self.loop.create_connection(lambda: self.other, LOOPBACK, self.port)
        self.transport.resume_reading()
