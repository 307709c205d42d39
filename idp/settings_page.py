"""docs/settings.md, made from the settings themselves: `python -m idp.settings_page > docs/settings.md`."""

import types
import typing
from collections.abc import Iterator
from typing import Any

from idp.configuration import SECTIONS
from idp.env import Setting, settings_of

INTRODUCTION = """# Settings

Every setting is an environment variable, read once at the start. `NAME_FILE` instead of `NAME` reads the value from
that file, for secrets that are mounted. A name that starts with `IDP_` and is not listed here stops the start, and so
does a value or a pair of values that cannot be meant; all faults are printed at once, a line each.

Booleans are `true` or `false`. Lists are separated by commas or spaces.

<!-- Made by `python -m idp.settings_page`; a test keeps it fresh. -->
"""
TITLES = ("The deployment", "Sign-in and sessions", "Mail", "The authorization server", "The store on DynamoDB")
"""Of the sections, in their order."""
KINDS = {
    **dict.fromkeys(("str", "Issuer", "MailServer"), "text"),
    "int": "number",
    "bool": "boolean",
    **dict.fromkeys(("Path", "Logo"), "path"),
}
"""By the name of the type of a setting."""


def page() -> str:
    """The whole page as Markdown."""
    seen: set[str] = set()
    parts = [INTRODUCTION]
    for title, (section, prefix) in zip(TITLES, SECTIONS.items(), strict=True):
        rows = [setting for setting in settings_of(section, prefix) if setting.variable not in seen]
        seen |= {setting.variable for setting in rows}
        parts.append(
            "\n".join(
                [f"## {title}", "", "| variable | type | default | what it is |", "|---|---|---|---|", *_rows(rows)]
            )
        )
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _rows(settings: list[Setting]) -> Iterator[str]:
    for setting in settings:
        yield f"| `{setting.variable}` | {_kind(setting.type)} | {_default(setting.default)} | {setting.doc} |"


def _kind(kind: Any) -> str:
    if isinstance(kind, types.UnionType):
        kind = next(option for option in typing.get_args(kind) if option is not types.NoneType)
    if typing.get_origin(kind) is typing.Literal:
        return " or ".join(f"`{choice}`" for choice in typing.get_args(kind))
    return KINDS.get(getattr(kind, "__name__", ""), "list")


def _default(default: Any) -> str:
    if default is None:
        return ""
    return f"`{str(default).lower()}`" if isinstance(default, bool) else f"`{default}`"


if __name__ == "__main__":
    print(page(), end="")
