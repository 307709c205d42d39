"""What people allowed clients: an item a region for a person and a client, those of them merged whose id is not void."""

from dataclasses import replace
from datetime import datetime

from tokens.protocol import journal
from tokens.protocol.records import Consent
from tokens.stores.base.whose import Whose
from tokens.stores.dynamodb.items import Item, instant, micros
from tokens.stores.dynamodb.journal import Journal
from tokens.stores.dynamodb.records import EXPIRES, item_of, record_of
from tokens.stores.dynamodb.refresh_tokens import TABLE
from tokens.stores.dynamodb.state import Place, State

POINTER = "consent"


class Consents:
    def __init__(self, state: State, journal: Journal) -> None:
        self._state, self._journal = state, journal

    def get(self, subject: str, client_id: str, now: datetime) -> Consent | None:
        held = [each for each in self._of(subject, client_id) if each.expires > now]
        return max(held, key=lambda each: each.granted_at, default=None)

    def grant(self, consent: Consent) -> None:
        """Under the id of the region's own one, unless that is void."""
        before = self._state.get(self._place(consent.subject, consent.client_id))
        held = record_of(Consent, before) if before is not None else None
        if held is not None and not self._is_void(held):
            consent = replace(consent, id=held.id)
        place = self._place(consent.subject, consent.client_id)
        self._state.put(place, item_of(consent, ends=consent.expires))
        self._state.put((TABLE, consent.id, POINTER), {"of": place[1], "client": place[2], **_ends(consent)})

    def withdraw(self, consent_id: str) -> None:
        pointer = self._state.get((TABLE, consent_id, POINTER))
        if pointer is not None:
            self._state.forget((TABLE, str(pointer["of"]), str(pointer["client"])))
            self._state.forget((TABLE, consent_id, POINTER))

    def find(self, whose: Whose, limit: int, after: str = "") -> list[Consent]:
        raise NotImplementedError

    def of_id(self, consent_id: str) -> Consent | None:
        pointer = self._state.get((TABLE, consent_id, POINTER))
        if pointer is None:
            return None
        item = self._state.get((TABLE, str(pointer["of"]), str(pointer["client"])))
        return record_of(Consent, item) if item is not None else None

    def _of(self, subject: str, client_id: str) -> list[Consent]:
        items = self._state.of(TABLE, f"consents:{subject}", f"{client_id}#")
        return [each for each in map(_consent, items) if not self._is_void(each)]

    def _is_void(self, consent: Consent) -> bool:
        return self._journal.revoked([journal.consent(consent.id)], consent.granted_at)

    def _place(self, subject: str, client_id: str) -> Place:
        return TABLE, f"consents:{subject}", f"{client_id}#{self._state.region}"


def _consent(item: Item) -> Consent:
    return record_of(Consent, item, expires=instant(int(item[EXPIRES])))


def _ends(consent: Consent) -> dict[str, int]:
    return {EXPIRES: micros(consent.expires)}
