"""Where clients, consents, authorizations, one-time things and keys live. Owns atomicity; `store()` is the one used."""

from functools import cache

from django.db import Error
from django.utils.module_loading import import_string

from accounts.ground.unavailable import Unavailable
from tokens.conf import conf, path_of
from tokens.stores.base import Store
from tokens.stores.composed import composed

ERRORS = (Error, Unavailable)
"""What a verb may fail with: Django's errors, of the store in its database, or the error of every other store."""


def store() -> Store:
    """The store that settings name."""
    held = _of_path(path_of(conf().store))
    return _composed(held, conf().store_parts) if conf().store_parts else held


@cache
def _of_path(path: str) -> Store:
    store: Store = import_string(path)()
    return store


@cache
def _composed(held: Store, parts: tuple[str, ...]) -> Store:
    paths = (part.split("=") for part in parts)
    return composed(held, {name: _of_path(path_of(named)) for name, named in paths})
