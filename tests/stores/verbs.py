"""The verbs of the store's Protocols, by reflection."""

from dataclasses import fields
from typing import get_args, get_type_hints

from tokens.stores.base import Store

UNITS = {"unit", "in_unit"}
DECLARED = {"lists_by_client", "in_tables", "needs_database", "checks", "endings", "fits"}
"""What a store says of itself, and remembers of nodes: fields that are no parts."""
FIELDS = {field.name for field in fields(Store)} - DECLARED
"""The parts of a store, and its units."""
PARTS = FIELDS - {"units"}


def verbs() -> set[str]:
    """As `<part>.<verb>`, and the units."""
    hints = get_type_hints(Store)
    # A part that a store may lack is `Part | None`.
    named = {part: (get_args(hints[part]) or (hints[part],))[0] for part in PARTS}
    return UNITS | {f"{part}.{verb}" for part, protocol in named.items() for verb in verbs_of(protocol)}


def verbs_of(part: type) -> set[str]:
    return {name for name in dir(part) if not name.startswith("_") and callable(getattr(part, name))}
