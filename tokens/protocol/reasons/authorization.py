"""Of authorization requests."""

from collections.abc import Mapping

from tokens.protocol.errors import (
    AccessDenied,
    AccountSelectionRequired,
    ConsentRequired,
    InvalidRequest,
    InvalidScope,
    LoginRequired,
    RequestNotSupported,
    RequestUriNotSupported,
    TemporarilyUnavailable,
    UnauthorizedClient,
    UnmetAuthenticationRequirements,
    UnsupportedResponseType,
)
from tokens.protocol.reasons.reason import Reason

_PKCE = (
    "Switch PKCE on in your library: `code_challenge_method`, `pkce` or `usePKCE` is what they call it. What this "
    "client has to send is its member PKCE, on its page."
)
_INTERACTIVE = "Ask again without prompt=none, in a window that the person sees."
REASONS: Mapping[str, Reason] = {
    "redirect_uri_unregistered": Reason(
        InvalidRequest,
        "redirect_uri is not one that is registered for this client: {came} is not{right}",
        "Register the address on the client's page, or set your application to a registered one. They are compared "
        "character by character: a slash at the end, http for https, a port or localhost for 127.0.0.1 differ.",
    ),
    "state_line_break": Reason(
        InvalidRequest,
        "state has a line break, which no browser posts as it was",
        "Send a state without line breaks, such as random letters.",
    ),
    "nonce_too_long": Reason(
        InvalidRequest,
        "nonce is longer than {most} characters of JSON in ASCII",
        "Send 32 random letters.",
    ),
    "code_challenge_alone": Reason(
        InvalidRequest, "code_challenge is missing, though code_challenge_method was sent", _PKCE
    ),
    "code_challenge_method": Reason(
        InvalidRequest,
        "code_challenge_method is {came}: it must be S256, and where it is absent it means plain",
        "Send code_challenge_method=S256, and as the challenge the base64url of the verifier's SHA-256.",
    ),
    "code_challenge_form": Reason(
        InvalidRequest,
        "code_challenge must be 43 characters of base64url: the SHA-256 of the code_verifier",
        "Hash the verifier with SHA-256, encode the 32 bytes as base64url, and leave the = away (RFC 7636 4.2).",
    ),
    "pkce_required": Reason(
        InvalidRequest,
        "code_challenge is missing: this client has to use PKCE, so send code_challenge and code_challenge_method=S256",
        _PKCE,
    ),
    "pkce_or_nonce_required": Reason(
        InvalidRequest,
        "neither code_challenge nor nonce was sent, and this client needs one: send code_challenge and "
        "code_challenge_method=S256",
        _PKCE,
    ),
    "pkce_required_without_openid": Reason(
        InvalidRequest,
        "code_challenge is missing, and without the scope openid no nonce replaces it: send code_challenge and "
        "code_challenge_method=S256",
        _PKCE,
    ),
    "request_object": Reason(
        RequestNotSupported,
        "request objects are not supported: send the parameters themselves",
        "Switch request objects off in your library (`request_object`, `use_request_object`).",
    ),
    "request_uri": Reason(
        RequestUriNotSupported,
        "request_uri is not supported: send the parameters themselves",
        "Switch request objects by reference off in your library.",
    ),
    "response_type_unsupported": Reason(
        UnsupportedResponseType,
        "response_type is {came}: it must be {right}",
        "Set the option response_type of your library to code; the tokens come from the token endpoint.",
    ),
    "response_type_unauthorized": Reason(
        UnauthorizedClient,
        "this client may not use response_type {came}: nobody signs in at it",
        "Use a client of a kind where people sign in; a machine asks the token endpoint with client_credentials.",
    ),
    "response_mode_unsupported": Reason(
        InvalidRequest,
        "response_mode is {came}: {right} are supported, and not each with every redirect_uri",
        "Leave response_mode out, or send one of these; form_post needs a redirect URI of https or loopback.",
    ),
    "response_mode_unauthorized": Reason(
        UnauthorizedClient,
        "this client may not be answered by response_mode {came}; it may have {right}",
        "Send one of these as response_mode, or tick the other one on the client's page. Without response_mode it is "
        "query.",
    ),
    "scope_missing": Reason(
        InvalidScope, "scope is missing: people sign in with openid", "Send scope, such as `openid profile email`."
    ),
    "scope_unknown": Reason(
        InvalidScope,
        "scope has {came}, which this client may not ask for; it may ask for {right}, with single spaces between",
        "Correct the name, or give the client that scope on its page. A client that is not marked as being in "
        "development is not refused for one unknown name: it is dropped, and `scope` of the token response says what "
        "was granted.",
    ),
    "prompt_unsupported": Reason(
        InvalidRequest, "prompt is {came}: it may have {right}", "Send one of these values, or leave prompt out."
    ),
    "prompt_create_combined": Reason(
        InvalidRequest, "prompt create cannot be combined with another value", "Send prompt=create alone."
    ),
    "prompt_none_combined": Reason(
        InvalidRequest, "prompt none cannot be combined with another value", "Send prompt=none alone."
    ),
    "max_age_form": Reason(
        InvalidRequest, "max_age is {came}: it must be a number of seconds", "Send whole seconds, such as 3600."
    ),
    "claims_too_long": Reason(
        InvalidRequest, "claims is longer than {most} characters", "Ask for fewer claims, or by scopes."
    ),
    "claims_malformed": Reason(
        InvalidRequest,
        "claims is not a JSON object as OpenID Connect Core 5.5 describes it",
        "Send a JSON object with the members userinfo and id_token, each with the names of claims.",
    ),
    "id_token_hint": Reason(
        InvalidRequest,
        "id_token_hint is not an ID token that was issued here to this client",
        "Send the last ID token that this client got from this server, expired or not.",
    ),
    "post_logout_redirect_uri_unregistered": Reason(
        InvalidRequest,
        "post_logout_redirect_uri is not one that is registered for this client: {came} is not{right}",
        "Register the address on the client's page, letter by letter. The person was signed out all the same, and is "
        "not led there.",
    ),
    "post_logout_redirect_uri_of_nobody": Reason(
        InvalidRequest,
        "post_logout_redirect_uri came without a client that may be used here: send its client_id, or an ID token of "
        "it as id_token_hint",
        "Send one of the two. A client_id that is not registered here, or disabled, and an ID token of another server "
        "count for none.",
    ),
    "interaction_gone": Reason(
        InvalidRequest,
        "this sign-in was completed already, has expired, or began in another browser",
        "Begin again at the application. A link of a sign-in is not to be kept or sent to anybody.",
    ),
    "answer_missing": Reason(
        InvalidRequest, "the form has no answer", "Use the buttons of the page; programs do not post to it."
    ),
    "acr_unmet": Reason(
        UnmetAuthenticationRequirements,
        "the sign-in is of no acr that is essential to the request",
        "The person has no stronger way to sign in, or used none. Ask for that acr as voluntary, or have them add one.",
    ),
    "second_factor_required": Reason(
        UnmetAuthenticationRequirements,
        "a second factor is required of the person, and they signed in with one only",
        "Send the request without prompt=none, so that they are asked for it, or can add one.",
    ),
    "person_denied": Reason(
        AccessDenied, "the person did not allow it", "Respect it: offer to go on without, or to ask again."
    ),
    "account_disabled": Reason(
        AccessDenied,
        "the person's account is disabled: they cannot sign in",
        "Whoever runs this server can enable the account, in the admin.",
    ),
    "person_may_not": Reason(
        AccessDenied,
        "the person may not use this client",
        "The client is for some groups, and the person is in none of them: whoever runs this server can change either.",
    ),
    "too_many_wait": Reason(
        TemporarilyUnavailable,
        "more than {most} requests from this internet address wait for their people; try again in {seconds} seconds",
        "Each request that is answered makes room, and each that nobody answers after an hour. Where so many people"
        " share an address, have the operator raise IDP_TOKENS_WAITING_PER_ADDRESS; behind proxies, set"
        " IDP_TRUSTED_PROXIES.",
    ),
    "login_required": Reason(LoginRequired, "the person has to sign in", _INTERACTIVE),
    "consent_required": Reason(ConsentRequired, "the person has to consent", _INTERACTIVE),
    "consent_each_time": Reason(
        ConsentRequired,
        "the person has to consent each time: at this redirect_uri any program can be this client (RFC 8252 8.6)",
        "Keep the refresh token in place of asking silently, or use an https redirect URI that the app has claimed. "
        + _INTERACTIVE,
    ),
    "account_selection_required": Reason(AccountSelectionRequired, "the person has to choose", _INTERACTIVE),
    "other_person_signed_in": Reason(
        LoginRequired,
        "another person is signed in than the one who is asked for",
        "Ask again without id_token_hint, or have the person sign out first.",
    ),
    "other_person_came": Reason(
        LoginRequired,
        "another person signed in than the one who had to",
        "Ask again; the person that id_token_hint or `sub` names has to sign in.",
    ),
}
