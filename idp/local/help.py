"""`manage.py help`, `COMMAND --help` and what a typo is told: from a table, so that they need no setting, no database
and no environment.

The table is made by `python -m tests.rules.commands > idp/local/commands.json`, and a test holds it to the commands. Of
a client's members it has none: those are read where they are declared.
"""

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from idp.local import typos
from idp.local.member_options import member_options

TABLE = Path(__file__).with_name("commands.json")
OURS: Mapping[str, str] = {
    "up": "run the provider on this machine",
    "lint": "check format, lint, types, import contracts and migrations (--fix, --only STEP)",
    "test": "run the tests, on servers of their own (--fast: those that need none; --long: more examples); it takes"
    " pytest's arguments",
}
"""What manage.py does itself."""
OPTIONS: Mapping[str, Sequence[str]] = {"lint": ("--fix", "--only", "-h", "--help")}
"""Of those among them that need an environment before they can look at their options; `test` takes pytest's."""
INSTEAD: Mapping[str, str] = {
    **dict.fromkeys(("cleartokens", "clearcimdapplications"), "cleanup"),
    "createapplication": "createclient",
    **dict.fromkeys(("runserver", "testserver"), "up"),
    "createcachetable": "migrate",
}
"""Commands of the libraries that mean nothing here, since their tables or servers are others, and ours that do it."""
WIDTH, INDENT = 100, 28  # characters
HELP = ("-h", "--help")

Entry = Mapping[str, Any]


def table() -> Mapping[str, Entry]:
    entries: Mapping[str, Entry] = json.loads(TABLE.read_text("utf-8"))
    return entries


def asked(arguments: Sequence[str]) -> str | None:
    """The help that a command line asks for; None where it asks for none. Raises Unknown for a typo."""
    if list(arguments[:1]) in (["version"], ["--version"]):
        return None
    if not arguments or arguments[0] in HELP or list(arguments) == ["help"]:
        return overview()
    command, *rest = arguments[1:] if arguments[0] == "help" else arguments
    if command in INSTEAD:
        raise Unknown(f"there is no command {command!a}: here manage.py {INSTEAD[command]} does it")
    _known(command, (*OURS, *table()), "manage.py help lists all")
    if command in OPTIONS:
        _options_known(command, rest, OPTIONS[command])
    if command in OURS:
        return _of_ours(command) if arguments[0] == "help" or (command != "up" and _wants(rest)) else None
    return _of_command(command, rest, always=arguments[0] == "help")


class Unknown(Exception):
    """There is nothing of this name; the words say what was perhaps meant, or does it here."""


def overview() -> str:
    """All commands, a line each."""
    entries = table()
    ours = {**OURS, **{name: each["help"] for name, each in entries.items() if not each["django"]}}
    lines = [line for name, text in ours.items() for line in _row(name, text)]
    others = " ".join(name for name, each in entries.items() if each["django"])
    return "\n".join(
        [
            "usage: python3 manage.py COMMAND",
            "",
            *lines,
            "",
            *textwrap.wrap(f"Django's: {others}", WIDTH, subsequent_indent="  "),
            "",
            "manage.py COMMAND --help tells more of one.",
        ]
    )


def _of_ours(command: str) -> str:
    more = ["", "Its options: manage.py up --help"] if command == "up" else []
    return "\n".join([f"usage: python3 manage.py {command} [options]", "", *textwrap.wrap(OURS[command], WIDTH), *more])


def _of_command(command: str, rest: Sequence[str], *, always: bool) -> str | None:
    entry, path = table()[command], command
    known: Sequence[str] = typos.EVERYWHERE
    if entry["verbs"] and rest and rest[0] not in HELP:
        _known(rest[0], entry["verbs"], f"manage.py {command} --help lists all", of=command)
        entry, path, known, rest = entry["verbs"][rest[0]], f"{command} {rest[0]}", HELP, rest[1:]
    elif entry["verbs"] and not rest and not always:
        raise Unknown(f"{command} needs one of {', '.join(entry['verbs'])}: manage.py {command} --help tells of each")
    if always or _wants(rest):
        return "\n".join(_page(path, entry))
    known = (*known, *typos.flags(shown for shown, _ in _arguments(entry)))
    # Another version of Django may know more options: there only what is near to one is a slip.
    _options_known(path, rest, known, near=typos.NEAR if entry.get("django") else None)
    return None


def _wants(rest: Sequence[str]) -> bool:
    return any(each in HELP for each in rest)


def _known(name: str, names: Sequence[str] | Mapping[str, Entry], where: str, of: str = "") -> None:
    if name in names:
        return
    close = typos.meant(name, names)
    meant = f"did you mean {close}? " if close else ""
    raise Unknown(f"there is no command {(f'{of} {name}').strip()!a}: {meant}{where}")


def _options_known(path: str, typed: Sequence[str], known: Sequence[str], near: float | None = None) -> None:
    """`near`: how near to a known one an unknown one has to be to count."""
    name = typos.unknown(typed, known)
    if name is None:
        return
    close = typos.meant(name, known, *([near] if near is not None else []))
    if close is None and near is not None:
        return
    meant = f"did you mean {close}? " if close else ""
    raise Unknown(f"{path} has no option {name!a}: {meant}manage.py {path} --help lists all")


def _arguments(entry: Entry) -> Iterator[tuple[str, str]]:
    """How each is typed in, and what it is for; a client's members too."""
    yield from ((shown, text) for shown, text in entry["arguments"])
    if entry["members"]:
        yield from member_options(changeable=entry["members"] == "changeable")


def _page(path: str, entry: Entry) -> Iterator[str]:
    needed = [shown for shown, _ in entry["arguments"] if not shown.startswith("-")]
    words = [path, *(["VERB"] if entry["verbs"] else needed), "[options]"]
    yield f"usage: python3 manage.py {' '.join(words)}"
    yield ""
    yield from textwrap.wrap(entry["help"], WIDTH)
    if entry["verbs"]:
        yield ""
        for name, each in entry["verbs"].items():
            yield from _row(name, each["help"])
    if arguments := list(_arguments(entry)):
        yield ""
        for shown, text in arguments:
            yield from _row(shown, text)


def _row(name: str, text: str) -> list[str]:
    """A name with what it is beside it, or below where it is long."""
    below = " " * INDENT
    if len(name) + 4 > INDENT:
        return [f"  {name}", *textwrap.wrap(text, WIDTH, initial_indent=below, subsequent_indent=below)]
    return textwrap.wrap(text, WIDTH, initial_indent=f"  {name}".ljust(INDENT), subsequent_indent=below) or [
        f"  {name}"
    ]
