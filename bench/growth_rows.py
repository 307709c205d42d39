"""Millions of rows for bench/growth.py, quickly: what cleanup_rows has, and people's sessions on top."""

import contextlib
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import psycopg
from cleanup_rows import EXPIRED, KEY, LIVE, TABLES, insert, share

CHUNK = 500_000
"""Rows of a table that one statement adds."""
RELAXED = {
    **dict.fromkeys(("fsync", "full_page_writes", "synchronous_commit", "autovacuum"), "off"),
    "max_wal_size": "'16GB'",
}
"""Settings of the server, only while it is filled."""
SESSIONS = 20
"""One session more for so many other rows."""
PEOPLE = 10
"""One person for so many sessions."""
PERSON = "('00000000-0000-4000-8000-' || lpad(to_hex(i), 12, '0'))::uuid"
SID = "left('0.' || md5('sid' || i) || md5('' || i), 45)"
PEOPLE_ROWS = f"""
INSERT INTO accounts_user SELECT person.* FROM generate_series(1, PEOPLE) AS i,
accounts_user AS model, jsonb_populate_record(model, jsonb_build_object('id', {PERSON},
'username', 'person' || i, 'username_key', 'person' || i,
'email', 'person' || i || '@example.org', 'email_key', 'person' || i || '@example.org')) AS person"""
"""Like the one who is there."""
SESSION_ROWS = (
    f"""
INSERT INTO accounts_loginsession (sid, user_id, auth_time, methods, acr, amr, device, remembered, created, last_seen,
security_epoch, root_at, expires) SELECT {SID}, {PERSON.replace("(i)", "(1 + i % PEOPLE)")}, now(), '["pwd"]', '1',
'["pwd"]', 'a browser', false, now(), now(), 0, now(), EXPIRES FROM generate_series(FIRST, LAST) AS i""",
    f"""
INSERT INTO accounts_session (key_hash, version, session_data, login_id, expires) SELECT {KEY}, left({KEY}, 22),
{KEY} || {KEY} || {KEY} || {KEY}, {SID}, EXPIRES FROM generate_series(FIRST, LAST) AS i""",
)
"""A sign-in of somebody, and what is kept for their browser."""


def fill(server_url: str, database_url: str, *, expired: int, live: int) -> float:
    """Adds so many rows over the tables that expire, and a twentieth as many sessions. Seconds that it took: the
    database is left as a quiet one is, analysed, nothing to be written later."""
    begun = time.monotonic()
    # What refers to other rows comes after them.
    one_after_another = (
        _tokens(expired, live),
        _people(expired + live),
        *(_sessions(text, expired, live) for text in SESSION_ROWS),
        _analyse(),
    )
    with _relaxed(server_url), ThreadPoolExecutor(os.cpu_count()) as several:
        for statements in one_after_another:
            list(several.map(partial(_execute, database_url), statements))
    _execute(server_url, b"CHECKPOINT")
    os.sync()
    return time.monotonic() - begun


def _tokens(expired: int, live: int) -> Iterator[bytes]:
    for name in TABLES:
        for rows, ended in ((share(name, expired), True), (share(name, live), False)):
            for done in range(0, rows, CHUNK):
                yield insert(name, min(CHUNK, rows - done), expired=ended)


def _people(rows: int) -> Iterator[bytes]:
    yield PEOPLE_ROWS.replace("PEOPLE", str(_many_people(rows))).encode()


def _sessions(text: str, expired: int, live: int) -> Iterator[bytes]:
    ended, all_of_them = expired // SESSIONS, (expired + live) // SESSIONS
    for first, last, expires in ((1, ended, EXPIRED), (ended + 1, all_of_them, LIVE)):
        numbered = text.replace("FIRST", str(first)).replace("LAST", str(last)).replace("EXPIRES", expires)
        yield numbered.replace("PEOPLE", str(_many_people(expired + live))).encode()


def _many_people(rows: int) -> int:
    return 1 + rows // SESSIONS // PEOPLE


def _analyse() -> Iterator[bytes]:
    tables = [*(f"tokens_{name}" for name in TABLES), "accounts_user", "accounts_loginsession", "accounts_session"]
    return (f"VACUUM ANALYZE {name}".encode() for name in tables)


@contextlib.contextmanager
def _relaxed(server_url: str) -> Iterator[None]:
    """Nothing waits for the disk, and the autovacuum does not come by."""
    for name, value in RELAXED.items():
        _execute(server_url, f"ALTER SYSTEM SET {name} = {value}".encode())
    _execute(server_url, b"SELECT pg_reload_conf()")
    try:
        yield
    finally:
        for name in RELAXED:
            _execute(server_url, f"ALTER SYSTEM RESET {name}".encode())
        _execute(server_url, b"SELECT pg_reload_conf()")


def _execute(url: str, statement: bytes) -> None:
    with psycopg.connect(url, autocommit=True) as database:
        database.execute(statement)
