"""The kinds of what a store holds that ends: one line each, from which every list of kinds is derived.

A line tells what a record names (a client, a person, an authorization: no foreign key says so) and when it ends.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tokens.protocol.records import Reference

KeyForm = Literal["handle", "digest"]
Path = str
"""The way to a value within a record: names of attributes or of members, with dots between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind. What it does not name has no path."""

    name: str
    part: str
    """The part of the store that writes it."""
    key: str = "key"
    """What a record is known by: the attribute."""
    key_form: KeyForm = "digest"
    """Of handles, or of their digests: what a random key looks like."""
    client_id: Path | None = None
    subject: Path | None = None
    authorization_id: Path | None = None
    ends: str = "expires"
    """What tells its end: the attribute."""
    told_after: bool = True
    """Whether one that ended is told from one that never was: such are kept for a grace."""
    begins: str = "created"
    """The column that says since when it is there; of a consent, since when it was last granted."""

    @property
    def references(self) -> Mapping[str, Path]:
        """What it names, with the paths."""
        paths = {"client_id": self.client_id, "subject": self.subject, "authorization_id": self.authorization_id}
        return {name: path for name, path in paths.items() if path is not None}

    def reference(self, record: Any) -> Reference:
        """What this record names."""
        named = {name: _at(record, path.split(".")) for name, path in self.references.items()}
        return Reference(key=getattr(record, self.key), **named)


def _at(value: Any, path: Iterable[str]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else getattr(value, name)
    return value


_LINES = (
    Kind(name="run", part="runs"),
    Kind(name="authorization_code", part="codes", client_id="authorization.client_id", subject="authorization.subject"),
    Kind(name="interaction", part="interactions", client_id="parameters.client_id", told_after=False),
    Kind(name="client_assertion", part="client_assertions", told_after=False),
    Kind(
        name="access_token",
        part="access_tokens",
        client_id="claims.client_id",
        authorization_id="claims.authorization_id",
    ),
    Kind(name="refresh_token", part="refresh_tokens", client_id="client_id", authorization_id="authorization_id"),
    Kind(
        name="consent",
        part="consents",
        key="id",
        key_form="handle",
        client_id="client_id",
        subject="subject",
        begins="granted_at",
    ),
    Kind(
        name="authorization",
        part="authorizations",
        key="id",
        key_form="handle",
        client_id="client_id",
        subject="subject",
        ends="kept_until",
    ),
    Kind(name="revocation", part="journal"),
    Kind(name="logout_delivery", part="outbox", key="id"),
)
"""Parents come last: what names a parent is swept before it."""

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _LINES}
EXPIRING = tuple(KINDS)
"""What `delete_expired` sweeps. A test holds every table with a column `expires` to it."""
REFERRING = tuple(name for name, kind in KINDS.items() if kind.references)
"""What `sweep_orphans` sweeps. A test holds every table that names a parent to it."""
