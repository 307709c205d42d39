"""What `manage.py doctor` looks at in a running deployment. One more check is one function and one line of a table."""

import os
import stat
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from django.conf import settings
from django.db import Error, connection

from accounts.ground.dialects import dialect
from accounts.ground.unavailable import Unavailable
from accounts.sign_in.hashers import Argon2
from idp import secrets
from idp.fit import judge, made, table
from idp.fit.node import this_node
from idp.node import readiness
from idp.node.breached import breached
from idp.node.durability import durability, query
from idp.node.finding import Finding, Look, Size
from idp.node.mail import mail, queue
from idp.node.own_languages import languages
from idp.node.own_templates import templates
from idp.node.readiness import OF_DATABASE, Check, ask
from idp.node.scheduled import broker, scheduled_work
from idp.postgresql import pooler
from idp.settings import deployment
from tokens.checks import signing_fault, store_checks, tables_differences, unlike_clients

OTHERS = stat.S_IWGRP | stat.S_IRWXO
"""What a file of ours may not allow; its group may read a secret, as where secrets are mounted."""
ELSEWHERE = ("static", "postgres")
"""Folders in the data folder: what everybody may see, and what PostgreSQL looks after itself."""
CAPACITY = """
SELECT least(current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
             - coalesce(current_setting('reserved_connections', true), '0')::int,
             (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user),
             (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database()))
"""


def examine(size: Size, without: Collection[str] = ()) -> Iterator[tuple[str, Finding]]:
    """What was looked at, and what was found. Of a database that does not answer no more is asked."""
    for name, look in LOOKS.items():
        for finding in _found(look, size) if name not in without else ():
            yield name, finding
            if name == "database" and finding.level == "error":
                return


def _found(look: Look, size: Size) -> Iterator[Finding]:
    """Of one look; what it may not look at is told like what it finds."""
    try:
        yield from look(size)
    except OSError as error:
        yield Finding("error", f"{error.filename} cannot be looked at ({error.strerror})", "be the server's own user")
    except Unavailable:
        yield Finding("error", "it cannot be looked at: the store does not answer", "see what is said of the store")
    except Error:
        yield Finding("error", "it cannot be looked at: the database cannot be used", "run `manage.py prepare`")


def issuer(size: Size) -> Iterator[Finding]:
    if deployment.debug:
        yield Finding("warning", "debug pages are on", "unset IDP_DEBUG")
    if deployment.loopback:
        yield Finding("warning", f"{deployment.issuer} is reached only from this machine", "set IDP_BASE_URL")
    else:
        yield Finding("ok", deployment.issuer)


def files_of_secrets(size: Size) -> Iterator[Finding]:
    for name in secrets.NAMES:
        path = deployment.secrets_folder / name
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & OTHERS:
            yield Finding("error", f"{path} is open to others (mode {mode:o})", f"chmod 600 {path}")
        else:
            yield Finding("ok", f"{path} (mode {mode:o})")


def files_of_data(size: Size) -> Iterator[Finding]:
    """An older version made them readable by others, in a folder that others may enter."""
    folder = deployment.data
    if not folder.is_dir():
        return
    if not stat.S_IMODE(folder.stat().st_mode) & stat.S_IXOTH:
        yield Finding("ok", f"{folder} is closed to others")
        return
    opened = [path for path in _files(folder) if stat.S_IMODE(path.lstat().st_mode) & OTHERS]
    for path in opened:
        yield Finding("error", f"{path} is open to others", f"chmod 600 {path}, and chmod 700 {folder}")
    if not opened:
        yield Finding("ok", f"what is in {folder} is closed to others")


def _files(folder: Path) -> Iterator[Path]:
    """Those of the folder and of its own folders: databases, logs, notes. Secrets are looked at apart."""
    own = [folder, *(each for each in folder.iterdir() if each.is_dir() and each.name not in ELSEWHERE)]
    for each in own:
        if each.resolve() != deployment.secrets_folder.resolve():
            yield from (path for path in sorted(each.iterdir()) if path.is_file() and not path.is_symlink())


def needed(check: Check, remedy: str) -> Look:
    """A check of /readyz."""

    def look(size: Size) -> Iterator[Finding]:
        fault = ask(check)
        yield Finding("ok", "good") if fault is None else Finding("error", fault, remedy)

    return look


def limits(size: Size) -> Iterator[Finding]:
    """As /readyz reads them back; and whether somebody shares our sessions, which one connection alone cannot tell."""
    fault = ask(OF_DATABASE["limits"]) or (pooler.fault() if connection.vendor == "postgresql" else None)
    remedy = "let the pooler keep one session a connection, and what a connection sets on it"
    yield Finding("ok", "good") if fault is None else Finding("error", fault, remedy)


