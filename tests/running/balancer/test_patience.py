"""Nobody slow is waited for: not for a head, not for a body, not for the next request, not for a node."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from idp.local.balancer import relay
from idp.local.balancer.pool import Pool, Upstream
from idp.local.balancer.relay import Relay
from idp.local.processes import LOOPBACK
from tests.running.balancer.fakes import Fake, listening

SOON = 0.3
HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("IDLE", "HEAD", "BODY", "ANSWER", "PIECE"):
        monkeypatch.setattr(relay, name, SOON)


async def answered(node: Upstream, talk: Talk) -> bytes:
    """What a connection gets until it ends."""
    server = await asyncio.start_server(Relay(Pool([node], "localhost"), ()).accept, LOOPBACK, 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        talking = asyncio.create_task(_drip(talk, reader, writer))
        answer = await reader.read()
        talking.cancel()
        writer.close()
    return answer


async def _drip(talk: Talk, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await talk(reader, writer)


def dripping(first: bytes, piece: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        for _ in range(100):
            await asyncio.sleep(0.05)  # each piece comes in time, and all of them do not
            writer.write(piece)

    return talk


@pytest.mark.parametrize(
    ("first", "piece", "why"),
    [
        (b"", b"G", b"the head took too long"),
        (HEAD, b"X-One: 1\r\n", b"the head took too long"),
        (HEAD + b"\r\n", b"", b"the body took too long"),
        (HEAD + b"\r\n", b"a", b"the body took too long"),
    ],
    ids=["a line by letters", "a head by lines", "no body", "a body by letters"],
)
def test_a_slow_sender_gets_a_408_however_busily_it_sends(first: bytes, piece: bytes, why: bytes) -> None:
    began = time.monotonic()
    answer = asyncio.run(answered(Upstream("one", 1, "all", None), dripping(first, piece)))
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert why in answer
    assert time.monotonic() - began < 5


def test_who_says_nothing_is_hung_up_on() -> None:
    assert asyncio.run(answered(Upstream("one", 1, "all", None), dripping(b"", b""))) == b""


def test_a_node_that_does_not_answer_in_time_is_a_504() -> None:
    node = Fake("one", "all", hangs=True)
    with listening(node):
        sent = HEAD + b"\r\n" + b"a" * 10
        answer = asyncio.run(answered(Upstream("one", node.port, "all", None), dripping(sent, b"")))
    assert answer.startswith(b"HTTP/1.1 504 ")


def test_more_connections_than_it_can_hold_are_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "MAX_CONNECTIONS", 0)
    answer = asyncio.run(answered(Upstream("one", 1, "all", None), dripping(b"", b"")))
    assert answer.startswith(b"HTTP/1.1 503 ")
