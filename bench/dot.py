"""Re-measures stock django-oauth-toolkit, for docs/decisions/0001: `PYTHONPATH=. python bench/dot.py`.

It needs requirements/local.txt. PostgreSQL is the one at TEST_DATABASE_URL, in a database of its own that is dropped at
the end, or one from the wheel, started for this run. Light enough for a laptop: some minutes, most of them PBKDF2.
"""

import argparse
import os
import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import django
import psycopg
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from measured import machine, table
from psycopg import sql
from psycopg.conninfo import make_conninfo

from idp.local.postgres import postgres

if TYPE_CHECKING:
    from stock_dot.races import Round

Figure = tuple[str, str, str]
"""What, as the design pages have it, as measured here."""

REDEMPTIONS = 64
REFRESHES = 32


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of a server: the one that TEST_DATABASE_URL names, else one of our own for this run."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
        return
    with postgres(durable=True) as server:
        yield server.url


@contextmanager
def throwaway_database(server: str) -> Iterator[str]:
    name = sql.Identifier(f"bench_dot_{secrets.token_hex(4)}")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            yield make_conninfo(server, dbname=name.as_string().strip('"'))
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def configure(database_url: str) -> None:
    """Django in this process, and by inheritance in every node."""
    private_key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    os.environ["DJANGO_SETTINGS_MODULE"] = "stock_dot.settings"
    os.environ["STOCK_DOT_DATABASE_URL"] = database_url
    os.environ["STOCK_DOT_RSA_KEY"] = private_key.decode()
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def figures_alone() -> Iterator[Figure]:
    from stock_dot import alone, seed

    exchange, refresh = alone.exchange_and_refresh(seed.confidential_client())
    yield "SQL of a code exchange (OIDC, confidential client)", "22", str(exchange)
    yield "SQL of a refresh (OIDC, confidential client)", "23", str(refresh)
    yield "`prompt=none` without a session, `openid`", "500", alone.prompt_none_without_session("openid")
    yield "the same without `openid`", "not given", alone.prompt_none_without_session("introspection")
    yield "device authorization request", "broken", alone.device_authorization()
    yield "one check of a hashed client secret", "180 ms", f"{alone.password_hash():.0f} ms"
    for name, call in (("client_credentials", alone.client_credentials), ("introspection", alone.introspection)):
        hashed, plain = call(hash_client_secret=True), call(hash_client_secret=False)
        yield f"{name}, secret hashed (stock) or plain", "0.2 s", f"{hashed:.0f} ms or {plain:.1f} ms"
    yield "userinfo by Bearer token", "0.2 s", f"{alone.userinfo():.1f} ms"


def figures_of_races(database_url: str, rounds: int) -> Iterator[Figure]:
    from stock_dot import nodes, races, seed

    # 64 password hashes a round: a quarter of the rounds is patience enough.
    few = max(3, rounds // 4)
    with nodes.running(2) as cluster:
        public = [races.redemptions(cluster, seed.public_client(), REDEMPTIONS) for _ in range(rounds)]
        yield describe(f"{REDEMPTIONS} parallel redemptions of one code, public client", "up to 31 live rows", public)
        hashing = [races.redemptions(cluster, seed.confidential_client(), REDEMPTIONS) for _ in range(few)]
        yield describe(f"{REDEMPTIONS} parallel redemptions, confidential client", "not given", hashing)
        plain = [races.refreshes(cluster, seed.public_client(), REFRESHES) for _ in range(rounds)]
        yield describe(f"{REFRESHES} parallel refreshes, tokens stored plain", "not given", plain)
        kills = [races.kill_between_the_steps(cluster[0], seed.public_client(), database_url) for _ in range(few)]
        yield "kill -9 after the tokens are saved, before the code is spent", "redeems twice", describe_kills(kills)
    with nodes.running(2, STOCK_DOT_HASHED="1") as cluster:
        hashed = [races.refreshes(cluster, seed.public_client(), REFRESHES) for _ in range(rounds)]
        yield describe(f"{REFRESHES} parallel refreshes, tokens stored hashed", "500", hashed)


def describe(name: str, design: str, rounds: Sequence["Round"]) -> Figure:
    answers: Counter[int] = Counter()
    for round_ in rounds:
        answers.update(round_.statuses)
    measured = (
        f"live access token rows {spread([round_.access_tokens for round_ in rounds])}, "
        f"live refresh token rows {spread([round_.refresh_tokens for round_ in rounds])}, "
        f"refresh tokens handed out {spread([round_.handed_out for round_ in rounds])}; "
        f"answers {', '.join(f'{count} x {status}' for status, count in sorted(answers.items()))}"
    )
    return f"{name} ({len(rounds)} rounds)", design, measured


def describe_kills(kills: Sequence[tuple[int, "Round"]]) -> str:
    twice = sum(round_.statuses[200] for _, round_ in kills)
    return (
        f"{len(kills)} times: live access token rows of the dead request {spread([left for left, _ in kills])}; "
        f"the code again: {twice} x 200, live rows then {spread([round_.access_tokens for _, round_ in kills])}"
    )


def spread(values: Sequence[int]) -> str:
    return str(values[0]) if len(set(values)) == 1 else f"{min(values)} to {max(values)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--rounds", type=int, default=10, help="rounds of each race (default: 10)")
    rounds = parser.parse_args().rounds
    with ExitStack() as stack:
        database_url = stack.enter_context(throwaway_database(stack.enter_context(postgresql())))
        configure(database_url)
        with psycopg.connect(database_url) as connection:
            server = connection.info.parameter_status("server_version")
        figures = [*figures_alone(), *figures_of_races(database_url, rounds)]
    print(machine("django", "django-oauth-toolkit", "oauthlib", "psycopg", "gunicorn") + f", PostgreSQL {server}")
    print(f"SQL by psycopg, nodes: 2 gunicorn with 1 worker and 32 threads each; {rounds} rounds\n")
    print(table(("what", "design pages", "measured"), figures))


if __name__ == "__main__":
    main()
