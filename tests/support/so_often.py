"""Work that may go on for some steps."""

from collections.abc import Callable


def so_often(times: int) -> Callable[[], bool]:
    left = iter([True] * times)
    return lambda: next(left, False)
