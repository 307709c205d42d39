"""Measures the admin's lists, for docs/performance.md: `PYTHONPATH=. python bench/lists.py [--rows 5000000]`.

A real PostgreSQL that waits for its disk, with that many people, sessions, consents and authorizations, and the pages
as a browser gets them, without a server in between: each when it is asked for first, and again.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from measured import machine, table

from idp.local.postgres import postgres

HEADER = ("page", "first", "again")
CLOSE = 0.5
"""Seconds that a page may take."""
PAGES = {
    "accounts/user": ("", "?is_staff__exact=1", "?is_active__exact=0", "?q=person", "?q=somebody+of+7", "?q=nobody"),
    "accounts/loginsession": ("", "?q=person1", "?remembered__exact=1", "?ended_at__isempty=1", "?q=nobody"),
    "tokens/consent": ("", "?q=0.client-1", "?q=00000000-0000-4000-8000-000000000001", "?q=nothing"),
    "tokens/authorization": ("", "?q=0.client-1", "?q=00000000-0000-4000-8000-000000000001", "?q=nothing"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=5_000_000, help="of each of the four tables")
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory(prefix="bench-lists-") as folder, postgres(durable=True) as server:
        os.environ |= {"DATABASE_URL": server.url, "IDP_DATA": folder, "DJANGO_SETTINGS_MODULE": "idp.settings"}
        _set_up(Path(folder))
        seconds = _fill(server.url, rows)
        load = os.getloadavg()[0]
        written = f"{rows:,} rows each, written in {seconds:.0f} s"
        print(machine("django", "psycopg"), f"PostgreSQL {server.version}; {written}")
        print(f"load average {load:.0f}\n")
        print(table(HEADER, _measured()))


def _set_up(folder: Path) -> None:
    import django

    from idp import secrets

    secrets.create(folder / "secrets")
    django.setup()
    from django.test.utils import setup_test_environment

    setup_test_environment()  # keeps what the pages were made of
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)


def _fill(database_url: str, rows: int) -> float:
    from accounts.models import LoginSession, User
    from tests.admin.many_rows import fill
    from tokens import models

    begun = time.monotonic()
    with psycopg.connect(database_url, autocommit=True) as database:
        tables = (User, LoginSession, models.Consent, models.Authorization)
        fill(lambda text: database.execute(text.encode()), rows, *tables, at_once=100_000)
        database.execute("VACUUM")
        database.execute("CHECKPOINT")
    return time.monotonic() - begun


def _measured() -> Iterator[tuple[str, ...]]:
    from django.test import Client

    from accounts.models import User

    browser = Client(headers={"host": "localhost"})
    browser.force_login(User.objects.create_superuser("root"))
    for name, queries in PAGES.items():
        for query in queries:
            yield from _page(browser, f"/admin/{name}/", query)
            yield from _page(browser, f"/admin/{name}/", f"{query or '?'}&before=")


def _page(browser: Any, url: str, query: str) -> Iterator[tuple[str, ...]]:
    """The page, and the one after it or, from the end, before it."""
    seconds, answer = zip(*(_asked(browser, f"{url}{query}") for _ in range(2)), strict=True)
    yield _row(f"{url}{query}", seconds)
    shown = answer[-1].context["cl"]
    onward = shown.previous_url if "before" in query else shown.next_url
    if onward:
        yield _row(f"{url}{query}, the next", [_asked(browser, f"{url}{onward}")[0] for _ in range(2)])


def _asked(browser: Any, url: str) -> tuple[float, Any]:
    begun = time.monotonic()
    answer = browser.get(url)
    assert answer.status_code == 200, (url, answer.status_code)
    return time.monotonic() - begun, answer


def _row(name: str, seconds: Any) -> tuple[str, ...]:
    return name, *(f"{each * 1000:.0f} ms{' (over)' if each > CLOSE else ''}" for each in seconds)


if __name__ == "__main__":
    main()
