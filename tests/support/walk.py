"""A request's walk through our own code: the files it enters, the calls it makes, the jumps from file to file."""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).parents[2]
PACKAGES = ("idp", "accounts", "tokens")


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What one call entered. `files`: relative to the repository → calls of functions that are written there."""

    files: Counter[str]
    jumps: int
    """Calls from one file of ours into another one, also where a library lies between them."""

    @property
    def calls(self) -> int:
        return self.files.total()


def walk(call: Callable[[], object]) -> Walk:
    """Traces this thread while `call` runs. What a class or an import runs while it is being defined is no call."""
    files: Counter[str] = Counter()
    stack: list[str] = []
    jumps = 0

    def profile(frame: FrameType, event: str, argument: object) -> None:
        nonlocal jumps
        file = _own(frame)
        if file is None:
            return
        if event == "call":
            jumps += bool(stack) and stack[-1] != file
            stack.append(file)
            files[file] += 1
        elif event == "return" and stack:
            stack.pop()

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        call()
    finally:
        sys.setprofile(before)
    return Walk(files=files, jumps=jumps)


def _own(frame: FrameType) -> str | None:
    if frame.f_code.co_name in ("<module>", "<genexpr>", "<listcomp>", "<dictcomp>", "<setcomp>", "<lambda>"):
        return None
    file = Path(frame.f_code.co_filename)
    if not file.is_relative_to(ROOT):
        return None
    name = file.relative_to(ROOT)
    return str(name) if name.parts[0] in PACKAGES else None
