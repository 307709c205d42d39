"""What people allowed clients: one row for a person and a client."""

from datetime import datetime

from accounts.ground.uuids import canonical_uuid
from tokens import models
from tokens.protocol import records
from tokens.stores.base.whose import Whose
from tokens.stores.orm.identifiers import storable
from tokens.stores.orm.rows import only, record_of
from tokens.stores.orm.statements import consents


class Consents:
    def get(self, subject: str, client_id: str, now: datetime) -> records.Consent | None:
        person = canonical_uuid(subject)
        if person is None or not storable(client_id, models.CLIENT_ID):
            return None
        row = only(consents.get(person, client_id, now))
        return record_of(records.Consent, row) if row else None

    def allowed(self, subject: str, now: datetime, limit: int, after: str = "") -> list[records.Consent]:
        person = canonical_uuid(subject)
        if person is None or not storable(after, models.CLIENT_ID):
            return []
        return [record_of(records.Consent, row) for row in consents.allowed(person, now, limit, after)]

    def grant(self, consent: records.Consent) -> None:
        consents.grant(consent).run()

    def renew(self, consent: records.Consent) -> bool:
        return bool(consents.renew(consent).run())

    def withdraw(self, consent_id: str) -> None:
        if storable(consent_id, models.HANDLE):
            consents.withdraw(consent_id).run()

    def find(self, whose: Whose, limit: int, after: str = "") -> list[records.Consent]:
        return [record_of(records.Consent, row) for row in consents.find(whose, limit, after)]

    def of_id(self, consent_id: str) -> records.Consent | None:
        row = only(consents.of_id(consent_id)) if storable(consent_id, models.HANDLE) else None
        return record_of(records.Consent, row) if row else None
