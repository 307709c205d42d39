"""The rows of a person, of a client, or of both."""

from typing import TypeVar

from django.db.models import QuerySet

from accounts.ground.uuids import canonical_uuid
from tokens import models
from tokens.stores.base.whose import Whose
from tokens.stores.orm.identifiers import storable

Owned = TypeVar("Owned", models.Consent, models.Authorization)


def owned_by(model: type[Owned], whose: Whose) -> QuerySet[Owned]:
    rows = model._default_manager.all()
    if whose.subject is not None:
        person = canonical_uuid(whose.subject)
        rows = rows.filter(subject=person) if person is not None else rows.none()
    if whose.client_id is not None:
        can_exist = storable(whose.client_id, models.CLIENT_ID)
        rows = rows.filter(client_id=whose.client_id) if can_exist else rows.none()
    return rows
