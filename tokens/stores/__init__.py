"""Where clients, consents, authorizations, one-time things and keys live. Owns atomicity; `store()` is the one used."""

from functools import cache

from django.utils.module_loading import import_string

from tokens.conf import conf
from tokens.stores.base import Store


def store() -> Store:
    """The store that settings name."""
    return _of_path(conf().store)


@cache
def _of_path(path: str) -> Store:
    store: Store = import_string(path)()
    return store
