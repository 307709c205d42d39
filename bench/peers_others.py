"""The servers that the product is compared with, each on a database of its own of the same PostgreSQL server."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from peers_sides import ALGS, APIS, OPAQUE, Side

from idp.local.processes import free_port, running, start, wait_until
from tests.servers import nodejs
from tests.support.messages import NOWHERE, Registered
from tests.support.people import PASSWORD, USERNAME
from tests.support.person import Person

BENCH = Path(__file__).parent
PEER = BENCH / "npm_peer"
SECRET = "s3cr3t-" + "k" * 57
GRANTS = ["authorization_code", "refresh_token"]
FOR_PEOPLE = {"redirect_uris": [NOWHERE], "response_types": ["code"], "grant_types": GRANTS}
WITHOUT = {"redirect_uris": [], "response_types": [], "grant_types": ["client_credentials"]}
"""Clients without people, as they register."""
THREADS = 4
"""Of a gunicorn process with django-oauth-toolkit, each with a connection: so many let commits overlap."""


@contextlib.contextmanager
def oidc_provider(server_url: str, workers: int, folder: Path, clients_in: str) -> Iterator[Side]:
    """npm's oidc-provider. `clients_in`: `database` or `memory`. `folder`: for its log."""
    database = f"oidc_provider_{clients_in}"
    environ = {
        "CLIENTS": json.dumps(_clients()),
        "APIS": json.dumps(APIS),
        "CLIENTS_IN": clients_in,
        "WORKERS": str(workers),
        "NODE_ENV": "production",
    }
    port, database_url, log = free_port(), _created(server_url, database), folder / f"{database}.log"
    environ = {**os.environ, **environ, "PORT": str(port), "DATABASE_URL": database_url}
    command = [nodejs.executable(), PEER / "oidc_provider.mjs", nodejs.packages(PEER)]
    with running(start(command, environ=environ, log=log)) as process, Person(USERNAME, PASSWORD) as person:
        url = f"http://localhost:{port}"
        wait_until(lambda: _answers(f"{url}/jwks"), process, f"npm's oidc-provider (log: {log})")
        yield Side(
            name="oidc-provider" if clients_in == "database" else "oidc-provider, clients static",
            url=url,
            authorize="/auth",
            token="/token",
            userinfo="/me",
            introspect="/token/introspection",
            jwks="/jwks",
            web={alg: Registered(f"web-{alg}", SECRET, NOWHERE) for alg in ALGS},
            spa={alg: Registered(f"spa-{alg}", "", NOWHERE) for alg in ALGS},
            machine=Registered("machine", SECRET, NOWHERE),
            apis=APIS,
            person=person,
            processes=process.pid,
            database=database,
        )


def _clients() -> list[Mapping[str, object]]:
    """What its clients register (RFC 7591 §2)."""
    secret, none = {"client_secret": SECRET}, {"token_endpoint_auth_method": "none"}
    for_people = [
        {**FOR_PEOPLE, **own, "client_id": f"{kind}-{alg}", "id_token_signed_response_alg": alg}
        for kind, own in (("web", secret), ("spa", none))
        for alg in ALGS
    ]
    return [{**WITHOUT, **secret, "client_id": "machine"}, *for_people]


@contextlib.contextmanager
def django_oauth_toolkit(server_url: str, workers: int, folder: Path) -> Iterator[Side]:
    """The tuned one, `stock_dot/tuned.py`. `folder`: for its log."""
    database, port, log = "django_oauth_toolkit", free_port(), folder / "django_oauth_toolkit.log"
    environ = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "stock_dot.tuned",
        "STOCK_DOT_DATABASE_URL": _created(server_url, database),
        "STOCK_DOT_RSA_KEY": _rsa_key(),
        "PYTHONPATH": str(BENCH),
    }
    rows = [sys.executable, "-m", "stock_dot.tuned_rows", NOWHERE]
    printed = json.loads(subprocess.run(rows, env=environ, stdout=subprocess.PIPE, check=True).stdout)
    clients = {kind: Registered(kind, secret, NOWHERE) for kind, secret in printed.items()}
    command = [sys.executable, "-m", "gunicorn", "stock_dot.wsgi:application", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", str(workers), "--threads", str(THREADS), "--no-control-socket", "--log-level", "warning"]
    with running(start(command, environ=environ, log=log)) as process, Person(USERNAME, PASSWORD) as person:
        url, jwks = f"http://127.0.0.1:{port}", "/.well-known/jwks.json"
        wait_until(lambda: _answers(url + jwks), process, f"django-oauth-toolkit (log: {log})")
        yield Side(
            name="django-oauth-toolkit",
            url=url,
            authorize="/authorize/",
            token="/token/",
            userinfo="/userinfo/",
            introspect="/introspect/",
            jwks=jwks,
            web={"RS256": clients["web"]},
            spa={"RS256": clients["spa"]},
            machine=clients["machine"],
            apis={OPAQUE: {"scope": "opaque"}},
            person=person,
            processes=process.pid,
            database=database,
        )


def _rsa_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(pem, pkcs8, serialization.NoEncryption()).decode()


def _created(server_url: str, database: str) -> str:
    """The URL of a new database."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database}")
    return urlsplit(server_url)._replace(path=f"/{database}").geturl()


def _answers(url: str) -> bool:
    with contextlib.suppress(requests.RequestException):
        return requests.get(url, timeout=2).status_code == 200
    return False
