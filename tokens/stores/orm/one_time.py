"""Codes and interactions: things that work once. The conditional UPDATE is the lock; what it spends stays as a mark."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, F, QuerySet, TextField, Value, When
from django.db.models.functions import Concat, StrIndex
from django.db.models.lookups import GreaterThan

from tokens import models
from tokens.protocol import records
from tokens.protocol.handles import Key
from tokens.stores.orm.identifiers import storable

RETURNING = ("postgresql", "sqlite")
"""The databases that can say what an UPDATE changed, unless they are too old to say what an INSERT did."""


class OneTime:
    def add_code(self, code: records.AuthorizationCode) -> None:
        models.AuthorizationCode.objects.create(
            key=code.key,
            client_id=code.authorization.client_id,
            authorization=_authorization_as_json(code.authorization),
            redirect_uri=code.redirect_uri,
            code_challenge=code.code_challenge,
            nonce=code.nonce,
            expires=code.expires,
            spent_at=code.spent_at,
        )

    def consume_code(self, key: Key, client_id: str, now: datetime) -> records.AuthorizationCode | None:
        if not storable(key, models.KEY) or not storable(client_id, models.CLIENT_ID):
            return None
        row = _spend_returning(key, client_id, now) if _can_return() else _spend_then_read(key, client_id, now)
        return _code(row) if row else None

    def code(self, key: Key, client_id: str) -> records.AuthorizationCode | None:
        if not storable(key, models.KEY) or not storable(client_id, models.CLIENT_ID):
            return None
        row = models.AuthorizationCode.objects.filter(key=key, client_id=client_id).first()
        return _code(row) if row else None

    def add_interaction(self, interaction: records.Interaction) -> None:
        models.Interaction.objects.create(
            key=interaction.key,
            browser=interaction.browser,
            parameters=dict(interaction.parameters),
            steps="".join(_as_text(step) for step in sorted(interaction.steps)),
            created=interaction.created,
            expires=interaction.expires,
        )

    def interaction(self, key: Key, browser: Key, now: datetime) -> records.Interaction | None:
        row = _waiting(key, browser, now).first()
        return _interaction(row) if row else None

    def record_step(self, key: Key, browser: Key, step: str, now: datetime) -> bool:
        added = Value(_as_text(step), output_field=TextField())
        # Only what is new: a person may send a form again and again.
        known = When(GreaterThan(StrIndex("steps", added), 0), then=F("steps"))
        steps = Case(known, default=Concat(F("steps"), added))
        return _waiting(key, browser, now).update(steps=steps) == 1

    def consume_interaction(self, key: Key, browser: Key, now: datetime) -> bool:
        return _waiting(key, browser, now).update(spent_at=now) == 1


def _can_return() -> bool:
    return connection.vendor in RETURNING and connection.features.can_return_columns_from_insert


def _spend_returning(key: Key, client_id: str, now: datetime) -> models.AuthorizationCode | None:
    # Never `*`: a statement prepared before a migration would fail after it.
    sql = """
        UPDATE tokens_authorizationcode SET spent_at = %s
        WHERE key = %s AND client_id = %s AND spent_at IS NULL AND expires > %s
        RETURNING key, client_id, "authorization", redirect_uri, code_challenge, nonce, expires, spent_at
    """
    instant = connection.ops.adapt_datetimefield_value(now)
    rows = list(models.AuthorizationCode.objects.raw(sql, (instant, key, client_id, instant)))
    return rows[0] if rows else None


@transaction.atomic
def _spend_then_read(key: Key, client_id: str, now: datetime) -> models.AuthorizationCode | None:
    """Whoever spent it reads it before anybody else can: the row is theirs until the transaction ends."""
    found = models.AuthorizationCode.objects.filter(key=key, client_id=client_id)
    spent = found.filter(spent_at=None, expires__gt=now).update(spent_at=now)
    return found.first() if spent else None


def _waiting(key: Key, browser: Key, now: datetime) -> QuerySet[models.Interaction]:
    if not storable(key, models.KEY) or not storable(browser, models.KEY):
        return models.Interaction.objects.none()
    return models.Interaction.objects.filter(key=key, browser=browser, spent_at=None, expires__gt=now)


def _as_text(step: str) -> str:
    """A step as the column `steps` holds it, with a bound on both sides: no step is found within another."""
    return f"|{step}|"


def _interaction(row: models.Interaction) -> records.Interaction:
    return records.Interaction(
        key=Key(row.key),
        browser=Key(row.browser),
        parameters=row.parameters,
        created=row.created,
        expires=row.expires,
        steps=frozenset(filter(None, row.steps.split("|"))),
    )


def _code(row: models.AuthorizationCode) -> records.AuthorizationCode:
    return records.AuthorizationCode(
        key=Key(row.key),
        authorization=_authorization_from_json(row.authorization),
        redirect_uri=row.redirect_uri,
        code_challenge=row.code_challenge,
        nonce=row.nonce,
        expires=row.expires,
        spent_at=row.spent_at,
    )


def _authorization_as_json(authorization: records.Authorization) -> dict[str, Any]:
    return {
        "id": authorization.id,
        "client_id": authorization.client_id,
        "subject": authorization.subject,
        "sid": authorization.sid,
        "scope": authorization.scope,
        "auth_time": authorization.auth_time.isoformat(),
        "acr": authorization.acr,
        "amr": authorization.amr,
        "root_at": authorization.root_at.isoformat(),
        "expires": authorization.expires.isoformat(),
    }


def _authorization_from_json(value: dict[str, Any]) -> records.Authorization:
    """Name by name: a code may come from a node of the version before or after this one."""
    return records.Authorization(
        id=value["id"],
        client_id=value["client_id"],
        subject=value["subject"],
        sid=value["sid"],
        scope=tuple(value["scope"]),
        auth_time=datetime.fromisoformat(value["auth_time"]),
        acr=value["acr"],
        amr=tuple(value["amr"]),
        root_at=datetime.fromisoformat(value["root_at"]),
        expires=datetime.fromisoformat(value["expires"]),
    )
