"""Values as literals of the languages that snippets are written in: each function answers a whole literal, with its
quotes, or raises Unspeakable where the language has no way to say the value that we trust.

Programming languages have strings that say anything. Configuration files expand variables in theirs (`${NAME}`,
`$__env{NAME}`), end them at places that depend on the reader, or have none at all: there only what means nothing else
anywhere is written.
"""

import re
import shlex
from collections.abc import Callable, Mapping

_PLAIN = re.compile(r"[A-Za-z0-9_/\[-][A-Za-z0-9\[\]._~:/?&=+,@%-]*", re.ASCII)
"""What no reader of a configuration file takes for anything but itself, in quotes or without."""


class Unspeakable(Exception):
    """The language cannot say this value."""


def _string(value: str) -> str:
    """In double quotes, with a backslash before those inside: Python, JavaScript, JSON, Java, Go."""
    if not value.isprintable():
        raise Unspeakable
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _c(value: str) -> str:
    """As others have it, and no two question marks side by side: with a third character some compilers read them as
    one, a backslash even (C11 §5.2.1.1)."""
    return re.sub(r"(?<=\?)\?", r"\\?", _string(value))


def _ruby(value: str) -> str:
    """In single quotes, where Ruby expands nothing."""
    if not value.isprintable():
        raise Unspeakable
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _shell(value: str) -> str:
    if not value.isprintable():
        raise Unspeakable
    return shlex.quote(value)


def _bare(value: str) -> str:
    if not _PLAIN.fullmatch(value):
        raise Unspeakable
    return value


def _quoted(value: str) -> str:
    return f'"{_bare(value)}"'


LITERALS: Mapping[str, Callable[[str], str]] = {
    "python": _string,
    "javascript": _string,
    "json": _string,
    "c": _c,
    "java": _string,
    "go": _string,
    "ruby": _ruby,
    "sh": _shell,
    "toml": _quoted,
    "yaml": _quoted,
    "apache": _quoted,
    "nginx": _bare,
    "ini": _bare,
    "properties": _bare,
    "text": _bare,
}
"""The names are those of Markdown's fences."""
