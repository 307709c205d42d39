"""The store below both applications: what is counted, spent once, or not finished.

Which kind of store it is follows from the settings; one suite holds all kinds to the same (`tests/stores/accounts`).
"""

from functools import cache

from django.utils.module_loading import import_string

from accounts.conf import conf
from accounts.stores.base import Store


def store() -> Store:
    """The store that settings name."""
    return _of_path(conf().store_path)


@cache
def _of_path(path: str) -> Store:
    store: Store = import_string(path)()
    return store
