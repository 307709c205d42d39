"""UUIDs as texts."""

from uuid import UUID


def canonical_uuid(text: str) -> UUID | None:
    """`text` as a UUID, if it is in the one spelling that we write (RFC 9562 §4: lower case, with hyphens)."""
    try:
        uuid = UUID(text)
    except ValueError:
        return None
    return uuid if str(uuid) == text else None
