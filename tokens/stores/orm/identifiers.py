"""Which texts a column could hold at all. The rest are unknown, and no database is asked: PostgreSQL would answer a NUL
or a lone surrogate with an error."""

from uuid import UUID


def storable(text: str, length: int) -> bool:
    """Whether a row could be found by `text` in a column of `length` characters."""
    return len(text) <= length and "\x00" not in text and text.encode(errors="replace").decode() == text


def uuid(text: str) -> UUID | None:
    """`text` as a UUID, if that is how we write it: an identifier has one spelling."""
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None
