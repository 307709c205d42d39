"""The server that `up` runs: gunicorn with the deployment's own configuration."""

import http.client
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from idp.local.processes import LOOPBACK

ROOT = Path(__file__).parents[2]
EVERYWHERE = {"0.0.0.0": LOOPBACK, "::": "::1"}  # noqa: S104 where such a listener is reached from here


def command() -> list[str]:
    """Its command line; where it listens is in the environment."""
    config = str(ROOT / "deploy" / "gunicorn.conf.py")
    return [sys.executable, "-m", "gunicorn", "--config", config, "--log-level", "warning", "idp.wsgi:application"]


def with_root(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` with our folder importable, wherever the command was typed."""
    paths = [str(ROOT), *filter(None, [environ.get("PYTHONPATH")])]
    return {**environ, "PYTHONPATH": ":".join(paths)}


def healthy(host: str, port: int, issuer: str, *, path: str = "/healthz") -> bool:
    """Whether `path` says 200 to one who asks for the issuer's host."""
    connection = http.client.HTTPConnection(EVERYWHERE.get(host, host), port, timeout=2)
    try:
        connection.request("GET", path, headers={"Host": urlsplit(issuer).netloc})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
