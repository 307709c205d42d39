"""Snippets as Markdown, for a terminal and for docs/connect/."""

from collections.abc import Iterator

from tokens.registration.snippets.snippet import Snippet


def lines(snippet: Snippet) -> Iterator[str]:
    """What to install, each file in a fence, what starts it, then what else people have to know."""
    if snippet.application.install:
        yield from ("```sh", snippet.application.install, "```", "")
    for file in snippet.files:
        yield from (f"`{file.name}`:", "", f"```{file.language}", *file.text.splitlines(), "```", "")
    if snippet.run:
        yield from ("```sh", snippet.run, "```", "")
    for remark in snippet.remarks:
        yield f"- **{remark}**"
    for note in snippet.application.notes:
        yield f"- {note}"
