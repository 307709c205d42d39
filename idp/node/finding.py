"""What `doctor` finds when it looks at something."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Size:
    """How large the deployment is: nothing counts its nodes, so the operator says it."""

    nodes: int
    workers: int


@dataclass(frozen=True, slots=True)
class Finding:
    level: Literal["ok", "warning", "error"]
    text: str
    remedy: str = ""


Look = Callable[[Size], Iterator[Finding]]
