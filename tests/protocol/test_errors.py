"""The registered errors, and what may leave the server of them."""

import ast
import re
from pathlib import Path

import pytest

from tests.support.builders import authorization
from tokens.protocol import errors
from tokens.protocol.errors import OAuthError
from tokens.protocol.token_request import TokenRequest

ERROR_TEXT = re.compile(r"[\x20-\x21\x23-\x5B\x5D-\x7E]*", re.ASCII)
"""RFC 6749 appendix A.7 and A.8."""
TOKENS = Path(errors.__file__).parents[1]
CLASSES = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, OAuthError)]


def test_each_class_has_its_registered_code_and_status() -> None:
    found = {kind.__name__: (kind.error, kind.status) for kind in CLASSES if hasattr(kind, "error")}
    assert found == {
        "InvalidRequest": ("invalid_request", 400),
        "InvalidClient": ("invalid_client", 400),
        "InvalidGrant": ("invalid_grant", 400),
        "Replayed": ("invalid_grant", 400),
        "UnauthorizedClient": ("unauthorized_client", 400),
        "UnsupportedGrantType": ("unsupported_grant_type", 400),
        "UnsupportedResponseType": ("unsupported_response_type", 400),
        "InvalidScope": ("invalid_scope", 400),
        "AccessDenied": ("access_denied", 400),
        "TemporarilyUnavailable": ("temporarily_unavailable", 503),
        "ServerError": ("server_error", 500),
        "NotFound": ("not_found", 404),
        "LoginRequired": ("login_required", 400),
        "ConsentRequired": ("consent_required", 400),
        "AccountSelectionRequired": ("account_selection_required", 400),
        "UnmetAuthenticationRequirements": ("unmet_authentication_requirements", 400),
        "InvalidTarget": ("invalid_target", 400),
        "RequestNotSupported": ("request_not_supported", 400),
        "RequestUriNotSupported": ("request_uri_not_supported", 400),
        "InvalidToken": ("invalid_token", 401),
        "NoToken": ("invalid_token", 401),
        "InsufficientScope": ("insufficient_scope", 403),
    }


def test_a_description_is_left_out_where_there_is_none() -> None:
    assert errors.InvalidGrant().parameters() == {"error": "invalid_grant"}
    assert errors.InvalidGrant("why").parameters() == {"error": "invalid_grant", "error_description": "why"}


@pytest.mark.covers("S77 errors")
def test_a_replay_tells_the_client_nothing_of_the_authorization() -> None:
    replayed = errors.Replayed(errors.InvalidGrant("spent"), authorization())
    assert replayed.parameters() == {"error": "invalid_grant", "error_description": "spent"}
    assert authorization().subject not in str(replayed)


def test_every_description_in_the_source_is_printable_ascii_without_quotes_and_backslashes() -> None:
    names = {kind.__name__ for kind in CLASSES} | {"Reason"}
    written = [text for path in TOKENS.rglob("*.py") for text in _descriptions(path, names)]
    assert len(written) > 40
    assert [text for text in written if not ERROR_TEXT.fullmatch(text)] == []


def test_a_token_request_needs_a_grant_type_and_keeps_only_what_grants_read() -> None:
    with pytest.raises(errors.InvalidRequest, match="grant_type is missing"):
        TokenRequest.parse({"code": "c"})
    form = {"grant_type": "g", "code": "c", "redirect_uri": "r", "code_verifier": "v", "client_secret": "s", "x": "y"}
    own = {"code": "c", "redirect_uri": "r", "code_verifier": "v"}
    assert TokenRequest.parse(form, parameters=[*own, "another"]) == TokenRequest(grant_type="g", parameters=own)
    assert TokenRequest.parse(form) == TokenRequest(grant_type="g")
    assert TokenRequest.parse({"grant_type": "g"}) == TokenRequest(grant_type="g")


def _descriptions(path: Path, names: set[str]) -> list[str]:
    """The constant parts of what the classes `names` are made with."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    made = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id in names]
    parts = [node for call in made for argument in call.args for node in ast.walk(argument)]
    return [node.value for node in parts if isinstance(node, ast.Constant) and isinstance(node.value, str)]
