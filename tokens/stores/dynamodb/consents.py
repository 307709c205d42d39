"""What people allowed clients: an item a region for a person and a client, and one that leads to it from its id.

Two yeses at once are one: each is written where the region's item is still the one that was looked at, so what is
issued on either hangs on one id.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import chain, groupby, islice
from operator import attrgetter

from accounts.ground.dynamodb.items import Item, digest
from accounts.ground.dynamodb.state import State
from accounts.ground.dynamodb.tables import PK
from accounts.ground.dynamodb.unit import Condition, Place
from tokens.protocol import journal
from tokens.protocol.records import Consent
from tokens.stores.base.whose import Whose
from tokens.stores.dynamodb.journal import Journal
from tokens.stores.dynamodb.records import ending, item_of, record_of
from tokens.stores.dynamodb.refresh_tokens import TABLE
from tokens.stores.dynamodb.units import Units

ID, POINTER = "id", "consent"


class Consents:
    def __init__(self, state: State, journal: Journal, units: Units) -> None:
        self._state, self._journal, self._units = state, journal, units

    def get(self, subject: str, client_id: str, now: datetime) -> Consent | None:
        """Of several regions' the last, of those whose id is not void."""
        items = self._state.of(TABLE, _pk(subject), f"{digest(client_id)}#")
        held = [each for each in map(_consent, items) if each.expires > now]
        void = self._void(held)
        good = [each for each in held if each.id not in void]
        return max(good, key=attrgetter("granted_at"), default=None)

    def allowed(self, subject: str, now: datetime, limit: int, after: str = "") -> list[Consent]:
        """One call for a megabyte of them, however many are asked for, and one for those that are answered."""
        items = map(_consent, self._state.of(TABLE, _pk(subject)))
        held = [each for each in items if each.expires > now and each.client_id > after]
        return list(islice(self._last(sorted(held, key=attrgetter("client_id", "granted_at")), limit), limit))

    def _last(self, held: list[Consent], clients: int) -> Iterator[Consent]:
        """Of each client the last that is not void. So many `clients` are looked up in the journal at once."""
        of_clients = [list(each) for _, each in groupby(held, key=attrgetter("client_id"))]
        for start in range(0, len(of_clients), clients):
            some = of_clients[start : start + clients]
            void = self._void(list(chain(*some)))
            good = ([each for each in of_client if each.id not in void] for of_client in some)
            yield from (each[-1] for each in good if each)

    def grant(self, consent: Consent) -> None:
        self._units.in_unit(lambda: self._grant(consent))

    def _grant(self, consent: Consent) -> None:
        """Under the id of the region's own one, unless that is void."""
        place = self._place(consent.subject, consent.client_id)
        held = self._held(place)
        if held is None:
            self._write(place, consent, (PK, "absent", None))
        else:
            id_ = consent.id if self._void([held]) else held.id
            self._write(place, replace(consent, id=id_), (ID, "=", held.id))

    def renew(self, consent: Consent) -> bool:
        return self._units.in_unit(lambda: self._renew(consent))

    def _renew(self, consent: Consent) -> bool:
        place = self._place(consent.subject, consent.client_id)
        held = self._held(place)
        if held is None or held.id != consent.id or self._void([held]):
            return False
        self._write(place, consent, (ID, "=", held.id))
        return True

    def _write(self, place: Place, consent: Consent, condition: Condition) -> None:
        pointer = {"subject": consent.subject, "client_id": consent.client_id, **ending(consent.expires)}
        self._state.add((TABLE, consent.id, POINTER), pointer)
        sets = item_of(consent, ends=consent.expires, id=consent.id)
        self._state.decide(place, [condition], {name: each for name, each in sets.items() if each is not None})

    def withdraw(self, consent_id: str) -> None:
        """The pointer ends by itself: it leads to nothing."""
        held = self.of_id(consent_id)
        if held is not None:
            self._state.forget(self._place(held.subject, held.client_id), [(ID, "=", consent_id)])

    def find(self, whose: Whose, limit: int, after: str = "") -> list[Consent]:
        items = self._state.of(TABLE, _pk(whose.person()), f"{digest(whose.client_id)}#" if whose.client_id else "")
        held = sorted(map(_consent, items), key=attrgetter("id"))
        return [each for each in held if each.id > after and whose.owns(each.subject, each.client_id)][:limit]

    def of_id(self, consent_id: str) -> Consent | None:
        pointer = self._state.get((TABLE, consent_id, POINTER))
        if pointer is None:
            return None
        held = self._held(self._place(str(pointer["subject"]), str(pointer["client_id"])))
        return held if held is not None and held.id == consent_id else None

    def _held(self, place: Place) -> Consent | None:
        item = self._state.get(place)
        return _consent(item) if item is not None else None

    def _void(self, consents: list[Consent]) -> set[str]:
        """The ids of those that are void, which are so for ever: since when they are there does not matter."""
        ids = {journal.consent(each.id): each.id for each in consents}
        return {ids[key] for each in consents[:1] for key in self._journal.voids(ids, each.granted_at)}

    def _place(self, subject: str, client_id: str) -> Place:
        return TABLE, _pk(subject), f"{digest(client_id)}#{self._state.region}"


def _pk(subject: str) -> str:
    return f"consents:{subject}"


def _consent(item: Item) -> Consent:
    return record_of(Consent, item)
