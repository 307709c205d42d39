"""Token requests (RFC 6749 §4.1.3, §4.4.2, §6)."""

from collections.abc import Mapping
from dataclasses import dataclass

from tokens.protocol import resources
from tokens.protocol.errors import InvalidRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """The parameters that some grant reads; each grant says which ones it needs."""

    grant_type: str
    code: str | None = None
    redirect_uri: str | None = None
    code_verifier: str | None = None
    refresh_token: str | None = None
    scope: str | None = None
    resource: tuple[str, ...] = ()

    @classmethod
    def parse(cls, form: Mapping[str, str]) -> "TokenRequest":
        """Raises InvalidRequest without a grant_type, InvalidTarget for too many resources."""
        if "grant_type" not in form:
            raise InvalidRequest("grant_type is missing")
        return cls(
            grant_type=form["grant_type"],
            code=form.get("code"),
            redirect_uri=form.get("redirect_uri"),
            code_verifier=form.get("code_verifier"),
            refresh_token=form.get("refresh_token"),
            scope=form.get("scope"),
            resource=resources.parse(form.get("resource")),
        )
