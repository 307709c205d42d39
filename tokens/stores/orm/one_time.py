"""Codes, interactions and client assertions: things that work once."""

import hashlib
from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db.models import Case, F, QuerySet, TextField, Value, When
from django.db.models.functions import Concat, StrIndex
from django.db.models.lookups import GreaterThan

from tokens import models
from tokens.protocol import records
from tokens.protocol.handles import Key
from tokens.stores.orm.claims import claims_request
from tokens.stores.orm.identifiers import storable
from tokens.stores.orm.insert_new import insert_new
from tokens.stores.orm.spending import of_client, spend
from tokens.stores.orm.unless_void import add_unless_void


class OneTime:
    def add_code(self, code: records.AuthorizationCode) -> bool:
        row = models.AuthorizationCode(
            key=code.key,
            client_id=code.authorization.client_id,
            authorization=_authorization_as_json(code.authorization),
            redirect_uri=code.redirect_uri,
            code_challenge=code.code_challenge,
            nonce=code.nonce,
            expires=code.expires,
            spent_at=code.spent_at,
            dpop_jkt=code.dpop_jkt,
        )
        return add_unless_void(code.authorization, [row])

    def consume_code(self, key: Key, client_id: str, now: datetime) -> records.AuthorizationCode | None:
        row = spend(models.AuthorizationCode, key, client_id, now)
        return _code(row) if row else None

    def code(self, key: Key, client_id: str) -> records.AuthorizationCode | None:
        row = of_client(models.AuthorizationCode, key, client_id).first()
        return _code(row) if row else None

    def add_interaction(self, interaction: records.Interaction) -> None:
        models.Interaction.objects.create(
            key=interaction.key,
            browser=interaction.browser,
            parameters=dict(interaction.parameters),
            steps=_as_column(interaction.steps),
            created=interaction.created,
            expires=interaction.expires,
        )

    def interaction(self, key: Key, browser: Key, now: datetime) -> records.Interaction | None:
        row = _waiting(key, browser, now).first()
        return _interaction(row) if row else None

    def bind_interaction(self, key: Key, browser: Key, steps: Collection[str], now: datetime) -> bool:
        if not storable(browser, models.KEY):
            return False
        return _waiting(key, records.UNBOUND, now).update(browser=browser, steps=_as_column(steps)) == 1

    def record_step(self, key: Key, browser: Key, step: str, now: datetime) -> bool:
        added = Value(_as_text(step), output_field=TextField())
        # Only what is new: a person may send a form again and again.
        known = When(GreaterThan(StrIndex("steps", added), 0), then=F("steps"))
        steps = Case(known, default=Concat(F("steps"), added))
        return _waiting(key, browser, now).update(steps=steps) == 1

    def consume_interaction(self, key: Key, browser: Key, now: datetime) -> bool:
        return _waiting(key, browser, now).update(spent_at=now) == 1

    def use_client_assertion(self, client_id: str, jti: str, expires: datetime) -> bool:
        return insert_new(models.ClientAssertion(key=_assertion_key(client_id, jti), expires=expires))


def _waiting(key: Key, browser: Key, now: datetime) -> QuerySet[models.Interaction]:
    if not storable(key, models.KEY) or not storable(browser, models.KEY):
        return models.Interaction.objects.none()
    return models.Interaction.objects.filter(key=key, browser=browser, spent_at=None, expires__gt=now)


def _assertion_key(client_id: str, jti: str) -> str:
    """One key for one pair: the length says where the first ends, and every text can be encoded."""
    return hashlib.sha256(f"{len(client_id)}:{client_id}{jti}".encode(errors="surrogatepass")).hexdigest()


def _as_column(steps: Collection[str]) -> str:
    return "".join(_as_text(step) for step in sorted(steps))


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
        dpop_jkt=row.dpop_jkt,
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
        "kept_until": authorization.kept_until.isoformat() if authorization.kept_until is not None else None,
        "consent_id": authorization.consent_id,
        "resource": authorization.resource,
        "claims": asdict(authorization.claims),
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
        kept_until=datetime.fromisoformat(kept_until) if (kept_until := value.get("kept_until")) else None,
        consent_id=value.get("consent_id"),
        resource=tuple(value.get("resource", ())),
        claims=claims_request(value.get("claims", {})),
    )
