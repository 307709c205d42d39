"""A link to a server that can be cut, as a network is: nothing is refused, and what was sent comes when it heals."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from threading import Thread

from idp.local.processes import LOOPBACK

PIECE = 65536
WAITING = 100
"""So many connections may wait until they are taken."""


class Way(StrEnum):
    THERE = "there"
    BACK = "back"


BOTH = (Way.THERE, Way.BACK)


@dataclass(slots=True, eq=False)
class Link:
    """Nobody is told that it is cut: who sent something waits, and who connects gets no answer to that."""

    target: int
    carried: int = 0
    """Bytes that came back from the server."""
    _listener: socket.socket = field(init=False)
    _thread: Thread = field(init=False)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _whole: dict[Way, asyncio.Event] = field(default_factory=lambda: {way: asyncio.Event() for way in BOTH})
    _open: set[asyncio.Task[None]] = field(default_factory=set)
    _filling: socket.socket | None = None

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def cut(self, ways: Sequence[Way]) -> None:
        """What is sent on these ways does not arrive. No connection can be made, which takes both."""
        self._run(self._cut(ways))

    def heal(self) -> None:
        """What did not arrive does now, as TCP has it: also what nobody waits for any more."""
        self._run(self._heal())

    def start(self) -> None:
        self._listener = socket.create_server((LOOPBACK, 0), backlog=WAITING)
        self._listener.setblocking(False)
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.heal()

    def stop(self) -> None:
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._listener.close()

    def _run(self, act: Coroutine[None, None, None]) -> None:
        asyncio.run_coroutine_threadsafe(act, self._loop).result()

    async def _cut(self, ways: Sequence[Way]) -> None:
        for way in ways:
            self._whole[way].clear()
        self._loop.remove_reader(self._listener)
        # Of a queue of one that is full the kernel drops who comes, without a word, and he asks again in a second.
        self._listener.listen(0)
        self._filling = socket.socket()
        self._filling.setblocking(False)
        self._filling.connect_ex((LOOPBACK, self.port))

    async def _heal(self) -> None:
        for way in BOTH:
            self._whole[way].set()
        if self._filling is not None:
            self._filling.close()
            self._filling = None
        self._listener.listen(WAITING)
        self._loop.add_reader(self._listener, self._accept)

    async def _end(self) -> None:
        self._loop.remove_reader(self._listener)
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        client.setblocking(False)
        task = self._loop.create_task(self._carry(client))
        self._open.add(task)
        task.add_done_callback(partial(self._over, client))

    def _over(self, client: socket.socket, task: asyncio.Task[None]) -> None:
        self._open.discard(task)
        client.close()  # one that was ended before it began has not

    async def _carry(self, client: socket.socket) -> None:
        """Until both sides have ended, or one was reset: so ends the other, too."""
        reader, writer = await asyncio.open_connection(sock=client)
        try:
            async with _closing(writer):
                far, near = await asyncio.open_connection(LOOPBACK, self.target)
                async with _closing(near), asyncio.TaskGroup() as both:
                    both.create_task(self._pump(Way.THERE, reader, near))
                    both.create_task(self._pump(Way.BACK, far, writer))
        except* OSError:
            pass

    async def _pump(self, way: Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(PIECE):
            await self._whole[way].wait()
            self.carried += len(piece) if way is Way.BACK else 0
            writer.write(piece)
            await writer.drain()
        await self._whole[way].wait()
        writer.write_eof()


@contextlib.asynccontextmanager
async def _closing(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    """At once where something went wrong, else when all was sent."""
    try:
        yield
    except BaseException:
        writer.transport.abort()
        raise
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


@contextlib.contextmanager
def link(target: int) -> Iterator[Link]:
    """To the loopback port `target`, until the block ends."""
    made = Link(target)
    made.start()
    try:
        yield made
    finally:
        made.stop()
