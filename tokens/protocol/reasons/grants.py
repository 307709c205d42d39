"""Of token requests: what a grant is refused for."""

from collections.abc import Mapping

from tokens.protocol.errors import InvalidGrant, InvalidScope, UnauthorizedClient, UnsupportedGrantType
from tokens.protocol.reasons.reason import Reason

_VERIFIER = (
    "Keep the code_verifier of each sign-in in the person's session and send it with the code. Several tabs, or a "
    "session that is lost on the way, mix them up."
)
_REFRESH = (
    "Keep the newest refresh token: each answer may bring a new one, after which the old one ends. If it is gone, send "
    "the person through a sign-in."
)
REASONS: Mapping[str, Reason] = {
    "grant_type_unsupported": Reason(
        UnsupportedGrantType,
        "grant_type {came} is not supported: {right}",
        "Send one of these, spelt like this. There is no password grant.",
    ),
    "grant_type_unauthorized": Reason(
        UnauthorizedClient,
        "this client may not use grant_type {came}; it may use {right}",
        "Add the grant on the client's page, or use a client of another kind.",
    ),
    "code_unknown": Reason(
        InvalidGrant,
        "the code is unknown, or another client's, or it was issued long ago",
        "Send the code as it came, decoded once from the URL, by the client that asked for it, to this server.",
    ),
    "code_expired": Reason(
        InvalidGrant,
        "the code has expired: it works for {seconds} seconds",
        "Redeem the code as soon as it comes. A debugger that stops in between makes it too late.",
    ),
    "code_used": Reason(
        InvalidGrant,
        "the code was used before: each works once, and all that came of it has ended",
        "Begin a new sign-in. A callback page that is loaded twice, or a request that is sent again, uses it twice.",
    ),
    "code_redirect_uri": Reason(
        InvalidGrant,
        "redirect_uri is {came}, and the authorization request's was {right}: they must be the same",
        "Send the very redirect_uri of the authorization request to the token endpoint.",
    ),
    "code_verifier_unasked": Reason(
        InvalidGrant,
        "code_verifier was sent, but the authorization request had no code_challenge: send code_challenge and "
        "code_challenge_method=S256 there",
        "Send the challenge in the authorization request. If your application did, somebody took it out on the way.",
    ),
    "code_verifier_missing": Reason(
        InvalidGrant,
        "code_verifier is missing: the authorization request had a code_challenge, made of it",
        _VERIFIER,
    ),
    "code_verifier_form": Reason(
        InvalidGrant,
        "code_verifier must be 43 to 128 unreserved characters",
        "Send the verifier itself, not its hash: letters, digits and - . _ ~ (RFC 7636 section 4.1).",
    ),
    "code_verifier_wrong": Reason(
        InvalidGrant,
        "code_verifier does not match the code_challenge: it is another sign-in's, or the challenge was not the "
        "base64url of its SHA-256",
        _VERIFIER,
    ),
    "code_key": Reason(
        InvalidGrant,
        "the code is bound to a DPoP key, which the request does not show",
        "Redeem the code with a DPoP proof of the key that the authorization request named.",
    ),
    "sign_in_ended": Reason(
        InvalidGrant,
        "the sign-in, the consent or the account behind the code has ended",
        "Send the person through a new sign-in.",
    ),
    "refresh_token_unknown": Reason(
        InvalidGrant, "the refresh token is unknown, expired, revoked, spent, or another client's", _REFRESH
    ),
    "refresh_token_key": Reason(
        InvalidGrant,
        "the refresh token is bound to a key, which the request does not show",
        "Show the key that the first token request showed.",
    ),
    "public_client_credentials": Reason(
        UnauthorizedClient,
        "a public client cannot act for itself",
        "Use a client with a secret or a key: anybody can send the id of a public one.",
    ),
    "scope_for_people": Reason(
        InvalidScope,
        "openid and offline_access are for people who sign in",
        "Leave them out of a client_credentials request: there is no person, so no ID token.",
    ),
    "grant_taken": Reason(
        InvalidGrant,
        "the client may have nothing any more of what was granted",
        "Give the client one of these scopes again, on its page, or send the person through a sign-in that asks for "
        "others.",
    ),
    "offline_access_taken": Reason(
        InvalidGrant,
        "the client may not have offline_access any more, and this refresh token outlives its session",
        "Send the person through a new sign-in, or give the client the scope offline_access again, on its page.",
    ),
    "grant_of_excluded_person": Reason(
        InvalidGrant,
        "the person may not use this client",
        "The client is for some groups, and the person left them, or the client got others: have them sign in again.",
    ),
    "account_closed": Reason(
        InvalidGrant, "the person's account is closed", "The person can no longer sign in: end their session."
    ),
}
