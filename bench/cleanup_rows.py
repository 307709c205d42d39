"""Rows for bench/cleanup.py: of every table that expires, in about the proportions of real traffic."""

import psycopg

KEY = "md5(random()::text) || md5(random()::text)"
ID = f"left('0.' || {KEY}, 45)"
CLAIMS = """'{"sub": "5f0e3a7c", "aud": ["https://api.example"], "scope": "openid profile", "amr": ["pwd"]}'"""
AUTHORIZATION = """'{"id": "0.a", "client_id": "0.c", "subject": "5f0e3a7c", "scope": ["openid", "profile"]}'"""
TABLES = {
    "authorizationcode": (
        20,
        f"key, client_id, \"authorization\", redirect_uri, nonce, spent_at, expires: {KEY}, '0.c', {AUTHORIZATION}, "
        "'https://client.example/cb', 'n-0S6_WzA2Mj', now()",
    ),
    "interaction": (
        10,
        f"""key, browser, parameters, steps, created, expires: {KEY}, {KEY}, '{{"client_id": "0.c"}}', '', now()""",
    ),
    "clientassertion": (10, f"key, expires: {KEY}"),
    "accesstoken": (20, f"key, claims, expires: {KEY}, {CLAIMS}"),
    "refreshtoken": (
        25,
        f"key, authorization_id, client_id, generation, scope, expires: {KEY}, {ID}, '0.c', 1, 'openid profile'",
    ),
    "consent": (
        2,
        f"id, subject, client_id, scope, claims, resource, granted_at, expires: {ID}, gen_random_uuid(), "
        "'0.c', 'openid profile', '[]', '[]', now()",
    ),
    "authorization": (
        10,
        "id, client_id, subject, sid, scope, auth_time, acr, amr, root_at, resource, claims, kept_until, expires: "
        f"{ID}, '0.c', gen_random_uuid(), {ID}, 'openid profile', now(), '1', '[\"pwd\"]', now(), '[]', '{{}}', "
        "EXPIRES",
    ),
    "revocation": (3, f"key, expires: 'token:' || {KEY}"),
}
"""Of each table: its share in percent; its columns and what stands in them, but for `expires`, the last.
EXPIRES is the same."""
EXPIRED, LIVE = "now() - interval '2 days' - random() * interval '1 hour'", "now() + interval '1 day'"


def fill(database: psycopg.Connection, rows: int, *, expired: bool) -> None:
    """Adds rows, and leaves the database as a quiet one is: analysed, nothing to be written later."""
    for name in TABLES:
        database.execute(insert(name, share(name, rows), expired=expired))
    database.execute("VACUUM ANALYZE")
    database.execute("CHECKPOINT")


def share(name: str, rows: int) -> int:
    """How many of so many rows are this table's."""
    return rows * TABLES[name][0] // 100


def insert(name: str, rows: int, *, expired: bool) -> bytes:
    """The statement that adds rows to this table."""
    expires = EXPIRED if expired else LIVE
    columns, _, values = TABLES[name][1].partition(": ")
    return (
        f"INSERT INTO tokens_{name} ({columns}) "
        f"SELECT {values.replace('EXPIRES', expires)}, {expires} FROM generate_series(1, {rows})"
    ).encode()


def left(database: psycopg.Connection, *names: str, expired: bool = True) -> int:
    """How many rows are there that expired before the grace, or that did not expire."""
    condition = "< now() - interval '1 day'" if expired else "> now()"
    total = 0
    for name in names or TABLES:
        row = database.execute(f"SELECT count(*) FROM tokens_{name} WHERE expires {condition}".encode()).fetchone()
        assert row is not None
        total += row[0]
    return total
