"""What people allowed clients: one row for a person and a client."""

from dataclasses import replace
from datetime import datetime
from operator import attrgetter

from tokens.protocol.records import Consent
from tokens.stores.base.whose import Whose
from tokens.stores.memory.state import State
from tokens.stores.memory.tables import alive


class Consents:
    def __init__(self, state: State) -> None:
        self._state = state

    def get(self, subject: str, client_id: str, now: datetime) -> Consent | None:
        with self._state.lock:
            return alive(self._state.consents.get((subject, client_id)), now)

    def allowed(self, subject: str, now: datetime, limit: int, after: str = "") -> list[Consent]:
        with self._state.lock:
            held = [alive(each, now) for each in self._state.consents.values() if each.subject == subject]
        allowed = [each for each in held if each is not None and each.client_id > after]
        return sorted(allowed, key=attrgetter("client_id"))[:limit]

    def grant(self, consent: Consent) -> None:
        with self._state.lock:
            self._state.write(lambda: self._grant(consent))

    def renew(self, consent: Consent) -> bool:
        name = (consent.subject, consent.client_id)
        with self._state.lock:
            before = self._state.row(self._state.consents, name)
            if before is None or before.id != consent.id:
                return False
            self._state.change(self._state.consents, name, consent)
            return True

    def withdraw(self, consent_id: str) -> None:
        with self._state.lock:
            self._state.write(lambda: self._withdraw(consent_id))

    def find(self, whose: Whose, limit: int, after: str = "") -> list[Consent]:
        with self._state.lock:
            held = self._state.consents.values()
            owned = [each for each in held if each.id > after and whose.owns(each.subject, each.client_id)]
            return sorted(owned, key=attrgetter("id"))[:limit]

    def of_id(self, consent_id: str) -> Consent | None:
        with self._state.lock:
            return next((each for each in self._state.consents.values() if each.id == consent_id), None)

    def _grant(self, consent: Consent) -> None:
        name = (consent.subject, consent.client_id)
        before = self._state.consents.get(name)
        self._state.consents[name] = consent if before is None else replace(consent, id=before.id)

    def _withdraw(self, consent_id: str) -> None:
        held = self._state.consents
        for name in [name for name, consent in held.items() if consent.id == consent_id]:
            del held[name]
