"""A server that speaks DynamoDB's protocol, on a free loopback port: ministack, in an environment of its own."""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from idp.local import bootstrap, command_lines
from idp.local.processes import LOOPBACK, CannotStart, ends_with_us, free_port, last_line, running, start, wait_until

REQUIREMENTS = bootstrap.REQUIREMENTS / "ministack.txt"
REMEDY = "set TEST_DYNAMODB_URL to a running one"
CREDENTIALS = {
    "AWS_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    # Nothing else says who we are: no file of the operator's, no address of the machine's.
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""Any will do."""
SERVES = "dynamodb,dynamodbstreams"
HEALTH = "/_ministack/health"


@dataclass(frozen=True, slots=True)
class Ministack:
    """A running server. Unless its settings say otherwise, it asks nobody who they are: any credentials will do."""

    url: str
    pid: int
    log: Path


@contextlib.contextmanager
def ministack(**settings: str) -> Iterator[Ministack]:
    """A fresh, empty server, gone when the block, or who started it, ends. `settings`: in place of ours."""
    with tempfile.TemporaryDirectory(prefix="idp-ministack-") as name:
        folder, port = Path(name), free_port()
        server = start([*ends_with_us(), *command()], environ=environ(port, folder) | settings, log=folder / "log")
        with running(server):
            wait(port, server, folder / "log")
            yield Ministack(url(port), server.pid, folder / "log")


def url(port: int) -> str:
    """Where it is."""
    return f"http://{LOOPBACK}:{port}"


def version() -> str:
    """Name and version, like ministack 1.5.33."""
    return f"ministack {dict(bootstrap.pins(REQUIREMENTS))['ministack']}"


def command() -> list[str | Path]:
    """Its command line. CannotStart, with the remedy, if its environment cannot be built."""
    return [bootstrap.apart("ministack", REQUIREMENTS), "-I", "-m", "ministack"]


def environ(port: int, folder: Path, *, kept: bool = False) -> dict[str, str]:
    """Its settings, and nothing of ours. `folder`: for what it puts down; `kept`: its data, too, when it is told to
    end, and it begins with them."""
    return {
        "TMPDIR": str(folder),
        "BIND_HOST": LOOPBACK,
        "GATEWAY_PORT": str(port),
        "SERVICES": SERVES,
        "LOG_LEVEL": "WARNING",
        # Servers of other protocols, which it would start, too.
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        **({"PERSIST_STATE": "1", "STATE_DIR": str(folder)} if kept else {}),
    }


def wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until it answers. CannotStart with the last line of its log if it does not."""
    try:
        wait_until(lambda: command_lines.healthy(LOOPBACK, port, url(port), path=HEALTH), process, "ministack")
    except CannotStart as error:
        raise CannotStart(f"{error} ({last_line(log)}): {REMEDY}") from None
