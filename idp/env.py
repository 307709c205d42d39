"""Typed settings from the environment: `NAME`, or `NAME_FILE` with the path of a file that holds the value."""

import dataclasses
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

Parser = Callable[[str], Any]
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


def settings_of(section: type[Section], prefix: str) -> list[Setting]:
    """The settings of a section in the order they are declared. A field whose annotation names a variable after the
    text (`Annotated[str, "doc", "DATABASE_URL"]`) is read from that one instead of `prefix` + its name."""
    hints = typing.get_type_hints(section, include_extras=True)
    settings = []
    for field in dataclasses.fields(section):
        kind, doc, *name = typing.get_args(hints[field.name])
        settings.append(Setting(field.name, name[0] if name else prefix + field.name.upper(), kind, field.default, doc))
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
                    values[setting.field] = parse(setting.type, text)
            except (ValueError, OSError) as error:
                self.faults.append(f"{setting.variable}: {error}")
        read = section(**values)
        self.faults += read.faults()
        return read

    def close(self, prefix: str) -> None:
        """Raises BadSettings if anything was wrong; a variable with our prefix that no setting reads is wrong too."""
        unknown = sorted(name for name in self.environ if name.startswith(prefix) and name not in self._known)
        self.faults += [f"{name}: there is no such setting" for name in unknown]
        if self.faults:
            raise BadSettings(list(dict.fromkeys(self.faults)))


def parse(kind: Any, text: str) -> Any:
    """The value of `text` as `kind`: str, int, bool, Path, Literal, tuple[str, ...] (comma or space), or X | None."""
    if isinstance(kind, types.UnionType):
        kind = next(option for option in typing.get_args(kind) if option is not types.NoneType)
    if typing.get_origin(kind) is tuple:
        return tuple(text.replace(",", " ").split())
    if typing.get_origin(kind) is typing.Literal:
        return _choice(typing.get_args(kind), text)
    return _PARSERS[kind](text)


def _text(variable: str, environ: Mapping[str, str]) -> str | None:
    if variable in environ and f"{variable}_FILE" in environ:
        raise ValueError(f"set either it or {variable}_FILE, not both")
    if path := environ.get(f"{variable}_FILE"):
        return Path(path).read_text().strip()
    return environ.get(variable) or None


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
