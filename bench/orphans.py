"""Measures how soon the rows of a deleted client are gone, for docs/: `PYTHONPATH=. python bench/orphans.py`.

A real PostgreSQL that waits for its disk, on this machine. A client that is gone has authorizations with a refresh
token each, among those of a client that is there. The scheduled work walks, half a minute at a time.
"""

import argparse
import json
import os
import tempfile
from pathlib import Path

import psycopg
from cleanup_rows import ID, KEY
from measured import machine

from idp.local.postgres import postgres
from tests.servers.nodes import cluster
from tests.support.people import EMAIL, PASSWORD, USERNAME

WALKS = Path(__file__).with_name("orphans_walks.py")
AUTHORIZATIONS = f"""
INSERT INTO tokens_authorization (id, client_id, subject, sid, scope, auth_time, acr, amr, root_at, created, resource,
                                  claims, kept_until, expires)
SELECT {ID}, %(client)s, %(subject)s, {ID}, 'openid profile', now(), '1', '["pwd"]', now(), now() - interval '1 day',
       '[]', '{{}}', now() + interval '30 days', now() + interval '30 days' FROM generate_series(1, %(many)s)"""
TOKENS = f"""
INSERT INTO tokens_refreshtoken (key, authorization_id, client_id, generation, scope, created, expires)
SELECT {KEY}, id, client_id, 1, scope, created, expires FROM tokens_authorization WHERE client_id = %(client)s"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="authorizations of the client that is gone")
    parser.add_argument("--live", type=int, default=200_000, help="authorizations of the client that is there")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="bench-orphans-") as folder,
        postgres(durable=True) as server,
        cluster(1, server_url=server.url, folder=Path(folder)) as nodes,
    ):
        print(machine("django", "psycopg"), f"PostgreSQL {server.version}, load average {os.getloadavg()[0]:.1f}")
        nodes.superuser(USERNAME, EMAIL, PASSWORD)
        living = nodes.client("web", "Bench", "https://client.example/cb")["client_id"]
        with psycopg.connect(nodes.database_url, autocommit=True) as database:
            [subject] = database.execute("SELECT id FROM accounts_user").fetchone() or [None]
            for client, many in (("0.gone", options.rows), (living, options.live)):
                named = {"client": client, "subject": subject, "many": many}
                database.execute(AUTHORIZATIONS.encode(), named)
                database.execute(TOKENS.encode(), named)
            database.execute("VACUUM ANALYZE")
            told = json.loads(nodes.run(str(WALKS)))
            row = database.execute("SELECT count(*) FROM tokens_authorization").fetchone()
            assert row == (options.live,), row
        rows = sum(told["deleted"].values())
        print(f"{rows:,} rows in {told['runs']} runs, {told['seconds']:.0f} s, {rows / told['seconds']:,.0f} a second")
        print(f"the longest step took {told['longest'] * 1000:.0f} ms; load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
