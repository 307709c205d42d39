"""Protected resources (RFC 8707)."""

from collections.abc import Collection
from typing import Protocol

from tokens.protocol.records import Resource


class Resources(Protocol):
    def named(self, identifiers: Collection[str]) -> list[Resource]:
        """Those of the protected resources that there are, in the order of their identifiers."""
