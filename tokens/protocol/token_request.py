"""Token requests (RFC 6749 §3.2)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from tokens.protocol import resources
from tokens.protocol.reasons import refusal
from tokens.protocol.records import NO_KEY, Confirmation


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """What any grant may read, and the parameters of its own that the grant names in `tokens.grants.GRANTS`."""

    grant_type: str
    scope: str | None = None
    resource: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    """The logical names of services (RFC 8693 §2.1)."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    confirmation: Confirmation = NO_KEY
    """The keys of its own that the sender has shown."""

    @classmethod
    def parse(
        cls,
        form: Mapping[str, str],
        *,
        parameters: Collection[str] = (),
        confirmation: Confirmation = NO_KEY,
    ) -> "TokenRequest":
        """`parameters`: the names of the grant's own. Raises InvalidRequest without a grant_type, InvalidTarget for too
        many resources."""
        if "grant_type" not in form:
            raise refusal("parameter_missing", name="grant_type")
        return cls(
            grant_type=form["grant_type"],
            scope=form.get("scope"),
            resource=resources.parse(form.get("resource")),
            audience=tuple(dict.fromkeys(form["audience"].split(" "))) if "audience" in form else (),
            parameters={name: form[name] for name in parameters if name in form},
            confirmation=confirmation,
        )

    def get(self, name: str) -> str | None:
        """A parameter of the grant's own."""
        return self.parameters.get(name)

    def needed(self, name: str) -> str:
        """Raises InvalidRequest where the request lacks it."""
        if name not in self.parameters:
            raise refusal("parameter_missing", name=name)
        return self.parameters[name]
