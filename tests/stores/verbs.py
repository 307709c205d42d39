"""The verbs of the store's Protocols, by reflection."""

from tokens.stores.base import Store


def verbs() -> set[str]:
    return {
        name
        for protocol in Store.__mro__
        for name, member in vars(protocol).items()
        if callable(member) and not name.startswith("_") and protocol.__module__ == Store.__module__
    }
