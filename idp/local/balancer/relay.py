"""Hands a request to a node and the answer back. A request is read whole before a node is asked.

What was never sent goes to the next node. What was sent and not answered does too if repeating it is harmless (RFC 9110
§9.2.2); a POST is never sent twice.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

from idp.conf import Side
from idp.local.balancer import head, refusal
from idp.local.balancer.head import Refused, Request, Response
from idp.local.balancer.pool import Pool, Upstream
from idp.local.processes import LOOPBACK

IDLE, HEAD, BODY, CONNECT, ANSWER, PIECE = 30.0, 10.0, 30.0, 1.0, 30.0, 30.0
"""Seconds: between requests; for a head; for a body; to reach a node; until it answers; for a piece of its answer."""
DRAIN = 3.0
MAX_CONNECTIONS = 400
REPEATABLE = (b"GET", b"HEAD", b"OPTIONS")


class Unreachable(Exception):
    """The node got nothing of the request."""


class Unanswered(Exception):
    """The node got the request, all or a part, and its connection ended before an answer began."""


@dataclass(frozen=True, slots=True)
class Received:
    request: Request
    body: bytes
    peer: str

    def forwarded(self, *, proxied: bool) -> bytes:
        """As a node gets it."""
        return self.request.forwarded(self.peer, proxied=proxied) + self.body


class Relay:
    """`programs`: patterns of the paths (without their slash) that back nodes answer; the others are the front's.
    `proxied`: whether what speaks TLS stands before us, and is believed what it says of the scheme."""

    def __init__(self, pool: Pool, programs: Iterable[str], *, proxied: bool = False) -> None:
        self._pool = pool
        self._proxied = proxied
        self._programs = [re.compile(each) for each in programs]
        self._open: set[asyncio.Task[None]] = set()
        self._idle: set[asyncio.Task[None]] = set()
        self._closing = False

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """For asyncio.start_server."""
        if len(self._open) >= MAX_CONNECTIONS:
            writer.write(refusal.answer(Refused(503, "there are too many connections")))
            writer.close()
            return
        task = asyncio.create_task(self._serve(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def drain(self) -> None:
        """Ends idle connections at once, and the others when they are answered or DRAIN seconds are over."""
        self._closing = True
        for task in self._idle:
            task.cancel()
        if self._open:
            _, late = await asyncio.wait(self._open, timeout=DRAIN)
            for task in late:
                task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                while await self._exchange(reader, writer):
                    pass
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; whether another may follow on this connection."""
        first = await self._first_byte(reader)
        received = None
        try:
            received = await self._read(first, reader, writer)
            return await self._answer(received, writer)
        except Refused as refused:
            page = received is not None and self._side(received) == "front"
            await _end(refusal.answer(refused, page=page), reader, writer)
            return False

    async def _read(self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Received:
        async with _within(HEAD, 408, "the head took too long"):
            request = head.request(await _lines(reader, first))
        async with _within(BODY, 408, "the body took too long"):
            if request.length and request.waits_for_continue:
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            body = await reader.readexactly(request.length)
        return Received(request, body, writer.get_extra_info("peername")[0])

    async def _first_byte(self, reader: asyncio.StreamReader) -> bytes:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 a coroutine runs in a task
        self._idle.add(task)
        try:
            async with asyncio.timeout(IDLE):
                return await reader.readexactly(1)
        finally:
            self._idle.discard(task)

    async def _answer(self, received: Received, writer: asyncio.StreamWriter) -> bool:
        for node in self._pool.ready(self._side(received)):
            try:
                async with _connected(node) as (far, near):
                    response = await _ask(received.forwarded(proxied=self._proxied), far, near)
                    return await self._hand_on(received.request, response, far, writer)
            except Unreachable:
                self._pool.note(node, "it does not answer")
            except Unanswered:
                if received.request.method not in REPEATABLE:
                    raise Refused(502, "the server ended while it answered; whether it did it is not known") from None
        raise Refused(503, "no server is ready: try again in a moment")

    async def _hand_on(
        self, request: Request, response: Response, far: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        bodiless = request.method == b"HEAD" or response.code in (204, 304)
        left = 0 if bodiless else response.length
        keep_alive = request.keep_alive and left is not None and not self._closing
        writer.write(response.handed_on(keep_alive=keep_alive))
        while left is None or left > 0:
            async with asyncio.timeout(PIECE):
                piece = await far.read(65536 if left is None else min(left, 65536))
            if not piece:
                break
            writer.write(piece)
            async with asyncio.timeout(PIECE):
                await writer.drain()
            left = None if left is None else left - len(piece)
        # What is cut short must look so: the connection ends before its length is there.
        return keep_alive and left == 0

    def _side(self, received: Received) -> Side:
        path = received.request.path.removeprefix("/")
        return "back" if any(each.search(path) for each in self._programs) else "front"


@contextlib.asynccontextmanager
async def _connected(node: Upstream) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    try:
        async with asyncio.timeout(CONNECT):
            far, near = await asyncio.open_connection(LOOPBACK, node.port, limit=head.MAX_LINE)
    except OSError:
        raise Unreachable from None
    try:
        yield far, near
    finally:
        near.close()


async def _ask(request: bytes, far: asyncio.StreamReader, near: asyncio.StreamWriter) -> Response:
    """The head of the node's answer."""
    try:
        near.write(request)
        async with _within(ANSWER, 504, "the server takes too long"):
            await near.drain()
            return head.response(await _lines(far))
    except Refused as refused:
        raise Refused(max(refused.status, 502), refused.why) from None
    except (OSError, asyncio.IncompleteReadError):
        raise Unanswered from None


async def _lines(reader: asyncio.StreamReader, first: bytes = b"") -> list[bytes]:
    """The lines of a head, each with its end; `first` was read before."""
    lines: list[bytes] = []
    try:
        while (line := first + await reader.readuntil(b"\n")) != b"\r\n":
            lines.append(line)
            first = b""
            if not line.endswith(b"\r\n"):
                raise Refused(400, "a line ends without CR")
            if len(lines) > head.MAX_FIELDS or sum(map(len, lines)) > head.MAX_HEAD:
                raise Refused(431, f"a head has {head.MAX_FIELDS} lines and {head.MAX_HEAD} bytes at the most")
    except asyncio.LimitOverrunError:
        raise Refused(431, f"a line has {head.MAX_LINE} bytes at the most") from None
    if not lines:
        raise Refused(400, "there is no request line")
    return lines


@contextlib.asynccontextmanager
async def _within(seconds: float, status: int, why: str) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise Refused(status, why) from None


async def _end(last: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Sends it and reads on for a moment: an answer is lost if the connection ends while its request still comes in."""
    writer.write(last)
    await writer.drain()
    writer.write_eof()
    async with asyncio.timeout(1):
        while await reader.read(65536):
            pass
