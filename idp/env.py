"""Typed settings from the environment: `NAME`, or `NAME_FILE` with the path of a file that holds the value."""

import dataclasses
import difflib
import types
import typing
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

Parser = Callable[[str], Any]
UNSEEN = ("Cc", "Cs", "Zl", "Zp")
"""Categories of Unicode that no value of a setting has in it: controls, halves of a character, separators of lines."""
ALIKE = 0.75
"""So much of two names, of 1, is the same where one was perhaps meant by the other: they all begin alike."""
_TRUTH = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


class BadSettings(Exception):
    """The environment cannot be used. `faults` has one line a fault, each naming the setting."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Section(Protocol):
    """A frozen dataclass of settings; `faults` tells what is wrong with their values and pairs."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    def faults(self) -> Iterator[str]: ...


S = TypeVar("S", bound=Section)


@dataclasses.dataclass(frozen=True, slots=True)
class Setting:
    """One field of a section, as the operator sees it."""

    field: str
    variable: str
    type: Any
    default: Any
    doc: str
    parser: Parser | None = None
    """What reads it, or each part of a list, where its type does not say that."""

    def parse(self, text: str) -> Any:
        """The value of `text`. ValueError says what is wrong with it."""
        return parse(self.type, text, self.parser)


def settings_of(section: type[Section], prefix: str) -> list[Setting]:
    """The settings of a section in the order they are declared. A field whose annotation names a variable after the
    text (`Annotated[str, "doc", "DATABASE_URL"]`) is read from that one instead of `prefix` + its name. A function
    after the text reads the value: what it makes of it is what is used."""
    hints = typing.get_type_hints(section, include_extras=True)
    settings = []
    for field in dataclasses.fields(section):
        kind, doc, *more = typing.get_args(hints[field.name])
        variable = next((each for each in more if isinstance(each, str)), prefix + field.name.upper())
        parser = next((each for each in more if callable(each)), None)
        settings.append(Setting(field.name, variable, kind, field.default, doc, parser))
    return settings


class Reader:
    """Reads sections from `environ` and keeps every fault, so that an operator sees all of them at once."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.faults: list[str] = []
        self._known: set[str] = set()

    def section(self, section: type[S], prefix: str) -> S:
        """The section from the environment; where a value could not be read, with that setting's default."""
        values: dict[str, Any] = {}
        for setting in settings_of(section, prefix):
            self._known |= {setting.variable, f"{setting.variable}_FILE"}
            try:
                text = _text(setting.variable, self.environ)
                if text is not None:
                    values[setting.field] = setting.parse(text)
            except ValueError as error:
                self.faults.append(f"{setting.variable}: {error}")
        read = section(**values)
        self.faults += read.faults()
        return read

    def close(self, prefix: str) -> None:
        """Raises BadSettings if anything was wrong; a variable with our prefix that no setting reads is wrong too."""
        unknown = sorted(name for name in self.environ if name.startswith(prefix) and name not in self._known)
        self.faults += [f"{name}: there is no such setting{_meant(name, self._known)}" for name in unknown]
        if self.faults:
            raise BadSettings(list(dict.fromkeys(self.faults)))


def parse(kind: Any, text: str, parser: Parser | None = None) -> Any:
    """The value of `text` as `kind`: str, int, bool, Path, Literal, tuple[str, ...] (comma or space), or X | None.
    `parser` reads it, or each part of a list, instead."""
    if isinstance(kind, types.UnionType):
        kind = next(option for option in typing.get_args(kind) if option is not types.NoneType)
    if typing.get_origin(kind) is tuple:
        return tuple(parse(typing.get_args(kind)[0], part, parser) for part in text.replace(",", " ").split())
    _refuse_unseen(text)
    if parser is not None:
        return parser(text)
    if typing.get_origin(kind) is typing.Literal:
        return _choice(typing.get_args(kind), text)
    return _PARSERS[kind](text)


def _text(variable: str, environ: Mapping[str, str]) -> str | None:
    """What was said, without the spaces and line ends around it, which files and editors of other systems leave."""
    if variable in environ and f"{variable}_FILE" in environ:
        raise ValueError(f"set either it or {variable}_FILE, not both")
    if path := environ.get(f"{variable}_FILE", "").strip():
        return _content(path) or None
    return environ.get(variable, "").strip() or None


def _content(path: str) -> str:
    """Of the file at `path`, which is not repeated: somebody may have set the value in its place."""
    try:
        return Path(path).read_text("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise ValueError("its file is not text in UTF-8") from None
    except (OSError, ValueError) as error:
        raise ValueError(f"its file cannot be read ({getattr(error, 'strerror', None) or 'no path'})") from None


def _refuse_unseen(text: str) -> None:
    for place, character in enumerate(text, 1):
        if unicodedata.category(character) in UNSEEN:
            raise ValueError(f"its character {place} (U+{ord(character):04X}) is one that nobody sees: leave it out")


def _meant(name: str, known: Collection[str]) -> str:
    if name.partition("_")[2] in known:  # IDP_DATABASE_URL
        return f"; did you mean {name.partition('_')[2]}?"
    close = difflib.get_close_matches(name, sorted(known), 1, ALIKE)
    return f"; did you mean {close[0]}?" if close else ""


def _choice(choices: tuple[str, ...], text: str) -> str:
    if text not in choices:
        raise ValueError(f"{text!r} is not one of {', '.join(choices)}")
    return text


def _boolean(text: str) -> bool:
    if text.lower() not in _TRUTH:
        raise ValueError(f"{text!r} is neither true nor false")
    return _TRUTH[text.lower()]


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a whole number") from None


_PARSERS: Mapping[Any, Parser] = {str: str, int: _integer, bool: _boolean, Path: Path}
