"""The registered errors with their reasons, for a page and for docs/errors.md:
`python -m tokens.protocol.reasons.page > docs/errors.md`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tokens.protocol.reasons import REASONS
from tokens.protocol.reasons.reason import Reason

INTRODUCTION = """# Errors

What a request is refused for, by the registered error and the reason. An answer has the error as `error`, the reason
in words as `error_description`, and as `error_uri` the section of this page, which the server shows at
`/oauth2/errors`. What stands here in braces is filled in with what came and what would be right. The server's log has a
line for each refusal: the request's number, the endpoint, the client, the error and the reason's name.

<!-- Made by `python -m tokens.protocol.reasons.page`; a test keeps it fresh. -->
"""


@dataclass(frozen=True, slots=True)
class Section:
    """A registered error: its code, where it is registered, and its reasons by name."""

    error: str
    source: str
    reasons: Mapping[str, Reason]


def sections() -> Sequence[Section]:
    """In the order of the reasons."""
    found: dict[str, dict[str, Reason]] = {}
    sources: dict[str, str] = {}
    for name, reason in REASONS.items():
        found.setdefault(reason.error.error, {})[name] = reason
        sources.setdefault(reason.error.error, _source(reason))
    return [Section(error, sources[error], reasons) for error, reasons in found.items()]


def page() -> str:
    """The whole page as Markdown."""
    return "\n".join([INTRODUCTION, *(line for section in sections() for line in _lines(section))]).rstrip("\n") + "\n"


def _lines(section: Section) -> Iterator[str]:
    yield from (f"## {section.error}", "", section.source, "")
    for name, reason in section.reasons.items():
        yield from (f"### {name}", "", f"> {reason.says}", "", reason.mend, "")


def _source(reason: Reason) -> str:
    """Where the error is registered: what its class says first."""
    return (reason.error.__doc__ or "").partition(":")[0].partition("\n")[0].rstrip(".") + "."


if __name__ == "__main__":
    print(page(), end="")
