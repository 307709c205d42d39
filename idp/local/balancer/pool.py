"""The nodes behind the balancer, and which of them may be sent requests: each is asked twice a second."""

import asyncio
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from idp.conf import SIDES, Role, Side
from idp.local.processes import LOOPBACK

EVERY = 0.5
PATIENCE = 2.0
"""Seconds. With EVERY it is less than the three in which a node has to be out."""
MAX_ANSWER = 8 * 1024
UNASKED, NO_ANSWER = "not asked yet", "it does not answer"


@dataclass(slots=True, eq=False)
class Upstream:
    """One of them. `fault` is why it gets nothing, None if it is ready."""

    name: str
    port: int
    role: Role
    fault: str | None = UNASKED


class Pool:
    def __init__(self, nodes: Iterable[Upstream], hostname: str) -> None:
        """`hostname`: under which name a node is asked, the issuer's."""
        self.nodes = tuple(nodes)
        self._hostname = hostname
        self._turns: dict[Side, int] = dict.fromkeys(("front", "back"), 0)

    def ready(self, side: Side) -> Sequence[Upstream]:
        """The nodes of this side that are ready, each time another first. Where none is, those that answer: what all of
        them miss, a store or a database, is not needed by every request, and each says itself what it cannot do."""
        there = [node for node in self.nodes if side in SIDES[node.role] and node.fault not in (UNASKED, NO_ANSWER)]
        ready = [node for node in there if node.fault is None] or there
        self._turns[side] += 1
        first = self._turns[side] % len(ready) if ready else 0
        return [*ready[first:], *ready[:first]]

    def note(self, node: Upstream, fault: str | None) -> None:
        """Tells of a node that leaves or comes (back)."""
        was, node.fault = node.fault, fault
        if fault is None and was is not None:
            say(f"{node.name} takes requests")
        if fault is not None and was is None:
            say(f"{node.name} gets no requests: {fault}")

    async def watch(self) -> None:
        """For ever."""
        await asyncio.gather(*(self._watch(node) for node in self.nodes))

    async def _watch(self, node: Upstream) -> None:
        while True:
            self.note(node, await self._asked(node))
            await asyncio.sleep(EVERY)

    async def _asked(self, node: Upstream) -> str | None:
        try:
            async with asyncio.timeout(PATIENCE):
                return _fault(await self._readyz(node))
        except (OSError, ValueError):  # TimeoutError is an OSError
            return NO_ANSWER

    async def _readyz(self, node: Upstream) -> bytes:
        reader, writer = await asyncio.open_connection(LOOPBACK, node.port)
        try:
            writer.write(b"GET /readyz HTTP/1.0\r\nHost: %s\r\nConnection: close\r\n\r\n" % self._hostname.encode())
            answer = b""
            while (piece := await reader.read(MAX_ANSWER)) and len(answer) < MAX_ANSWER:
                answer += piece
            return answer
        finally:
            writer.close()


def _fault(answer: bytes) -> str | None:
    """What /readyz says is wrong."""
    if answer.startswith((b"HTTP/1.1 200 ", b"HTTP/1.0 200 ")):
        return None
    report = json.loads(answer.partition(b"\r\n\r\n")[2])
    failed = report.get("failed") if isinstance(report, dict) else None
    if isinstance(failed, dict):
        return ", ".join(f"{name}: {fault}" for name, fault in failed.items())
    return str(report.get("status", "not ready")) if isinstance(report, dict) else "not ready"


def say(line: str) -> None:
    """One line for the person who watches."""
    print(f"balancer: {line}", file=sys.stderr, flush=True)
