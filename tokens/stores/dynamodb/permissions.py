"""What credentials have to be allowed: to serve, and to make the tables. Policies of IAM, as deploy/ has them."""

from collections.abc import Iterable, Mapping
from typing import Any

from tokens.stores.dynamodb.tables import TABLES

PREFIX = "avouch."
"""Of the tables that are named, as by default."""
GETS, QUERIES, UPDATES, DELETES = ("GetItem",), ("Query",), ("UpdateItem",), ("DeleteItem",)
ADDS = ("PutItem", "BatchWriteItem")
"""One item, or what a unit adds."""
SERVES: Mapping[str, tuple[str, ...]] = {
    "clients": ("PutItem",),
    "long_lived_authorizations": (*GETS, *QUERIES, *ADDS, *UPDATES, *DELETES),
    "id_access_tokens": (*GETS, *ADDS),
    "revocation_journal": UPDATES,
    "one_time": (*GETS, *ADDS, *UPDATES),
    "throttles": (*QUERIES, *UPDATES, *DELETES),
    "signing_keys": (*GETS, *UPDATES),
    "outbox": (*GETS, *QUERIES, *ADDS, *UPDATES, *DELETES),
    "runs": (*GETS, *QUERIES, *ADDS, *UPDATES),
    "secret_use": UPDATES,
}
"""Calls of a node, by table, beside those of EACH. A transaction is judged by the writes in it."""
EACH = ("BatchGetItem", "DescribeTable")
"""Of each table: readiness reads one item of all, a start looks whether they are there."""
MAKES = (
    "CreateTable",
    "DescribeTable",
    "UpdateTable",
    "DescribeTimeToLive",
    "UpdateTimeToLive",
    "DescribeContinuousBackups",
    "UpdateContinuousBackups",
    "ListTagsOfResource",
    "TagResource",
)
"""Calls of `dynamodb create`, `status`, `enable-stream` and `warm`."""


def runtime() -> Mapping[str, Any]:
    return _policy(_statement(name, (*EACH, *SERVES[name]), [name]) for name in TABLES)


def creation() -> Mapping[str, Any]:
    return _policy([_statement("tables", MAKES, TABLES)])


def reconciling() -> Mapping[str, Any]:
    """Beside `runtime`, for `dynamodb reconcile`: what SQL never had is found by reading all of it."""
    return _policy([_statement("reconcile", ["Scan"], ["clients"])])


def _policy(statements: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _statement(sid: str, calls: Iterable[str], tables: Iterable[str]) -> Mapping[str, Any]:
    """In whichever region and account the policy is used."""
    return {
        "Sid": sid.title().replace("_", ""),
        "Effect": "Allow",
        "Action": [f"dynamodb:{call}" for call in sorted(calls)],
        "Resource": [f"arn:aws:dynamodb:*:*:table/{PREFIX}{table}" for table in tables],
    }
