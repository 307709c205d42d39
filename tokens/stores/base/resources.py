"""Protected resources (RFC 8707). No two of them have one identifier, however it is spelled."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from tokens.protocol.records import Resource


class Resources(Protocol):
    def all(self) -> list[Resource]:
        """All that there are, in the order of their identifiers."""

    def named(self, identifiers: Collection[str]) -> list[Resource]:
        """Those of the protected resources that there are, in the order of their identifiers."""

    def add(self, resource: Resource, owners: Collection[str]) -> bool:
        """Adds it; false, and nothing done, where its identifier is taken, or an equal one (`resources.canonical`).
        `owners`: the ids of the clients that serve it; ids that name nobody are passed over."""

    def change(self, resource: Resource, owners: Collection[str], version: datetime) -> bool:
        """Writes it, unless somebody else did since `version`, its `updated`; whether it was written. Clients lose the
        scopes that it no longer has, and it as a default where they have none of it."""

    def delete(self, identifier: str) -> bool:
        """Deletes it; whether there was one. Clients lose its scopes with it: who took its identifier later would find
        them given away already."""
