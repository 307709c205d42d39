"""The registration of the demo relying party: made once, kept in the data folder, replaced when its port is taken."""

import hashlib
import json
import os
import socket
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from idp.local.processes import LOOPBACK, CannotStart, free_port

Run = Callable[..., str]


@dataclass(frozen=True, slots=True)
class DemoClient:
    """What the demo needs to be a client of ours. `database` tells in which one it is registered, as a hash."""

    client_id: str
    client_secret: str
    port: int
    database: str

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"


def demo_client(path: Path, database: str, preferred: int, createclient: Run) -> DemoClient:
    """The client kept in `path`, or a new one by `createclient` (its arguments in, what it prints out)."""
    place = hashlib.sha256(database.encode()).hexdigest()
    kept = _kept(path)
    if kept and kept.database == place and _is_free(kept.port):
        return kept
    port = preferred if preferred < 65536 and _is_free(preferred) else free_port()
    printed = createclient(
        "--kind", "web", "--name", "Demo application", "--redirect-uri", f"http://localhost:{port}/callback",
        "--post-logout-redirect-uri", f"http://localhost:{port}/",
        "--backchannel-logout-uri", f"http://localhost:{port}/backchannel-logout",
        "--scope", "openid", "--scope", "profile", "--scope", "email",
    )  # fmt: skip
    client = DemoClient(**json.loads(printed), port=port, database=place)
    _keep(path, client)
    return client


def _kept(path: Path) -> DemoClient | None:
    try:
        return DemoClient(**json.loads(path.read_text()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise CannotStart(f"{path} cannot be read ({error}): delete it, and a new demo client is made") from None


def _keep(path: Path, client: DemoClient) -> None:
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(client), file)
    draft.rename(path)


def _is_free(port: int) -> bool:
    try:
        socket.create_server((LOOPBACK, port)).close()
    except OSError:
        return False
    return True
