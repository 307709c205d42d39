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
    "scope_none_left": Reason(
        InvalidScope,
        "the client may have none of these scopes",
        "Give the client one of them, on its page, or name the resource that they belong to.",
    ),
    "scope_of_several": Reason(
        InvalidScope,
        "these are scopes of {one} and of {other}{others}: say by resource which is meant",
        "Send `resource` with the identifier of the API that the token is for, or ask for one token for each.",
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
    "resources_share_scopes": Reason(
        InvalidTarget,
        "no scope that was granted belongs to exactly one of these resources: ask for another one",
        "Both APIs have a scope of that name, and a token for both would not say whose it is: get one for each.",
    ),
    "resources_differ": Reason(
        InvalidTarget,
        "these resources want different kinds of tokens: ask for one at a time",
        "Get a token for each of them: their formats or algorithms are not the same.",
    ),
}
