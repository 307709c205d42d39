"""Options that a command does not take, found as argparse finds them, before anything is installed or read."""

import difflib
import re
from collections.abc import Collection, Iterable, Iterator
from itertools import takewhile

EVERYWHERE = (
    *("-h", "--help", "--version", "-v", "--verbosity", "--settings", "--pythonpath", "--traceback"),
    *("--no-color", "--force-color", "--skip-checks"),
)
"""What every command of Django takes, before a verb."""
NEAR = 0.8
"""How alike two options are of which one is a slip for the other (difflib's ratio)."""
_NUMBER = re.compile(r"-\d+|-\d*\.\d+")


def flags(shown: Iterable[str]) -> Iterator[str]:
    """The options in lines of a table, such as `--tag, -t TAGS`."""
    for each in shown:
        yield from takewhile(lambda word: word.startswith("-"), each.replace(",", "").split())


def unknown(typed: Iterable[str], known: Collection[str]) -> str | None:
    """The first option of a command line that is none of `known` and no beginning of one, without its value."""
    options = filter(_is_option, takewhile(lambda each: each != "--", typed))
    names = (each.partition("=")[0] for each in options)
    return next((name for name in names if not _is_known(name, known)), None)


def meant(name: str, known: Collection[str], near: float = 0.6) -> str | None:
    """The one that it is perhaps a slip for."""
    return next(iter(difflib.get_close_matches(name, list(known), 1, near)), None)


def _is_option(word: str) -> bool:
    """A text with a space in it is a value, and so is a negative number."""
    text = word.partition("=")[0] if word.startswith("--") else word
    return len(text) > 1 and text[0] == "-" and " " not in text and not _NUMBER.fullmatch(text)


def _is_known(name: str, known: Collection[str]) -> bool:
    """Options may be typed in part; one of a single letter has its value behind it, or more letters."""
    is_short = not name.startswith("--") and name[:2] in known
    return is_short or any(each.startswith(name) for each in known)
