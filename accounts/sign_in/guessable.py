"""How much of a password has to be guessed: what everybody tries first counts for little, however long it is.

A password is cut into pieces so that they count for as little as possible: a word of the list of common passwords,
characters that follow each other on a keyboard or in the alphabet, a year or a date, what was there before, what is
known of the person or the service, or a character of which nothing is known, which counts for one. So
"Password-12345678" is as hard to guess as 4 such characters. Nobody outside is asked.
"""

import gzip
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Literal

from django.contrib.auth.password_validation import CommonPasswordValidator

Kind = Literal["common", "known", "sequence", "repeated", "unknown"]

SHORTEST, LONGEST = 3, 33
"""Characters of a piece that is looked for, and of the longest common password."""
SEARCHED = 128
"""Characters that are looked at, since the search takes long: whatever begins so long and easily is refused."""
TOP = 1000
"""The first so many of the common passwords are what is tried first."""


def _texts(joined: str) -> tuple[str, ...]:
    return tuple(joined.split())


_GLUE = frozenset(
    _texts(
        "a an and are at be big but can do for from go have he hello hi i if in is it just love me my new no not of oh"
        " ok on one or our pass secret she so that the their they this to two user very was we what who will with word"
        " you your"
    )
)
"""English words that join others; most are too short to stand in the list."""
_FAMOUS = frozenset(
    _texts(
        "correcthorsebatterystaple thequickbrownfox jumpsoverthelazydog jumpedoverthelazydog tobeornottobe"
        " thatisthequestion maytheforcebewithyou onceuponatime inthebeginning loremipsum dolorsitamet"
        " consecteturadipiscing supercalifragilisticexpialidocious ourfatherwhoartinheaven iamyourfather"
        " thelordismyshepherd callmeishmael itwasthebestoftimes elementarymydearwatson twinkletwinklelittlestar"
        " rosesareredvioletsareblue allyourbasearebelongtous winteriscoming onering torulethemall"
        " donaudampfschifffahrtsgesellschaft"
    )
)
"""Long texts that stand in every guesser's list, without their spaces."""
_ROWS = _texts(
    "1234567890 qwertyuiop asdfghjkl zxcvbnm qwertzuiop yxcvbnm azertyuiop qsdfghjklm wxcvbn abcdefghijklmnopqrstuvwxyz"
    " 1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik 1q2w3e4r5t6y7u8i9o0p qazwsxedcrfvtgbyhnujmik q1w2e3r4t5y6u7i8o9p0"
    ' zaq12wsxcde34rfvbgt56yhnmju78ik !@#$%^&*() !"§$%&/()='
)
"""In the order of the keys of usual keyboards, along and across, and of the alphabet."""
_NEXT = frozenset(pair for row in _ROWS for text in (row, row[::-1]) for pair in pairwise(text))
_SPELT = (str.maketrans("@4301!$57", "aaeolisst"), str.maketrans("@4301!$57", "aaeoiisst"))
"""What is read as a letter: a 1 is an l or an i. One character for one, so that pieces stand where they stood."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_DATE = re.compile(
    r"(?:(?:0?[1-9]|[12]\d|3[01]){2}(?:19|20)\d\d|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))"
)


@dataclass(frozen=True, slots=True)
class Worth:
    """`length`: how many unknown characters are as hard to guess; `kinds`: of the pieces that count for less."""

    length: int
    kinds: frozenset[Kind]


def worth(password: str, known: Iterable[str]) -> Worth:
    """What is left to guess of `password`, by somebody to whom the texts of `known` are known: names and addresses."""
    text = password.casefold()[:SEARCHED]
    words = frozenset(_words(known))
    squeezed = "".join(character for character in text if character.isalnum())
    marks = len({character for character in text if not character.isalnum()})
    loose = _worth(squeezed, words)
    # What stands between the pieces is mostly the same: it counts once.
    joined = Worth(loose.length + marks, loose.kinds or frozenset({"repeated"}))
    return min(_worth(text, words), joined, key=lambda each: each.length)


def _words(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        folded = text.casefold()
        parts = re.split(r"[\W_]+", folded)
        yield from (part for part in (folded, "".join(parts), *parts) if len(part) >= SHORTEST)


def _worth(text: str, known: frozenset[str]) -> Worth:
    """The cheapest way to put the text together, from its beginning on."""
    best = [Worth(0, frozenset())]
    runs = _runs(text)
    spellings = (text, *(text.translate(table) for table in _SPELT))
    for end in range(1, len(text) + 1):
        ways = [(1, "unknown", end - 1), *_pieces(text, spellings, end, runs[end - 1], known)]
        length, kind, begin = min(ways, key=lambda way: (best[way[2]].length + way[0], way[2]))
        before = best[begin]
        best.append(Worth(before.length + length, before.kinds | ({kind} - {"unknown"})))
    return best[-1]


def _pieces(
    text: str, spellings: tuple[str, ...], end: int, run: int, known: frozenset[str]
) -> Iterator[tuple[int, Kind, int]]:
    """The pieces that end here: what each counts for, its kind, and where it begins."""
    if run >= SHORTEST:
        yield 1, "sequence", end - run
    for begin in range(max(0, end - LONGEST), end):
        piece = text[begin:end]
        if end - begin > 1 and text.find(piece, 0, begin) >= 0:
            yield 1, "repeated", begin
        if piece in _GLUE:
            yield 1, "common", begin
        yield from _dated(piece, begin)
        for spelling in spellings if end - begin >= SHORTEST else ():
            yield from _listed(spelling[begin:end], begin, known)


def _listed(word: str, begin: int, known: frozenset[str]) -> Iterator[tuple[int, Kind, int]]:
    if word in known:
        yield 1, "known", begin
    if word in _FAMOUS:
        yield 1, "common", begin
    rank = common().get(word)
    if rank is not None:
        yield 2 if rank < TOP or len(word) == SHORTEST else 3, "common", begin


def _dated(piece: str, begin: int) -> Iterator[tuple[int, Kind, int]]:
    if piece.isdecimal() and piece.isascii():
        if len(piece) == 4 and _YEAR.fullmatch(piece):
            yield 1, "common", begin
        if 6 <= len(piece) <= 8 and _DATE.fullmatch(piece):
            yield 2, "common", begin


def _runs(text: str) -> list[int]:
    """For each character how many, to its left and with it, are one after the other or one and the same."""
    runs, step = [1] * len(text), ""
    for at, pair in enumerate(pairwise(text), start=1):
        now = "same" if pair[0] == pair[1] else "next" if pair in _NEXT else ""
        runs[at] = 1 if not now else runs[at - 1] + 1 if now == step else 2
        step = now
    return runs


@cache
def common() -> Mapping[str, int]:
    """The passwords that people choose most (the list is Django's) → the rank of each, the most frequent first."""
    validator = CommonPasswordValidator()
    with gzip.open(validator.DEFAULT_PASSWORD_LIST_PATH, "rt", encoding="utf-8") as file:
        words = (line.strip() for line in file)
        return {word: rank for rank, word in enumerate(words) if len(word) >= SHORTEST}
