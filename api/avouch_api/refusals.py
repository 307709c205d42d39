"""What a caller is told who has no good token: the errors of RFC 6750 §3.1, and the challenge that names them."""

from typing import ClassVar


class Refusal(Exception):
    """`error` is the registered code, `status` the HTTP status; the description is ASCII without quotes."""

    error: ClassVar[str] = ""
    status: ClassVar[int] = 401

    def __init__(self, description: str, scopes: tuple[str, ...] = ()) -> None:
        super().__init__(description)
        self.description = description
        self.scopes = scopes

    def body(self) -> dict[str, str]:
        return {"error": self.error or "invalid_token", "error_description": self.description}

    def challenge(self, realm: str) -> str:
        """The value of WWW-Authenticate. Who showed no token at all is told no error."""
        said = {"realm": realm}
        if self.error:
            said |= {"error": self.error, "error_description": self.description}
        if self.scopes:
            said["scope"] = " ".join(self.scopes)
        return "Bearer " + ", ".join(f'{name}="{value}"' for name, value in said.items())


class NoToken(Refusal):
    """A request without any authentication gets a bare challenge."""


class InvalidRequest(Refusal):
    error = "invalid_request"
    status = 400


class InvalidToken(Refusal):
    error = "invalid_token"


class InsufficientScope(Refusal):
    error = "insufficient_scope"
    status = 403


class Unavailable(Exception):
    """The provider does not answer, so that nobody can be let in: 503."""
