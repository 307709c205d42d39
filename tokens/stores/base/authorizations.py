"""Authorizations, judged by the journal."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from tokens.protocol.journal import Cause
from tokens.protocol.records import Authorization, Client, RefreshToken
from tokens.stores.base.whose import Whose


class Authorizations(Protocol):
    def add(self, authorization: Authorization, first: RefreshToken | None = None) -> bool:
        """Adds it, with the first refresh token of its family. False, and nothing is added, where the journal voided
        what it hangs on before the call, as `get` judges it."""

    def get(self, authorization_id: str, now: datetime) -> Authorization | None:
        """The authorization if it is still good: not expired, and neither it nor its consent, its session (unless it is
        offline), its subject or its client void in the journal."""

    def with_client(self, authorization_id: str, now: datetime) -> tuple[Authorization, Client] | None:
        """The authorization as `get` has it, and its client without secrets and the resources that it serves; None
        where one of them is not there."""

    def causes(self, authorization_ids: Collection[str], now: datetime) -> Mapping[str, Cause]:
        """For support: why each of them is over that `with_client` does not find any more, by its id. What is good, and
        what never was, is left out."""

    def session_told(self, client_id: str, told_sid: str) -> str | None:
        """The session that the client was told of by this `sid`, ended or not; None where it was told of none so."""

    def clients_of(self, sid: str, limit: int) -> list[Client]:
        """Up to `limit` clients that were given anything in this session, ended or not, in the order of their ids; each
        without its secrets and the resources that it serves."""

    def find(self, whose: Whose, limit: int, after: str = "") -> list[Authorization]:
        """For support: up to `limit` of their authorizations, expired and void ones too, in the order of their ids.
        `after`: the last id of the page before. ValueError of a client alone, where `Store.lists_by_client` is not."""

    def of_id(self, authorization_id: str) -> Authorization | None:
        """For support: the authorization, though no request may find it any more."""
