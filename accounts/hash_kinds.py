"""What a hash costs to check: its kind, which is all that stands before its salt and its digest."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from argon2 import low_level
from django.contrib.auth.hashers import get_hasher, identify_hasher, is_password_usable

SALT = "as-good-as-another"
DIGEST = 32  # bytes


@dataclass(frozen=True, slots=True)
class Work:
    """Rounds of a family are additive: 3 and then 4 of them cost what 7 do."""

    family: tuple[str, ...]
    rounds: int

    def do(self, password: str) -> None:
        _DONE[self.family[0]](password, self)


def foreign_kind(encoded: str) -> str:
    """`pbkdf2_sha256$600000`, `argon2$argon2id$v=19$m=102400,t=2,p=8`. Empty for a hash of today's kind, and for what
    no hasher of ours reads, for which Django does the work of today's."""
    if not is_password_usable(encoded):
        return ""
    try:
        identify_hasher(encoded)
    except ValueError:
        return ""
    kind = encoded.rsplit("$", 2)[0]
    return "" if kind == todays_kind() else kind


def todays_kind() -> str:
    """Of what is hashed now."""
    hasher: Any = get_hasher()
    kind: str = getattr(hasher, "kind", hasher.algorithm)
    return kind


def owed(kinds: Iterable[str], done: str) -> Iterator[Work]:
    """What is left of the work of all `kinds` for who has done that of one of them: of each family the dearest's."""
    mine = _work(done)
    dearest: dict[tuple[str, ...], int] = {}
    for work in filter(None, map(_work, kinds)):
        dearest[work.family] = max(work.rounds, dearest.get(work.family, 0))
    for family, rounds in sorted(dearest.items()):
        left = rounds - (mine.rounds if mine is not None and mine.family == family else 0)
        if left > 0:
            yield Work(family, left)


def _work(kind: str) -> Work | None:
    for pattern, read in _READ.items():
        if matched := re.fullmatch(pattern, kind):
            return read(matched)
    return None


def _pbkdf2(password: str, work: Work) -> None:
    hasher: Any = get_hasher(work.family[0])
    hasher.encode(password, SALT, work.rounds)


def _argon2(password: str, work: Work) -> None:
    _, memory, lanes = work.family
    low_level.hash_secret(
        password.encode(), SALT.encode(), work.rounds, int(memory), int(lanes), DIGEST, low_level.Type.ID
    )


_READ: Mapping[str, Callable[[re.Match[str]], Work]] = {
    r"(pbkdf2_sha256)\$(\d+)": lambda found: Work((found[1],), int(found[2])),
    r"(argon2)\$argon2\w+\$v=\d+\$m=(\d+),t=(\d+),p=(\d+)": lambda found: Work(
        (found[1], found[2], found[4]), int(found[3])
    ),
}
_DONE: Mapping[str, Callable[[str, Work], None]] = {"pbkdf2_sha256": _pbkdf2, "argon2": _argon2}
