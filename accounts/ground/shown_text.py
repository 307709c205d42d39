"""What people are shown of what somebody typed in: names, sentences, addresses. One judge of them all.

A letter hides where nobody sees it, or where it turns the text around it: controls, what formats (Unicode's category
Cf) and what may be ignored (Default_Ignorable_Code_Point, UAX #44). Some of these are part of how words are written,
and may stand where they do something: joiners within scripts that join (RFC 5892 A.1, A.2) and within emoji, and
selectors of a variant. A mark that stands on no letter, or on too many other marks, is one that hides, too: it
covers what stands around the text.
"""

import unicodedata
from collections.abc import Callable, Mapping

JOINERS = "\u200c\u200d"
_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_IGNORABLE = (
    *((0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F)),
    *((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF)),
    *((0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)),
)
"""Default_Ignorable_Code_Point, first and last of each range; Python does not know the property."""
_EMPTY = frozenset("\u2800\U0001d159")
"""Symbols without a picture: the Braille pattern of no dots, and a note without a head."""
_JOINING = frozenset(
    {"ARABIC", "SYRIAC", "NKO", "MANDAIC", "MONGOLIAN", "ADLAM", "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI"}
    | {"ORIYA", "TAMIL", "TELUGU", "KANNADA", "MALAYALAM", "SINHALA", "TIBETAN", "MYANMAR", "KHMER", "BALINESE"}
)
"""Scripts whose letters join, as the names of their letters begin."""
_MARKS = frozenset({"Mn", "Me"})
"""Categories of marks that are drawn over, under or around a letter."""
MOST_MARKS = 4
"""On one letter: two accents of Vietnamese, a point, a dot, a vowel and an accent of Hebrew."""
_MOST_IN_STACKS = 8
"""Of Tibetan, whose letters stand on one another."""
_VIRAMA = 9
"""The combining class of what takes the vowel from a letter."""


def hidden(text: str) -> str | None:
    """The first letter that hides, as U+ and its number; None where there is none."""
    return next((f"U+{ord(letter):04X}" for place, letter in enumerate(text) if _is_hidden(text, place)), None)


def is_blank(text: str) -> bool:
    """Whether nothing is left to be seen: no letter, digit, sign or picture."""
    return not any(unicodedata.category(letter)[0] in "LNPS" and not _hides(letter) for letter in text)


def escaped(text: str) -> str:
    """The text with the escape of each letter that hides in its place: of what came from a stranger."""
    return "".join(ascii(letter)[1:-1] if _is_hidden(text, place) else letter for place, letter in enumerate(text))


def _is_hidden(text: str, place: int) -> bool:
    letter = text[place]
    if unicodedata.category(letter) in _MARKS and _is_one_too_many(text, place):
        return True
    if not _hides(letter):
        return False
    allowed = next((rule for letters, rule in _ALLOWED.items() if letters[0] <= letter <= letters[-1]), None)
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    return allowed is None or not before or not allowed(before, after)


def _is_one_too_many(text: str, place: int) -> bool:
    """Whether a mark has no letter to stand on, or as many below it as there may be."""
    most = _MOST_IN_STACKS if _script(text[place]) == "TIBETAN" else MOST_MARKS
    below = text[max(0, place - most) : place]
    return all(unicodedata.category(each) in _MARKS for each in below)


def _hides(letter: str) -> bool:
    return unicodedata.category(letter) in _CATEGORIES or letter in _EMPTY or _is_ignorable(letter)


def _is_ignorable(letter: str) -> bool:
    return any(first <= ord(letter) <= last for first, last in _IGNORABLE)


def _joins(before: str, after: str) -> bool:
    """Between letters that join, after a virama, or between two pictures."""
    if unicodedata.combining(before) == _VIRAMA:
        return True
    if _script(before) in _JOINING and after and _script(after) in _JOINING:
        return True
    return (unicodedata.category(before) in ("So", "Sk") or before == "\ufe0f") and _is_picture(after)


def _selects_picture(before: str, after: str) -> bool:
    return _is_picture(before) or unicodedata.category(before) == "Sm" or after == "\u20e3"


def _selects_ideograph(before: str, after: str) -> bool:
    return unicodedata.name(before, "").startswith("CJK UNIFIED IDEOGRAPH")


def _selects_mongolian(before: str, after: str) -> bool:
    return _script(before) == "MONGOLIAN"


def _is_picture(letter: str) -> bool:
    return letter != "" and unicodedata.category(letter) == "So" and not _hides(letter)


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


_ALLOWED: Mapping[str, Callable[[str, str], bool]] = {
    JOINERS: _joins,
    "\ufe0e\ufe0f": _selects_picture,
    "\U000e0100\U000e01ef": _selects_ideograph,
    "\u180b\u180f": _selects_mongolian,
}
"""First and last of a range, and whether one of it does something between the letter before and the one after."""
