"""Which texts a column could hold at all. The rest are unknown, and no database is asked: PostgreSQL would answer a NUL
or a lone surrogate with an error."""

import re

DIGITS = re.compile(r"[0-9]{1,18}")
"""No more than a column of numbers holds."""


def storable(text: str, length: int) -> bool:
    """Whether a row could be found by `text` in a column of `length` characters."""
    return len(text) <= length and "\x00" not in text and text.encode(errors="replace").decode() == text


def number(text: str) -> int | None:
    """The id that a row could have, of those whose ids are numbers: a text that is none names nothing."""
    return int(text) if DIGITS.fullmatch(text) else None
