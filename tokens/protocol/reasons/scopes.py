"""Of scopes and resources (RFC 6749 §3.3, RFC 8707). What is another client's is told of as what is not there."""

from collections.abc import Mapping

from tokens.protocol.errors import InvalidScope, InvalidTarget
from tokens.protocol.reasons.reason import Reason

_FEWER = "Ask for fewer scopes in one request."
REASONS: Mapping[str, Reason] = {
    "scopes_too_many": Reason(InvalidScope, "more than {most} scopes", _FEWER),
    "scope_too_long": Reason(InvalidScope, "the scope is longer than {most} characters", _FEWER),
    "scope_form": Reason(
        InvalidScope,
        "the scope is not a list of tokens with single spaces",
        "Put one space between two names, none before and after, and no quotes.",
    ),
    "scope_exceeds": Reason(
        InvalidScope,
        "the scope is more than was granted: {came} is not among {right}",
        "Leave scope out to get all that was granted, ask for less, or send the person through a sign-in that asks "
        "for more. What a client may ask for is on its page.",
    ),
    "token_too_long": Reason(
        InvalidScope,
        "the access token would be longer than {most} characters: ask for fewer scopes, or for one resource at a time",
        _FEWER,
    ),
    "resources_too_many": Reason(
        InvalidTarget, "more than {most} resources", "Ask for a token for each API, or for a few of them."
    ),
    "resource_refused": Reason(
        InvalidTarget,
        "a resource is not one that this client may ask for: it needs one of its scopes",
        "Send the identifier as the API is registered, and give the client one of its scopes, on the client's page. At "
        "the token endpoint it must be among those of the authorization request.",
    ),
    "resources_differ": Reason(
        InvalidTarget,
        "these resources want different kinds of tokens: ask for one at a time",
        "Get a token for each of them: their formats or algorithms are not the same.",
    ),
}
