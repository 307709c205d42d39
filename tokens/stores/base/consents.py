"""What people allowed clients."""

from datetime import datetime
from typing import Protocol

from tokens.protocol.records import Consent


class Consents(Protocol):
    def get(self, subject: str, client_id: str, now: datetime) -> Consent | None:
        """What the person allows the client at this instant."""

    def grant(self, consent: Consent) -> None:
        """Remembers it in place of what was allowed before, under the id of that until it is withdrawn: all that was
        issued on either ends with the one."""

    def withdraw(self, consent_id: str) -> None:
        """Forgets it. What was issued on it is voided by its id in the journal, which is another verb's."""
