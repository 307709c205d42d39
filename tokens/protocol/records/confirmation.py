"""The key of its sender that a token is bound to: `cnf` (RFC 7800 §3.1)."""

from collections.abc import Mapping
from dataclasses import dataclass

MEMBERS = {"jkt": "jkt", "x5t_s256": "x5t#S256"}
"""Our field → the member of `cnf`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What the sender of a request has shown, or what the sender of a token has to show. Empty: nothing."""

    jkt: str | None = None
    """The thumbprint of a DPoP key (RFC 9449 §6.1)."""
    x5t_s256: str | None = None
    """The thumbprint of a client certificate (RFC 8705 §3.1)."""
    unknown: tuple[tuple[str, str], ...] = ()
    """Members that this version does not know, with their values: a newer node bound a token to them."""

    @classmethod
    def of(cls, cnf: Mapping[str, str]) -> "Confirmation":
        """The inverse of `cnf`."""
        values = {name: cnf[member] for name, member in MEMBERS.items() if member in cnf}
        unknown = sorted(cnf.keys() - MEMBERS.values())
        return cls(**values, unknown=tuple((member, cnf[member]) for member in unknown))

    @property
    def cnf(self) -> dict[str, str]:
        values = {member: getattr(self, name) for name, member in MEMBERS.items()}
        return {member: value for member, value in values.items() if value is not None} | dict(self.unknown)

    @property
    def token_type(self) -> str:
        """RFC 6749 §7.1. A token that is bound to a certificate is a Bearer token to HTTP (RFC 8705 §3)."""
        return "Bearer" if self.jkt is None else "DPoP"

    def is_shown_by(self, sender: "Confirmation") -> bool:
        """Whether the sender has shown every key that is asked for."""
        return self.cnf.items() <= sender.cnf.items()


NO_KEY = Confirmation()
"""Of a token that everybody may use who holds it, and of a sender who has shown nothing."""
