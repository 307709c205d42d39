"""The tables as Terraform makes them, in its JSON: what `creating` makes, with a variable for each setting."""

from collections.abc import Mapping
from typing import Any

from accounts.ground.dynamodb.tables import TTL, Table
from tokens.stores.dynamodb.described import ON_DEMAND, PROVISIONED, VIEW
from tokens.stores.dynamodb.permissions import PREFIX
from tokens.stores.dynamodb.tables import TABLES

VARIABLES: Mapping[str, tuple[str, Any]] = {
    "prefix": ("string", PREFIX),
    "stream": ("bool", False),
    "recovery": ("bool", False),
    "deletion_protection": ("bool", False),
    "kms_key": ("string", None),
    "read_capacity": ("number", 0),
    "write_capacity": ("number", 0),
    "tags": ("map(string)", {}),
}
"""Type and default, by name: that of the setting without IDP_DYNAMODB_."""


def document() -> Mapping[str, Any]:
    return {
        "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": ">= 5.0"}}},
        "variable": {name: _variable(name, *each) for name, each in VARIABLES.items()},
        "resource": {"aws_dynamodb_table": {table.name: _table(table) for table in TABLES.values()}},
    }


def _variable(name: str, kind: str, default: Any) -> Mapping[str, Any]:
    return {"description": f"As IDP_DYNAMODB_{name.upper()}.", "type": kind, "default": default}


def _table(table: Table) -> Mapping[str, Any]:
    return {
        "name": f"${{var.prefix}}{table.name}",
        "hash_key": table.keys[0],
        **({"range_key": table.keys[1]} if table.sorted else {}),
        "attribute": [{"name": name, "type": "S"} for name in table.keys],
        "billing_mode": _provisioned(f'"{PROVISIONED}"', f'"{ON_DEMAND}"'),
        "read_capacity": _provisioned("var.read_capacity", "null"),
        "write_capacity": _provisioned("var.write_capacity", "null"),
        **({"ttl": {"attribute_name": TTL, "enabled": True}} if table.ends else {}),
        "stream_enabled": "${var.stream}",
        "stream_view_type": f'${{var.stream ? "{VIEW}" : null}}',
        "point_in_time_recovery": {"enabled": "${var.recovery}"},
        "deletion_protection_enabled": "${var.deletion_protection}",
        "server_side_encryption": {"enabled": "${var.kms_key != null}", "kms_key_arn": "${var.kms_key}"},
        "tags": "${var.tags}",
    }


def _provisioned(so: str, otherwise: str) -> str:
    return f"${{var.read_capacity > 0 ? {so} : {otherwise}}}"
