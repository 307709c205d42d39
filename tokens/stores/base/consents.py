"""What people allowed clients."""

from datetime import datetime
from typing import Protocol

from tokens.protocol.records import Consent
from tokens.stores.base.whose import Whose


class Consents(Protocol):
    def get(self, subject: str, client_id: str, now: datetime) -> Consent | None:
        """What the person allows the client at this instant."""

    def allowed(self, subject: str, now: datetime, limit: int, after: str = "") -> list[Consent]:
        """What the person allows at this instant, up to `limit` clients, in the order of their ids, one consent of
        each. `after`: the last client id of the page before."""

    def grant(self, consent: Consent) -> None:
        """Remembers it in place of what was allowed before, under the id of that until it is withdrawn: all that was
        issued on either ends with the one."""

    def renew(self, consent: Consent) -> bool:
        """Remembers it in place of what was allowed under its id, of the same person and client; whether that was
        there, and not withdrawn. Else nothing is written."""

    def withdraw(self, consent_id: str) -> None:
        """Forgets it. What was issued on it is voided by its id in the journal, which is another verb's."""

    def find(self, whose: Whose, limit: int, after: str = "") -> list[Consent]:
        """For support: up to `limit` of their consents, expired ones too, in the order of their ids.
        `after`: the last id of the page before. ValueError of a client alone, where `Store.lists_by_client` is not."""

    def of_id(self, consent_id: str) -> Consent | None:
        """For support: the consent, though no request may find it any more."""
