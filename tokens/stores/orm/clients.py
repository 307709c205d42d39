"""Clients, with their secrets and the resources that they serve; records as rows, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from tokens import models
from tokens.protocol import records
from tokens.stores.orm.identifiers import storable

SECRET = (
    "secrets__pk",
    "secrets__pepper",
    "secrets__digest",
    "secrets__client_secret_expires_at",
    "secrets__last_used",
)
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
    "post_logout_redirect_uris",
    "backchannel_logout_uri",
    "backchannel_logout_session_required",
    "jwks",
    "jwks_uri",
    "token_endpoint_auth_signing_alg",
    "rotate_refresh_tokens",
    "subject_type",
    "sector_identifier_uri",
    "userinfo_signed_response_alg",
    "default_max_age",
    "default_resource",
)
LISTS = ("redirect_uris", "grant_types", "response_types", "post_logout_redirect_uris", "default_resource")


class Clients:
    def get(self, client_id: str) -> records.Client | None:
        if not storable(client_id, models.CLIENT_ID):
            return None
        # One row for each pair of a secret and a resource, and one without where there is none.
        found = models.Client.objects.filter(client_id=client_id).order_by("secrets__pk", "resources__identifier")
        rows = list(found.values(*COLUMNS, *SECRET, "resources__identifier"))
        return _client(rows) if rows else None

    def note_secret_use(self, client_id: str, digest: str, now: datetime, pause: timedelta) -> None:
        if not storable(client_id, models.CLIENT_ID):
            return
        is_due = Q(last_used=None) | Q(last_used__lte=now - pause)
        models.ClientSecret.objects.filter(is_due, client_id=client_id, digest=digest).update(last_used=now)


def client_of(values: Mapping[str, Any]) -> records.Client:
    """The record of COLUMNS and their values, without secrets and resources."""
    lists = {name: tuple(values[name]) for name in LISTS}
    scope, max_age = tuple(values["scope"].split()), values["default_max_age"]
    default_max_age = timedelta(seconds=max_age) if max_age is not None else None
    return records.Client(
        **{name: values[name] for name in COLUMNS} | lists | {"scope": scope, "default_max_age": default_max_age}
    )


def columns_of(client: records.Client) -> dict[str, Any]:
    """COLUMNS and their values, for the record."""
    max_age = client.default_max_age
    lists = {name: list(getattr(client, name)) for name in LISTS}
    seconds = int(max_age.total_seconds()) if max_age is not None else None
    return {
        **{name: getattr(client, name) for name in COLUMNS},
        **lists,
        "scope": " ".join(client.scope),
        "default_max_age": seconds,
    }


def _client(rows: Sequence[Mapping[str, Any]]) -> records.Client:
    resources = dict.fromkeys(row["resources__identifier"] for row in rows)
    served = tuple(identifier for identifier in resources if identifier is not None)
    return replace(client_of(rows[0]), secrets=_secrets(rows), resources=served)


def _secrets(rows: Sequence[Mapping[str, Any]]) -> tuple[records.ClientSecret, ...]:
    found = {row["secrets__pk"]: [row[name] for name in SECRET[1:]] for row in rows}
    return tuple(records.ClientSecret(*values) for pk, values in found.items() if pk is not None)
