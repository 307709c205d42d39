"""A store in memory: of one process, for runs without servers."""

from accounts.stores.base import Store
from accounts.stores.memory.codes import Codes
from accounts.stores.memory.once import Once
from accounts.stores.memory.throttles import Throttles
from accounts.stores.memory.unfinished import Unfinished


def memory_store() -> Store:
    return Store(throttles=Throttles(), once=Once(), codes=Codes(), unfinished=Unfinished())
