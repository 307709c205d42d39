"""nginx with the configuration of deploy/nginx on loopback ports: TEST_NGINX, this machine's, or Debian's package."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from idp.local.command_lines import ROOT
from idp.local.processes import LOOPBACK, CannotStart, last_line, running, start, wait_until
from tests.servers import debian
from tests.servers.debian import Package

PACKAGE = "nginx"
CACHE = debian.CACHE / PACKAGE
REMEDY = "install nginx, or set TEST_NGINX to its program"
SHIPPED = ROOT / "deploy" / "nginx"
TEMPORARY = """client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;"""
"""Where it lays what it is in the middle of: its own folders are an administrator's."""
MAIN = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/start.log;
worker_processes 1;
{user}
events {{ worker_connections 512; }}
http {{
    {temporary}
    include conf.d/*.conf;
}}
"""
"""What a distribution's own nginx.conf does: where things lie, and that conf.d/ is read."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where it listens, and whom it asks."""

    https: int
    http: int
    certificate: Path
    key: Path
    front: Sequence[int]
    back: Sequence[int]


@dataclass(frozen=True, slots=True)
class Nginx:
    pid: int
    folder: Path

    def logs(self) -> str:
        """Everything that it wrote about requests."""
        return "".join((self.folder / name).read_text() for name in ("access.log", "error.log"))

    def take_out(self, port: int) -> None:
        """Sends the node nothing more, as deploy/README.md says: returns once every request before was answered."""
        self._mark(f"{LOOPBACK}:{port} ", f"{LOOPBACK}:{port} down ")

    def put_back(self, port: int) -> None:
        self._mark(f"{LOOPBACK}:{port} down ", f"{LOOPBACK}:{port} ")

    def _mark(self, before: str, after: str) -> None:
        upstreams = self.folder / "idp" / "upstreams.conf"
        upstreams.write_text(upstreams.read_text().replace(before, after))
        old = self._workers()
        os.kill(self.pid, signal.SIGHUP)
        deadline = time.monotonic() + 30
        while old & self._workers():
            if time.monotonic() > deadline:
                raise CannotStart(f"nginx did not reload within 30 seconds ({last_line(self.folder / 'start.log')})")
            time.sleep(0.02)

    def _workers(self) -> set[str]:
        return set(Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split())


@contextlib.contextmanager
def nginx(folder: Path, site: Site) -> Iterator[Nginx]:
    """Serves the nodes of `site` until the block ends. `folder`: an empty one, for its files."""
    _lay_out(folder, site)
    output = folder / "output.log"
    server = start(_command(folder), environ=libraries(), log=output)
    with running(server):
        try:
            wait_until(lambda: _listens(site.https), server, "nginx")
        except CannotStart as error:
            raise CannotStart(f"{error} ({last_line(output)}): {REMEDY}") from None
        yield Nginx(server.pid, folder)


def fault(folder: Path, site: Site) -> str | None:
    """What `nginx -t` says is wrong with the configuration; a warning is wrong, too."""
    _lay_out(folder, site)
    command = [*_command(folder), "-t", "-q"]
    finished = subprocess.run(command, env=libraries(), capture_output=True, text=True, check=False)
    return finished.stderr.strip() or None


def program(environ: Mapping[str, str] = os.environ) -> str:
    """The nginx to test with. CannotStart, with the remedy, if none can be had."""
    if own := environ.get("TEST_NGINX"):
        if os.access(own, os.X_OK):
            return own
        raise CannotStart(f"TEST_NGINX: {own} cannot be run: {REMEDY}")
    # It is an administrator's program: others' PATH may lack its folder.
    return shutil.which("nginx", path=f"{environ.get('PATH', '')}:/usr/sbin") or _fetched()


def _fetched() -> str:
    """That of Debian's package, unpacked once into .cache/."""
    if not CACHE.exists():
        print(f"test: no nginx here; fetching Debian's {PACKAGE} (1 MB, once)", flush=True)
    return str(Package(PACKAGE, "nginx", REMEDY).unpacked(CACHE) / "usr" / "sbin" / "nginx")


def temporary(folder: Path) -> str:
    return TEMPORARY.format(folder=folder)


def libraries() -> dict[str, str]:
    """Where a fetched one finds libraries that this machine lacks."""
    return {**os.environ, "LD_LIBRARY_PATH": ":".join(map(str, CACHE.glob("usr/lib/*-linux-*")))}


def _command(folder: Path) -> list[str | Path]:
    return [program(), "-p", folder, "-e", "stderr", "-c", folder / "nginx.conf"]


def _lay_out(folder: Path, site: Site) -> None:
    """The shipped configuration; of the operator's three files only what is local is replaced."""
    (folder / "conf.d").mkdir(parents=True)
    shutil.copy(SHIPPED / "idp.conf", folder / "conf.d")
    shutil.copytree(SHIPPED / "idp", folder / "idp")
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder, user=user, temporary=temporary(folder)))
    for name in ("https.conf", "http.conf"):
        _replace(folder / "idp" / name, _local(folder, site))
    upstreams = folder / "idp" / "upstreams.conf"
    upstreams.write_text("".join(_upstreams(upstreams.read_text(), site)))


def _local(folder: Path, site: Site) -> dict[str, str]:
    """Pattern in the shipped files → what stands there in ours."""
    return {
        r"listen \[::\].*\n": "",
        r"listen 443": f"listen {LOOPBACK}:{site.https}",
        r"listen 80": f"listen {LOOPBACK}:{site.http}",
        r"server_name \S+;": "server_name localhost;",
        r"set \$issuer_host \S+;": f"set $issuer_host localhost:{site.https};",
        r"ssl_certificate \S+;": f"ssl_certificate {site.certificate};",
        r"ssl_certificate_key \S+;": f"ssl_certificate_key {site.key};",
        r"/var/log/nginx/": f"{folder}/",
    }


def _replace(file: Path, local: Mapping[str, str]) -> None:
    text = file.read_text()
    for pattern, ours in local.items():
        text = re.sub(pattern, ours, text)
    file.write_text(text)


def _upstreams(shipped: str, site: Site) -> Iterator[str]:
    """Our nodes, a line each, for the first one of each upstream; its options stay."""
    for block in re.split(r"(?=^upstream )", shipped, flags=re.MULTILINE):
        options = re.search(r"server \S+ (.*)", block)
        ports = site.front if block.startswith("upstream front") else site.back
        servers = [f"    server {LOOPBACK}:{port} {options[1]}\n" for port in ports] if options else []
        head, *lines = re.sub(r" *server .*\n", "", block).splitlines(keepends=True)
        yield "".join([head, *servers, *lines])


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=2):
        return True
    return False
