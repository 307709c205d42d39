"""A kind of items. What a kind says, the page of the tables is made from, and every write is held to it.

Of a table that is replicated, an item is written by nobody after it was made, or by one region, or there is one a
region, which readers merge; or it says the same, whichever region writes it. Then the last writer takes nothing away.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from typing import Literal

Writer = Literal["nobody", "home", "each", "any", "sql", "region"]
WRITERS: Mapping[Writer, str] = {
    "nobody": "nobody after it was made: to write it twice is to write the same",
    "home": "the region that its key begins with",
    "each": "one a region, by that one; readers merge them",
    "any": "any region: it says the same, and is only kept for longer",
    "sql": "the region in which SQL is written: whole, in place of an older version",
    "region": "the table is the region's own",
}
"""Who writes an item once it is there."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind. `pk` and `sk`: how they are made, with names in braces. `attributes`: what each has beside them,
    `more`: what some have, which may be made with names in braces too. `size`: bytes of one as it mostly is, at most.
    `reads`: how it is read. `ends`: by which time it goes, or why it never does (`for_ever`)."""

    name: str
    part: str
    """The part of the store that writes it."""
    table: str
    pk: str
    sk: str = ""
    attributes: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    size: int
    writer: Writer
    reads: str
    ends: str = ""
    for_ever: str = ""

    @cached_property
    def form(self) -> re.Pattern[str]:
        """Of a key: `pk`, a line end and `sk`."""
        return re.compile(f"{_pattern(self.pk)}\n{_pattern(self.sk)}", re.DOTALL)

    def has(self, name: str) -> bool:
        """Whether one may have an attribute of this name."""
        return name in self.attributes or any(re.fullmatch(_pattern(form), name) for form in self.more)


def _pattern(form: str) -> str:
    """A name in braces stands for any text; one that the form begins with for any without a colon."""
    names = re.findall(r"\{(\w+)\}", form)
    texts = map(re.escape, re.split(r"\{\w+\}", form))
    anything = [f"(?P<{name}>{'[^:]+' if form.startswith(f'{{{name}') else '.*'})" for name in names]
    return "".join(text + each for text, each in zip_longest(texts, anything, fillvalue=""))
