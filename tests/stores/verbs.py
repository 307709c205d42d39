"""The verbs of the store's Protocols, by reflection."""

from dataclasses import MISSING, fields
from typing import get_args, get_type_hints

from tokens.stores.base import Store

UNITS = {"unit", "in_unit"}
PARTS = {field.name for field in fields(Store) if field.default is field.default_factory is MISSING}
"""Of a store, by their names. What else it tells of itself has a default."""


def verbs() -> set[str]:
    """As `<part>.<verb>`, and the units."""
    hints = get_type_hints(Store)
    # A part that a store may lack is `Part | None`.
    parts = {name: (get_args(hint) or (hint,))[0] for name, hint in hints.items()}
    named = {name: parts[name] for name in PARTS - {"units"}}
    return UNITS | {f"{part}.{verb}" for part, protocol in named.items() for verb in verbs_of(protocol)}


def verbs_of(part: type) -> set[str]:
    return {name for name in dir(part) if not name.startswith("_") and callable(getattr(part, name))}
