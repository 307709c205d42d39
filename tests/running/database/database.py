"""What the tests of connections have before them."""

import os
from dataclasses import dataclass
from typing import Any

import psycopg

from idp.postgresql.base import DatabaseWrapper
from tests.running.roles.relay import Relay
from tests.support.waiting import until

POOL = 3
OWN = os.environ.get("PYTEST_XDIST_WORKER", "alone")
"""This process of the run: all have one server, and none ends or writes what is another's."""
APPLICATION = f"relayed-{OWN}"


@dataclass(frozen=True, slots=True)
class Database:
    relay: Relay
    url: str
    """Through the relay."""
    direct: str

    def end_all_others(self) -> None:
        """As a restart does: their sockets are closed from the other end."""
        others = f"FROM pg_stat_activity WHERE backend_type = 'client backend' AND application_name = '{APPLICATION}'"
        with psycopg.connect(self.direct, autocommit=True) as own:
            assert own.execute(f"SELECT pg_terminate_backend(pid) {others}".encode()).fetchall() != []
            until(lambda: own.execute(f"SELECT 1 {others}".encode()).fetchall() == [])


def ask(wrapper: DatabaseWrapper, query: str = "SELECT 1") -> Any:
    """One question, as a request asks it: the connection goes back afterwards."""
    try:
        with wrapper.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchone()[0]
    finally:
        wrapper.close()
