"""A connection to the database that is not the pool's: for who has to know how it fares when the pool is full."""

from django.db import connections
from django.db.utils import DEFAULT_DB_ALIAS, load_backend


def be_alone() -> None:
    """From now on this thread has a connection of its own, which it keeps from question to question."""
    shared = connections.settings[DEFAULT_DB_ALIAS]
    options = {name: value for name, value in shared["OPTIONS"].items() if name != "pool"}
    own = {**shared, "OPTIONS": options, "CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}
    connections[DEFAULT_DB_ALIAS] = load_backend(own["ENGINE"]).DatabaseWrapper(own, DEFAULT_DB_ALIAS)
