"""Many rows of every table that the admin lists, written by PostgreSQL itself, and what one would search in them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db.models import Model

from accounts.models import LoginSession, Mail, PeopleGroup, User
from tokens import models

ONE = "00000000-0000-4000-8000-000000000001"
"""Somebody who has half of all that hangs on people, and was given half of it at CLIENT."""
CLIENT = "0.client-1"
SOME = 2_000
"""Rows that are written at once: no statement may take long."""
PERSON = "('00000000-0000-4000-8000-' || lpad(to_hex(i), 12, '0'))::uuid"
_WHOSE = f"CASE WHEN i % 2 = 0 THEN '{ONE}'::uuid ELSE {PERSON} END"
_WHICH = f"CASE WHEN i % 4 < 2 THEN '{CLIENT}' ELSE '0.client-' || i END"
_THEN = "now() + i * interval '1 second'"


@dataclass(frozen=True, slots=True)
class Many:
    """`columns`: what stands in each, in SQL, in the row number `i`. `terms`: what finds many, one, or none of them."""

    columns: Mapping[str, str]
    terms: tuple[str, ...] = ()


ROWS: Mapping[type[Model], Many] = {
    User: Many(
        {
            **dict.fromkeys(("password", "given_name", "family_name", "middle_name", "nickname", "profile"), "''"),
            **dict.fromkeys(("picture", "website", "gender", "birthdate", "zoneinfo", "locale", "locality"), "''"),
            **dict.fromkeys(("phone_number", "street_address", "region", "postal_code", "country"), "''"),
            **dict.fromkeys(("email_verified", "phone_number_verified", "is_superuser", "is_staff"), "false"),
            "second_factor_required": "false",
            **dict.fromkeys(("created", "updated_at"), "now()"),
            "id": PERSON,
            **dict.fromkeys(("username", "username_key"), "'person' || i"),
            **dict.fromkeys(("email", "email_key"), "'person' || i || '@example.org'"),
            "name": "'Somebody Of ' || i",
            "name_key": "'somebody of ' || i",
            "attributes": "'{}'",
            "is_active": "i % 2 = 0",
            "security_epoch": "0",
        },
        ("person", "person77", "somebody of", "person1@", ONE, "nobody", "zzz@nowhere"),
    ),
    PeopleGroup: Many(
        {"name": "'group ' || i", "description": "''", "second_factor_required": "false"},
        ("group", "group 77", "nothing"),
    ),
    LoginSession: Many(
        {
            "sid": "'0.session-' || i",
            "user_id": _WHOSE,
            **dict.fromkeys(("auth_time", "created", "last_seen", "root_at"), "now()"),
            **dict.fromkeys(("methods", "amr"), "'[]'"),
            "acr": "'1'",
            "device": "'a browser'",
            "remembered": "i % 2 = 0",
            "expires": _THEN,
            "ended_at": "CASE WHEN i % 3 = 0 THEN now() END",
            "security_epoch": "0",
        },
        ("person1", "person1@example.org", ONE, "0.session-77", "nobody"),
    ),
    Mail: Many(
        {
            "id": PERSON,
            "kind": "'factor_added'",
            "recipient": "'person' || i || '@example.org'",
            **dict.fromkeys(("language", "data", "fault"), "''"),
            "created": "now()",
            "due": "CASE WHEN i % 50 = 0 THEN now() END",
            "attempts": "1",
            "expires": _THEN,
        },
    ),
    models.Consent: Many(
        {
            "id": "'0.consent-' || i",
            "subject": f"CASE WHEN i % 3 = 0 THEN '{ONE}'::uuid ELSE {PERSON} END",
            "client_id": f"CASE WHEN i % 3 = 1 THEN '{CLIENT}' ELSE '0.client-' || i END",
            "scope": "'openid'",
            **dict.fromkeys(("claims", "resource"), "'[]'"),
            "granted_at": "now()",
            "expires": _THEN,
        },
        (ONE, CLIENT, "0.consent-77", "nothing"),
    ),
    models.Authorization: Many(
        {
            "id": "'0.authorization-' || i",
            "client_id": _WHICH,
            "subject": _WHOSE,
            "scope": "'openid'",
            **dict.fromkeys(("auth_time", "root_at"), "now()"),
            "acr": "'1'",
            **dict.fromkeys(("amr", "resource"), "'[]'"),
            "claims": "'{}'",
            **dict.fromkeys(("expires", "kept_until"), _THEN),
        },
        (ONE, CLIENT, "0.authorization-77", "nothing"),
    ),
    models.Client: Many(
        {
            "client_id": "'0.client-' || i",
            "client_name": "'A Site'",
            "name_key": "'a site'",
            "enabled": "true",
            "development": "false",
            "grant_types": "'[]'",
            "application_type": "'web'",
            "token_endpoint_auth_method": "'none'",
            **dict.fromkeys(("scope", "backchannel_logout_uri"), "''"),
            "backchannel_logout_session_required": "false",
            "metadata": """'{"response_types": [], "redirect_uris": []}'""",
            **dict.fromkeys(("created", "updated"), "now()"),
        },
        ("a site", CLIENT, "nothing"),
    ),
    models.Resource: Many(
        {
            "identifier": "'https://api.example/' || i",
            "name": "'An API'",
            "name_key": "'an api'",
            "scope": "''",
            "access_token_format": "'jwt'",
            "access_token_signed_response_alg": "'RS256'",
            "access_token_typ": "'JWT'",
            **dict.fromkeys(("introspection_claims", "scope_sentences"), "'[]'"),
            **dict.fromkeys(("created", "updated"), "now()"),
        },
        ("an api", "https://api.example/", "https://api.example/77", "nothing"),
    ),
    models.LogoutDelivery: Many(
        {
            "client_id": _WHICH,
            "subject": _WHOSE,
            "created": "now()",
            "attempts": "1",
            "due": "CASE WHEN i % 50 = 0 THEN now() END",
            "delivered_at": "CASE WHEN i % 50 > 0 THEN now() END",
            "outcome": "''",
        },
        (ONE, CLIENT, "nothing"),
    ),
    models.Run: Many(
        {
            "task": "CASE WHEN i % 2 = 0 THEN 'delete_expired' ELSE 'sweep_orphans' END",
            **dict.fromkeys(("epoch", "slot"), "i"),
            "node": "'a node'",
            "started": "now()",
            "finished": "now()",
            "rows": "'{}'",
            "error": "''",
            "expires": _THEN,
        }
    ),
    models.SigningKey: Many(
        {
            "kid": "'key-' || i",
            "alg": "'ES256'",
            "public": "'{}'",
            "private": "''",
            "state": "'retired'",
            "created": _THEN,
            "since": "now()",
        }
    ),
}


def fill(execute: Callable[[str], object], rows: int, *tables: type[Model], at_once: int = SOME) -> None:
    """That many rows of each; of all tables, if none is named."""
    for model in tables or ROWS:
        columns, table = ROWS[model].columns, model._meta.db_table
        names, values = ", ".join(f'"{name}"' for name in columns), ", ".join(columns.values())
        for begun in range(0, rows, at_once):
            some = f"generate_series({begun + 1}, {min(begun + at_once, rows)}) AS i"
            execute(f"INSERT INTO {table} ({names}) SELECT {values} FROM {some}")  # noqa: S608 words of ours
        execute(f"ANALYZE {table}")
