"""A scope as permission, consent and authorization keep it: together with the resource that it belongs to.

One of an API is `identifier#name`: an identifier has no fragment (RFC 8707 §2), so the first `#` parts the two, and two
APIs may have scopes of one name. One of our own is its name alone. On the wire there are only names.
"""

from collections.abc import Iterable

SEPARATOR = "#"


def of(identifier: str, name: str) -> str:
    """The scope `name` of this resource."""
    return f"{identifier}{SEPARATOR}{name}"


def name(permission: str) -> str:
    """What the scope is called on the wire."""
    identifier, _, rest = permission.partition(SEPARATOR)
    return rest or identifier


def resource(permission: str) -> str | None:
    """The identifier of the resource that it belongs to; None for a scope of our own."""
    identifier, separator, _ = permission.partition(SEPARATOR)
    return identifier if separator else None


def names(permissions: Iterable[str]) -> tuple[str, ...]:
    """Their names, each once."""
    return tuple(dict.fromkeys(map(name, permissions)))


def resources(permissions: Iterable[str]) -> tuple[str, ...]:
    """The resources that they belong to, each once."""
    return tuple(dict.fromkeys(each for each in map(resource, permissions) if each is not None))


def of_apis(permissions: Iterable[str]) -> tuple[str, ...]:
    """Those that are none of our own."""
    return tuple(each for each in permissions if resource(each) is not None)


def at(permissions: Iterable[str], identifiers: Iterable[str]) -> tuple[str, ...]:
    """Those of our own, and those of these resources."""
    places = {None, *identifiers}
    return tuple(each for each in permissions if resource(each) in places)
