"""Which texts a column could hold at all. The rest are unknown, and no database is asked: PostgreSQL would answer a NUL
or a lone surrogate with an error."""


def storable(text: str, length: int) -> bool:
    """Whether a row could be found by `text` in a column of `length` characters."""
    return len(text) <= length and "\x00" not in text and text.encode(errors="replace").decode() == text
