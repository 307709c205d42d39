"""A store in Django's database."""

from accounts.stores.base import Store
from accounts.stores.orm.codes import Codes
from accounts.stores.orm.once import Once
from accounts.stores.orm.throttles import Throttles
from accounts.stores.orm.unfinished import Unfinished


def orm_store() -> Store:
    return Store(throttles=Throttles(), once=Once(), codes=Codes(), unfinished=Unfinished())
