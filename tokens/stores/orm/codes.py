"""Authorization codes."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from tokens import models
from tokens.protocol import records
from tokens.protocol.handles import Key
from tokens.stores.orm.claims import claims_request
from tokens.stores.orm.spending import of_client, spend
from tokens.stores.orm.unless_void import add_unless_void


class Codes:
    def add(self, code: records.AuthorizationCode) -> bool:
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

    def consume(self, key: Key, client_id: str, now: datetime) -> records.AuthorizationCode | None:
        row = spend(models.AuthorizationCode, key, client_id, now)
        return _code(row) if row else None

    def get(self, key: Key, client_id: str) -> records.AuthorizationCode | None:
        row = of_client(models.AuthorizationCode, key, client_id).first()
        return _code(row) if row else None


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
