"""The setting `AVOUCH_API`: whose tokens are taken, and what for."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """`issuer` and `audience` as the tokens name them in `iss` and `aud`, character by character."""

    issuer: str
    audience: str
    algorithms: tuple[str, ...] = ("RS256",)
    """As the resource is registered."""
    typ: str = "at+jwt"
    """As the resource is registered."""
    leeway: int = 10  # seconds
    """How far the two machines' clocks may be apart."""
    timeout: float = 5.0  # seconds
    introspect: bool = False
    """Asks the provider at each call, so that what was revoked ends at once; needed for opaque tokens."""
    client_id: str = ""
    client_secret: str = ""
    """Of the client of the kind api that owns the resource: only introspection needs them."""

    def faults(self) -> list[str]:
        missing = [name for name in ("issuer", "audience") if not getattr(self, name)]
        if self.introspect:
            missing += [name for name in ("client_id", "client_secret") if not getattr(self, name)]
        return [f"AVOUCH_API[{name!r}] is needed" for name in missing]


def provider() -> Provider:
    """What the settings say. Raises ImproperlyConfigured with all faults."""
    said: Mapping[str, Any] = getattr(settings, "AVOUCH_API", {})
    return _provider(tuple(sorted((name, _hashable(value)) for name, value in said.items())))


@cache
def _provider(said: tuple[tuple[str, Any], ...]) -> Provider:
    known = {field.name for field in fields(Provider)}
    unknown = [f"AVOUCH_API[{name!r}] is not known" for name, _ in said if name not in known]
    found = Provider(**{"issuer": "", "audience": "", **{name: value for name, value in said if name in known}})
    if faults := [*unknown, *found.faults()]:
        raise ImproperlyConfigured("; ".join(faults))
    return found


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
