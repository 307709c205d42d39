"""The command lines of a deployment: gunicorn with its own configuration, Celery's worker and beat, the balancer."""

import http.client
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from idp.conf import Role
from idp.local.processes import LOOPBACK

ROOT = Path(__file__).parents[2]
EVERYWHERE = {"0.0.0.0": LOOPBACK, "::": "::1"}  # noqa: S104 where such a listener is reached from here


def gunicorn() -> list[str]:
    """A node's command line; where it listens is in the environment."""
    config = str(ROOT / "deploy" / "gunicorn.conf.py")
    return [sys.executable, "-m", "gunicorn", "--config", config, "--log-level", "warning", "idp.wsgi:application"]


def worker(name: str) -> list[str]:
    """A worker's command line. `name`: no two workers of a machine may have the same."""
    return [*_celery("worker"), "--hostname", f"{name}@%h"]


def beat() -> list[str]:
    """A beat's command line."""
    return _celery("beat")


def balancer(port: int, issuer: str, nodes: Iterable[tuple[str, int, Role]], programs: Iterable[str]) -> list[str]:
    """The balancer's command line. `nodes`: name, port and role; `programs`: what `manage.py prepare` prints."""
    options = [part for name, at, role in nodes for part in ("--node", f"{name}:{at}:{role}")]
    options += [part for pattern in programs for part in ("--program", pattern)]
    return [sys.executable, "-m", "idp.local.balancer", "--port", str(port), "--issuer", issuer, *options]


def _celery(command: str) -> list[str]:
    # It tells who leads at this level.
    return [sys.executable, "-m", "celery", "-A", "idp", command, "--loglevel", "INFO"]


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
