"""Other people's relying parties, each in a program as its own documents have it, in a process of its own."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copy
from typing import Any

import requests

from idp.local.processes import LOOPBACK, free_port, running, start, wait_until
from tests.outside.interop.registration import register
from tests.outside.parties.environment import FOLDER, environment
from tests.servers.nodes import Cluster
from tests.support.people import EMAIL, USERNAME


@dataclass(frozen=True, slots=True)
class Program:
    """Paths of its addresses. Signed in, it leads to /me, which tells as JSON what it knows of the person."""

    callback: str
    begin: str = "/"
    kind: str = "web"
    """Of its client."""
    knows: str = EMAIL
    """What /me tells, with the scope that it asks for of itself."""
    signed_out: str | None = None
    """Where it has people led back to after they signed out; None: it ends its own session only."""


SUB = '"sub":'
PROGRAMS: Mapping[str, Program] = {
    "allauth": Program("/accounts/oidc/avouch/login/callback/", begin="/accounts/oidc/avouch/login/"),
    "auth_js": Program("/auth/callback/avouch", begin="/auth/signin?callbackUrl=/me"),
    "django_pyoidc": Program("/auth/sso-callback", begin="/auth/sso-login"),
    "express_openid_connect": Program("/callback", signed_out=""),
    "fastapi_sso": Program("/callback", knows=SUB),
    "flask_pyoidc": Program("/redirect_uri", knows=SUB),
    "httpx_oauth": Program("/callback"),
    "idpyoidc": Program("/callback", knows=SUB),
    "mozilla_django_oidc": Program("/oidc/callback/", begin="/oidc/authenticate/"),
    "oauth4webapi": Program("/callback"),
    "oidc_client_ts": Program("/callback", kind="spa", signed_out="/"),
    "openid_client": Program("/callback"),
    "passport_openidconnect": Program("/oauth2/redirect", knows=SUB),
    "requests_oauth2client": Program("/callback", knows=SUB),
    "social_core": Program("/complete/oidc/", knows=USERNAME),
}
"""By the folder beside this file that has it, and pins what it runs in."""


FILES = ("app.*", "settings.py", "urls.py", "*.html")
"""What a program consists of: the rest of its folder is what it runs in."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A program's place, and the client that it is at the provider."""

    name: str
    url: str
    environ: Mapping[str, str]


def install(provider: Cluster, *names: str) -> dict[str, Installed]:
    """The programs by name, each with a client of `createclient`'s defaults, all registered in one process."""
    urls = {name: f"http://{LOOPBACK}:{free_port()}" for name in names}
    made = register(provider, *(_registration(PROGRAMS[name], url) for name, url in urls.items()))
    return {
        name: Installed(
            name, url, {"ISSUER": provider.issuer, "URL": url, "PORT": url.rpartition(":")[2], **_told(client)}
        )
        for (name, url), client in zip(urls.items(), made, strict=True)
    }


@contextmanager
def serving(program: Installed, folder: Path) -> Iterator[str]:
    """Its address, while it runs. `folder`: for its files."""
    for file in FILES:
        for found in (FOLDER / program.name).glob(file):
            copy(found, folder)
    log = folder / "log"
    inherited = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG", "TMPDIR")}
    environ = {**inherited, **program.environ, "DATABASE": str(folder / "db.sqlite3")}
    command = environment(program.name).command(next(folder.glob("app.*")))
    with running(start(command, environ=environ, log=log, folder=folder)) as process:
        wait_until(lambda: _answers(program.url), process, f"{program.name} at {program.url} (log: {log})")
        yield program.url


def _registration(program: Program, url: str) -> dict[str, Any]:
    leaves = {} if program.signed_out is None else {"post_logout_redirect_uris": [f"{url}{program.signed_out}"]}
    return {"kind": program.kind, "redirect_uri": f"{url}{program.callback}", **leaves}


def _told(client: Mapping[str, str]) -> dict[str, str]:
    # Plain HTTP on this machine: oauthlib has a switch for it.
    return {
        "CLIENT_ID": client["client_id"],
        "CLIENT_SECRET": client["client_secret"],
        "OAUTHLIB_INSECURE_TRANSPORT": "1",
    }


def _answers(url: str) -> bool:
    try:
        requests.get(f"{url}/nothing", allow_redirects=False, timeout=5)
    except requests.RequestException:
        return False
    return True
