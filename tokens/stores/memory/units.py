"""Units of a store without transactions."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from tokens.stores.base.units import Answer


class Units:
    def unit(self) -> AbstractContextManager[None]:
        return nullcontext()

    def in_unit(self, work: Callable[[], Answer]) -> Answer:
        return work()
