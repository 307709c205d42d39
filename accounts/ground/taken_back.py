"""Transactions that the database gives up for the sake of others."""

from django.db import OperationalError, connection

TAKEN_BACK = ("40001", "40P01")
"""SQLSTATE of a deadlock, and of a conflict between transactions that are serialized."""
TAKEN_BACK_BY_MARIADB = (1020, 1205, 1213)
"""Its numbers for the same, and for a lock that was waited for in vain."""


def was_taken_back(error: OperationalError) -> bool:
    """Whether the same work may well succeed a moment later."""
    state = getattr(error.__cause__, "sqlstate", None)
    return state in TAKEN_BACK or (connection.vendor == "mysql" and error.args[0] in TAKEN_BACK_BY_MARIADB)