def session_cache(size: Size) -> Iterator[Finding]:
    if "sessions" in settings.CACHES:
        fault = ask(readiness.session_cache)
        remedy = "start Redis, or check REDIS_URL"
        yield Finding("ok", "it answers") if fault is None else Finding("warning", fault, remedy)


def store(size: Size) -> Iterator[Finding]:
    """Where it is not in the database."""
    for name, check in store_checks().items():
        fault, remedy = ask(check), "start it, or check its settings; set this machine's clock by NTP"
        yield Finding("ok", f"{name}: good") if fault is None else Finding("error", f"{name}: {fault}", remedy)


def tables(size: Size) -> Iterator[Finding]:
    """Of a store that is not in the database."""
    for line in tables_differences():
        yield Finding("error", line, "mend it, or the setting: `manage.py dynamodb create` adds what is missing")


def clients(size: Size) -> Iterator[Finding]:
    """Of a store elsewhere, which is told of them."""
    if told := unlike_clients():
        yield Finding("error", told, "run `manage.py dynamodb reconcile`")


def rollout(size: Size) -> Iterator[Finding]:
    """Lifetimes and their like may differ while a change rolls out, and no longer."""
    different = list(judge.others(this_node(), table.read()))
    for setting, here, there in different:
        yield Finding(
            "warning", f"{setting} is {here} here and {there} on another node", "go on until all have the same"
        )
    if not different:
        yield Finding("ok", "nodes that live have these settings")


def sharing(size: Size) -> Iterator[Finding]:
    if connection.vendor == "sqlite" and size.nodes > 1:
        yield Finding("error", "SQLite serves one node", "set DATABASE_URL to a PostgreSQL server")
    if connection.vendor == "postgresql":
        yield Finding("ok", f"PostgreSQL {query('SHOW server_version')}")
    if not dialect().was_run:
        name = connection.display_name
        text = f"our statements are compiled for {name}, and no test of ours has run on it (docs/databases.md)"
        yield Finding("warning", text, "try all that you rely on; or take PostgreSQL, or MariaDB")


def connections(size: Size) -> Iterator[Finding]:
    """The pool's cap is a worker's; commands, clean-up and people with psql come on top."""
    if connection.vendor != "postgresql":
        return
    each = deployment.database_pool + 1  # readiness has its own
    wanted, allowed = size.nodes * size.workers * each, int(query(CAPACITY))
    text = f"{size.nodes} nodes x {size.workers} workers x {each} connections are {wanted}; the server allows {allowed}"
    if wanted >= allowed:
        remedy = "raise max_connections, or lower IDP_DATABASE_POOL or WEB_CONCURRENCY"
        yield Finding("warning", text, remedy)
    else:
        yield Finding("ok", text)


def password_memory(size: Size) -> Iterator[Finding]:
    """What the password checks of one node take together, while as many go on as may (accounts.sign_in.hashers)."""
    if "front" not in deployment.sides:
        return
    most = size.workers * deployment.password_places * Argon2.memory_cost // 1024
    text = (
        f"{size.workers} workers x {deployment.password_places} password checks take {most} MiB of a node at the most"
    )
    if 2 * most > _memory():
        yield Finding("warning", f"{text}, and it has {_memory()}", "set IDP_PASSWORD_CHECKS lower")
    else:
        yield Finding("ok", text)


LOOKS: Mapping[str, Look] = {
    "issuer": issuer,
    "secrets": files_of_secrets,
    "data": files_of_data,
    "languages": languages,
    "templates": templates,
    "session cache": session_cache,
    "broker": broker,
    "mail": mail,
    "store": store,
    "database": needed(OF_DATABASE["database"], "start it, or check DATABASE_URL"),
    "limits": limits,
    "clock": needed(OF_DATABASE["clock"], "set this machine's clock by NTP"),
    "migrations": needed(OF_DATABASE["migrations"], made.MEND),
    "settings": needed(OF_DATABASE["settings"], "give every node the same ones"),
    "rollout": rollout,
    "tables": tables,
    "clients": clients,
    "signing keys": needed(
        signing_fault, "run `manage.py rotatekeys --ensure`, on every node with the same secrets (IDP_SECRETS)"
    ),
    "scheduled work": scheduled_work,
    "mails": queue,
    "server": sharing,
    "connections": connections,
    "durability": durability,
    "passwords": password_memory,
    "breached passwords": breached,
}


def _memory() -> int:
    """MiB of this machine."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
