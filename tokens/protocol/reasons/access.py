"""Of access tokens that are shown, and of tokens that are looked at or revoked."""

from collections.abc import Mapping

from tokens.protocol.errors import InsufficientScope, InvalidRequest, InvalidToken, NoToken
from tokens.protocol.reasons.reason import Reason

REASONS: Mapping[str, Reason] = {
    "access_token_missing": Reason(
        NoToken, "an access token is needed", "Send the header `Authorization: Bearer` with the access token."
    ),
    "access_token_in_url": Reason(
        InvalidRequest,
        "an access token does not belong into a URL",
        "Send it in the Authorization header: URLs end up in logs and histories.",
    ),
    "access_token_twice": Reason(
        InvalidRequest, "the access token was sent twice", "Send it in the header or in the form, not in both."
    ),
    "access_token_invalid": Reason(
        InvalidToken,
        "the access token is expired, revoked or malformed, or meant for somebody else",
        "Get a new one by the refresh token. An ID token is no access token; a token for another API is none for this.",
    ),
    "openid_missing": Reason(
        InsufficientScope,
        "the access token lacks the scope openid",
        "Ask for the scope openid in the authorization request: userinfo needs it.",
    ),
    "access_token_of_excluded_person": Reason(
        InvalidToken,
        "the person may not use this client",
        "The client is for some groups, and the person left them, or the client got others: have them sign in again.",
    ),
    "access_token_account_closed": Reason(
        InvalidToken, "the person's account is closed", "The person can no longer sign in: end their session."
    ),
}
