"""Clients and their secrets."""

from collections.abc import Iterable, Mapping
from typing import Any

from tokens import models
from tokens.protocol import records
from tokens.stores.orm.identifiers import storable

SECRET = ("secrets__pepper", "secrets__digest", "secrets__client_secret_expires_at")
COLUMNS = (
    "client_id",
    "client_name",
    "redirect_uris",
    "grant_types",
    "response_types",
    "token_endpoint_auth_method",
    "scope",
    "application_type",
    "id_token_signed_response_alg",
    "client_uri",
    "logo_uri",
    "policy_uri",
    "tos_uri",
    "skip_consent",
    "development",
    "enabled",
)


class Clients:
    def client(self, client_id: str) -> records.Client | None:
        if not storable(client_id, models.CLIENT_ID):
            return None
        # One row a secret, and one without where there is none.
        found = models.Client.objects.filter(client_id=client_id).order_by("secrets__pk")
        rows = list(found.values(*COLUMNS, *SECRET))
        return _client(rows[0], _secrets(rows)) if rows else None


def _client(row: Mapping[str, Any], secrets: tuple[records.ClientSecret, ...]) -> records.Client:
    values = {name: row[name] for name in COLUMNS}
    for name in ("redirect_uris", "grant_types", "response_types"):
        values[name] = tuple(row[name])
    return records.Client(**values | {"scope": tuple(row["scope"].split()), "secrets": secrets})


def _secrets(rows: Iterable[Mapping[str, Any]]) -> tuple[records.ClientSecret, ...]:
    found = [[row[name] for name in SECRET] for row in rows]
    return tuple(records.ClientSecret(*values) for values in found if values[0] is not None)
