"""Whether the database remembers what it confirmed: one winner means one that is not forgotten (docs/running.md)."""

from collections.abc import Callable, Iterator, Mapping

from django.db import connection

from idp.node.finding import Finding, Size

FORGETS = "a crash of the server forgets what was just spent or revoked"
SEMI_SYNC: Mapping[str, str] = {
    "MariaDB": "rpl_semi_sync_master_enabled",
    "MySQL": "rpl_semi_sync_source_enabled",
}
ALONE = "a failover may forget the last codes spent and tokens revoked"


def durability(size: Size) -> Iterator[Finding]:
    yield from _LOOKS[connection.vendor]()


def _postgresql() -> Iterator[Finding]:
    if query("SELECT pg_is_in_recovery()"):
        yield Finding("error", "the server is a standby and takes no writes", "name the primary in DATABASE_URL")
    for setting in ("fsync", "synchronous_commit"):
        if query(f"SHOW {setting}") == "off":
            yield Finding("error", f"{setting} is off: {FORGETS}", f"set {setting} = on")
    if not query("SHOW synchronous_standby_names") or query("SHOW synchronous_commit") in ("off", "local"):
        remedy = "set synchronous_standby_names, and synchronous_commit = on; or accept it"
        yield Finding("warning", f"commits wait for no standby: {ALONE}", remedy)
    else:
        yield Finding("ok", "commits wait for a standby")


def _mysql() -> Iterator[Finding]:
    if int(query("SELECT @@GLOBAL.read_only")):
        yield Finding("error", "the server is a replica and takes no writes", "name the primary in DATABASE_URL")
    if int(query("SELECT @@GLOBAL.innodb_flush_log_at_trx_commit")) != 1:
        text = f"innodb_flush_log_at_trx_commit is not 1: {FORGETS}"
        yield Finding("error", text, "set innodb_flush_log_at_trx_commit = 1")
    if int(query("SELECT @@GLOBAL.log_bin")) and int(query("SELECT @@GLOBAL.sync_binlog")) != 1:
        text = "sync_binlog is not 1: after a crash its replicas may know more than the server, or less"
        yield Finding("warning", text, "set sync_binlog = 1")
    setting = SEMI_SYNC[connection.display_name]
    # MySQL knows it once a plugin is loaded.
    if query(f"SHOW GLOBAL VARIABLES WHERE Variable_name = '{setting}' AND Value = 'ON'"):
        yield Finding("ok", "commits wait for a replica")
    else:
        yield Finding("warning", f"commits wait for no replica: {ALONE}", f"set {setting} = ON; or accept it")


def _sqlite() -> Iterator[Finding]:
    if int(query("PRAGMA synchronous")) < 2:
        yield Finding("error", f"synchronous is not FULL: {FORGETS}", "let nothing set it for the connections of nodes")
    else:
        yield Finding("ok", "a commit is on the disk when it is confirmed")


def _oracle() -> Iterator[Finding]:
    remedy = "leave COMMIT_WAIT at its default, and let a standby confirm commits; or accept it"
    yield Finding("warning", f"nobody looks whether Oracle waits for the disk and a standby: if not, {ALONE}", remedy)


_LOOKS: Mapping[str, Callable[[], Iterator[Finding]]] = {
    "postgresql": _postgresql,
    "mysql": _mysql,
    "oracle": _oracle,
    "sqlite": _sqlite,
}


def query(statement: str) -> str:
    """The one value that it answers; empty where it answers no row."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        row = cursor.fetchone()
    return row[0] if row else ""
