"""One class a registered error code. Raised anywhere, turned into the RFC's answer by `tokens.endpoint`."""

from typing import ClassVar

from tokens.protocol.records import Authorization


class OAuthError(Exception):
    """`error` is the registered code, `status` the HTTP status of a JSON answer; the description is for the client's
    developer and stays printable ASCII without quotes (RFC 6749 §5.2)."""

    error: ClassVar[str]
    status: ClassVar[int] = 400

    def __init__(self, description: str = "", reason: str = "") -> None:
        super().__init__(description)
        self.description = description
        self.reason = reason
        """Its name in `tokens.protocol.reasons`."""

    def parameters(self) -> dict[str, str]:
        """What leaves the server, as JSON members or as response parameters."""
        described = {"error_description": self.description} if self.description else {}
        return {"error": self.error, **described}


class InvalidRequest(OAuthError):
    """RFC 6749 §4.1.2.1, §5.2."""

    error = "invalid_request"


class InvalidClient(OAuthError):
    """RFC 6749 §5.2: 401 with a WWW-Authenticate that names Basic where an Authorization header came, else 400."""

    error = "invalid_client"


class InvalidGrant(OAuthError):
    """RFC 6749 §5.2."""

    error = "invalid_grant"


class Replayed(InvalidGrant):
    """A one-time grant was used again: everything issued under `authorization` has to end (RFC 6749 §4.1.2)."""

    def __init__(self, why: OAuthError, authorization: Authorization) -> None:
        super().__init__(why.description, why.reason)
        self.authorization = authorization


class UnauthorizedClient(OAuthError):
    """RFC 6749 §4.1.2.1, §5.2."""

    error = "unauthorized_client"


class UnsupportedGrantType(OAuthError):
    """RFC 6749 §5.2."""

    error = "unsupported_grant_type"


class UnsupportedResponseType(OAuthError):
    """RFC 6749 §4.1.2.1."""

    error = "unsupported_response_type"


class InvalidScope(OAuthError):
    """RFC 6749 §4.1.2.1, §5.2."""

    error = "invalid_scope"


class AccessDenied(OAuthError):
    """RFC 6749 §4.1.2.1."""

    error = "access_denied"


class TemporarilyUnavailable(OAuthError):
    """RFC 6749 §4.1.2.1, and of the protocol's endpoints when something they need is down."""

    error = "temporarily_unavailable"
    status = 503


class ServerError(OAuthError):
    """RFC 6749 §4.1.2.1, and of the protocol's endpoints when something broke that nobody expected."""

    error = "server_error"
    status = 500


class NotFound(OAuthError):
    """RFC 9110 §15.5.5: OAuth registers no code for a path that there is not."""

    error = "not_found"
    status = 404


class LoginRequired(OAuthError):
    """OpenID Connect Core §3.1.2.6."""

    error = "login_required"


class ConsentRequired(OAuthError):
    """OpenID Connect Core §3.1.2.6."""

    error = "consent_required"


class AccountSelectionRequired(OAuthError):
    """OpenID Connect Core §3.1.2.6."""

    error = "account_selection_required"


class UnmetAuthenticationRequirements(OAuthError):
    """OpenID Connect Core Error Code unmet_authentication_requirements 1.0 §2."""

    error = "unmet_authentication_requirements"


class InvalidTarget(OAuthError):
    """RFC 8707 §2."""

    error = "invalid_target"


class RequestNotSupported(OAuthError):
    """OpenID Connect Core §3.1.2.6."""

    error = "request_not_supported"


class RequestUriNotSupported(OAuthError):
    """OpenID Connect Core §3.1.2.6."""

    error = "request_uri_not_supported"


class InvalidToken(OAuthError):
    """RFC 6750 §3.1."""

    error = "invalid_token"
    status = 401


class NoToken(InvalidToken):
    """RFC 6750 §3.1: a request without any authentication gets a bare challenge."""


class InsufficientScope(OAuthError):
    """RFC 6750 §3.1."""

    error = "insufficient_scope"
    status = 403
