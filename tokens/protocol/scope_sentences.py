"""What a resource's scopes are called where a person is asked: a sentence for each, in the languages that it has.

A line is SCOPE LANGUAGE SENTENCE, such as `orders:read en See your orders`; a language is a tag of RFC 5646.
"""

import re
from collections.abc import Collection, Iterator

from accounts.ground.shown_text import hidden, is_blank
from tokens.protocol.member_types import shown

MAX_LINES = 500
MAX_LINE = 400  # characters
FORM = "is not SCOPE LANGUAGE SENTENCE, such as: orders:read en See your orders"
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", re.ASCII)


def sentence(lines: Collection[str], scope: str, language: str) -> str | None:
    """That of the scope: in the language, in one of the same first part (`pt` for `pt-BR`), or the first that there
    is; None where there is none."""
    named = (line.split(" ", 2) for line in lines)
    of_scope = {tag.lower(): words for name, tag, words in named if name == scope}
    wanted = language.lower()
    main = wanted.partition("-")[0]
    alike = (tag for tag in of_scope if tag.partition("-")[0] == main)
    tag = next((tag for tag in (wanted, main, *alike, *of_scope) if tag in of_scope), None)
    return of_scope[tag] if tag is not None else None


def faults(lines: Collection[str], scopes: Collection[str]) -> Iterator[str]:
    """What is wrong with the lines, for a resource that has these scopes."""
    if len(lines) > MAX_LINES:
        yield f"has more than {MAX_LINES} lines"
        return
    known: set[tuple[str, str]] = set()
    for line in lines:
        words = line.split(" ", 2)
        if len(words) < 3 or not _LANGUAGE.fullmatch(words[1]) or is_blank(words[2]):
            yield f"{shown(line)} {FORM}"
        elif len(line) > MAX_LINE or hidden(line):
            yield f"{shown(line)} is longer than {MAX_LINE} characters, or has some that cannot be shown"
        elif words[0] not in scopes:
            yield f"{shown(line)} begins with none of its scopes"
        elif (key := (words[0], words[1].lower())) in known:
            yield f"{shown(line)} is a second sentence for this scope and language"
        else:
            known.add(key)
