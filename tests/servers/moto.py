"""Another server that speaks DynamoDB's protocol: moto, which reads the interface independently of ministack."""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from idp.local import bootstrap, command_lines
from idp.local.processes import LOOPBACK, CannotStart, ends_with_us, free_port, last_line, running, start, wait_until

REQUIREMENTS = bootstrap.REQUIREMENTS / "moto.txt"


@dataclass(frozen=True, slots=True)
class Moto:
    """A running server. It asks nobody who they are, and keeps all in memory."""

    url: str
    pid: int


@contextlib.contextmanager
def moto() -> Iterator[Moto]:
    """A fresh, empty server, gone when the block, or who started it, ends."""
    python, port = bootstrap.apart("moto", REQUIREMENTS), free_port()
    command = [*ends_with_us(), python, "-I", "-m", "moto.server", "--host", LOOPBACK, "--port", str(port)]
    with tempfile.TemporaryDirectory(prefix="idp-moto-") as folder:
        log, url = Path(folder) / "log", f"http://{LOOPBACK}:{port}"
        server = start(command, environ={}, log=log)
        with running(server):
            try:
                wait_until(lambda: command_lines.healthy(LOOPBACK, port, url, path="/moto-api/"), server, "moto")
            except CannotStart as error:
                raise CannotStart(f"{error} ({last_line(log)})") from None
            yield Moto(url, server.pid)


def version() -> str:
    """Name and version, like moto 5.2.5."""
    return f"moto {dict(bootstrap.pins(REQUIREMENTS))['moto']}"
