"""Apache on a loopback port, with a module of Debian's packages: nothing of it has to be installed."""

import contextlib
import os
import socket
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from idp.local.processes import LOOPBACK, CannotStart, last_line, running, start, wait_until
from tests.servers.debian import CACHE, Package

PROGRAM = "apache2-bin"
REMEDY = "run the tests where Debian's packages can be had"
MODULES = ("mpm_event", "authn_core", "authz_core", "authz_user", "mime", "dir", "include")
MAIN = """
ServerRoot {folder}
ServerName {host}
Listen {host}:{port}
DefaultRuntimeDir {folder}
PidFile {folder}/pid
Mutex file:{folder}
ErrorLog {folder}/error.log
{user}
{modules}
TypesConfig /dev/null
AddType text/html .shtml
AddOutputFilter INCLUDES .shtml
DirectoryIndex index.shtml
DocumentRoot {folder}/site
<Directory {folder}/site>
    Options +Includes
</Directory>
{more}
"""
"""What a distribution's own apache2.conf does: where things lie, which modules there are, and what else is read."""
NOBODY = "User #65534\nGroup #65534"
"""Whom it becomes where root starts it."""
SECONDS = 180.0
"""Only to end what hangs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """`packages`: of Debian, first the one that has the `module`, then those whose libraries it needs besides what it
    names itself. `configured`: the lines that are tried. `pages`: files by
    name; one that ends in .shtml may say what the server knows of the request."""

    packages: tuple[str, ...]
    module: str
    configured: str
    port: int
    pages: Mapping[str, str] = field(default_factory=dict)


@contextlib.contextmanager
def apache(site: Site) -> Iterator[Path]:
    """Serves until the block ends; the folder with its log, which everybody may read: so may whom it becomes."""
    with tempfile.TemporaryDirectory(prefix="apache-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        _lay_out(folder, site)
        log = folder / "error.log"
        command = [_unpacked(PROGRAM) / "usr/sbin/apache2", "-DFOREGROUND", "-f", folder / "apache2.conf"]
        server = start([str(each) for each in command], environ=_libraries(site), log=folder / "output.log")
        with running(server):
            try:
                wait_until(lambda: _listens(site.port), server, "apache2", timeout=SECONDS)
            except CannotStart as error:
                raise CannotStart(f"{error} ({last_line(folder / 'output.log')} {last_line(log)}): {REMEDY}") from None
            yield folder


def _lay_out(folder: Path, site: Site) -> None:
    (folder / "site").mkdir()
    (folder / "error.log").touch()
    for name, text in site.pages.items():
        (folder / "site" / name).write_text(text)
    ours = {name: _unpacked(PROGRAM) for name in MODULES} | {site.module: _unpacked(site.packages[0])}
    modules = [f"LoadModule {name}_module {root}/usr/lib/apache2/modules/mod_{name}.so" for name, root in ours.items()]
    user = NOBODY if os.geteuid() == 0 else ""
    for path in (folder / "error.log", folder / "site", *(folder / "site").iterdir()):
        path.chmod(0o755 if path.is_dir() else 0o644)
    told = {"folder": folder, "host": LOOPBACK, "port": site.port, "user": user, "more": site.configured}
    (folder / "apache2.conf").write_text(MAIN.format(modules="\n".join(modules), **told))


def _unpacked(package: str) -> Path:
    if not (CACHE / package).exists():
        print(f"test: fetching Debian's {package} (2 MB, once)", flush=True)
    return Package(package, f"Apache with {package}", REMEDY).unpacked(CACHE / package)


def _libraries(site: Site) -> dict[str, str]:
    """Where it finds libraries that this machine lacks."""
    roots = map(_unpacked, (PROGRAM, *site.packages))
    found = [each for root in roots for each in root.glob("usr/lib/*-linux-*")]
    return {"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": ":".join(map(str, found))}


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=2):
        return True
    return False
