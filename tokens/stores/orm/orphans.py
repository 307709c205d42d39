"""What names a client or an authorization that is gone. No foreign key says so: the hot tables have none.

A walk over a table by its key, page by page, reads no more at once than a page; which parents of a page are gone is one
look more. No lock is needed between the looks. A parent was committed before whatever names it, or with it, so who sees
the row sees the parent unless it was deleted; and no id is given twice, so what is gone does not come back.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Model, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KT
from django.db.models.functions import Now, NullIf

from tokens import models
from tokens.protocol.records import Referrer
from tokens.stores.base.sweeping import Parent
from tokens.stores.orm.cleanup import delete_locked

NOTHING = Value(None, output_field=TextField())


@dataclass(frozen=True, slots=True)
class Refers:
    """Where a table says what a Referrer does. `created`: the column, by which no row is older than it is."""

    model: type[Model]
    client_id: Combinable
    subject: Combinable = NOTHING
    authorization_id: Combinable = NOTHING
    key: str = "key"
    created: str = "created"


def _in(path: str) -> Combinable:
    """A text within JSON. MariaDB reads a null there as a text, too."""
    return NullIf(KT(path), Value("null", output_field=TextField()), output_field=TextField())


REFERRERS: Mapping[str, Refers] = {
    "authorization_code": Refers(models.AuthorizationCode, F("client_id"), subject=_in("authorization__subject")),
    "interaction": Refers(models.Interaction, _in("parameters__client_id")),
    "access_token": Refers(
        models.AccessToken, _in("claims__client_id"), authorization_id=_in("claims__authorization_id")
    ),
    "refresh_token": Refers(models.RefreshToken, F("client_id"), authorization_id=F("authorization_id")),
    "consent": Refers(models.Consent, F("client_id"), F("subject"), key="consent_id", created="granted_at"),
    "authorization": Refers(models.Authorization, F("client_id"), F("subject"), key="id"),
}
PARENTS: Mapping[Parent, type[Model]] = {"client": models.Client, "authorization": models.Authorization}


class Orphans:
    def referrers(self, kind: str, after: str, limit: int) -> list[Referrer]:
        found = REFERRERS[kind]
        rows = found.model._default_manager.filter(**{f"{found.key}__gt": after}).order_by(found.key)
        named = rows.values_list(found.key, found.client_id, found.subject, found.authorization_id)
        return [_referrer(*row) for row in named[:limit]]

    def gone(self, parent: Parent, ids: Collection[str]) -> set[str]:
        there = PARENTS[parent]._default_manager.filter(pk__in=set(ids)).values_list("pk", flat=True)
        return set(ids) - set(there)

    def delete_orphans(self, kind: str, keys: Collection[str], grace: float) -> int:
        found = REFERRERS[kind]
        before = {f"{found.created}__lt": Now() - timedelta(seconds=grace)}
        with transaction.atomic(durable=True):
            return delete_locked(found.model._default_manager.filter(**{f"{found.key}__in": keys}, **before))


def _referrer(key: str, client_id: str | None, subject: Any, authorization_id: str | None) -> Referrer:
    return Referrer(
        key=key,
        client_id=client_id,
        subject=str(subject) if subject is not None else None,
        authorization_id=authorization_id,
    )
