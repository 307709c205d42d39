"""Authentication context class references (OpenID Connect Core §2, `acr`): which of them a sign-in meets."""

from collections.abc import Collection, Sequence


def met(has: str, wanted: Collection[str], order: Sequence[str]) -> str | None:
    """The strongest of `wanted` that a sign-in of class `has` meets; None where it meets none. `order`: the classes
    that we know, weakest first: a stronger one meets the weaker ones too."""
    reached = [has] if has not in order else order[: order.index(has) + 1]
    return next((value for value in reversed(reached) if value in wanted), None)
