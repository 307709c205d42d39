"""Of sign-out (OpenID Connect RP-Initiated Logout 1.0)."""

from collections.abc import Mapping

from tokens.protocol.errors import InvalidRequest
from tokens.protocol.reasons.reason import Reason

REASONS: Mapping[str, Reason] = {
    "hint_of_another_client": Reason(
        InvalidRequest,
        "client_id is not the one that the id_token_hint was issued to",
        "Send the client_id that `aud` of the ID token names, or no client_id.",
    ),
    "post_logout_redirect_uri_unregistered": Reason(
        InvalidRequest,
        "post_logout_redirect_uri came as {came} and is not one that is registered for this client",
        "Register the address on the client's page, under the addresses after sign-out.",
    ),
}
