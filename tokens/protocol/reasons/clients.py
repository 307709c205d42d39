"""Of who asks: the client, and how it shows which one it is. Nothing tells an unknown client from a wrong secret."""

from collections.abc import Mapping

from tokens.protocol.errors import InvalidClient, InvalidRequest
from tokens.protocol.reasons.reason import Reason

_ASSERTION = (
    "The claims of a client assertion are those of RFC 7523 section 3: iss and sub are the client_id, aud is this "
    "issuer, jti is new each time, exp lies a few minutes ahead."
)
REASONS: Mapping[str, Reason] = {
    "client_unknown": Reason(
        InvalidRequest,
        "client_id {came} is not that of a client registered here",
        "Compare it with the client's page, letter by letter: it is copied, not typed. Is this the server that the "
        "client was registered at?",
    ),
    "client_id_is_secret": Reason(
        InvalidRequest,
        "client_id has the form of a client secret, and is not that of a client registered here",
        "Swap the two. The secret went through a browser: make another one on the client's page, and end this one.",
    ),
    "client_disabled": Reason(
        InvalidRequest,
        "the client {came} is registered here and disabled: whoever runs this server can enable it",
        "Nothing in the request is wrong. On the client's page in the admin, switch on Enabled.",
    ),
    "client_unnamed": Reason(
        InvalidClient,
        "the request does not say which client it comes from",
        "Send the client's id and secret in the Authorization header or as the parameters client_id and "
        "client_secret; a client without a secret sends client_id alone.",
    ),
    "client_authentication_failed": Reason(
        InvalidClient,
        "client authentication failed",
        "The client_id, the secret or the key is wrong, or the client is disabled; which of them is not said to who "
        "cannot show the secret. Copy id and secret again, without spaces, from where they were shown; the client's "
        "page says when each secret was last used, and can add another.",
    ),
    "client_method_refused": Reason(
        InvalidClient,
        "the secret is right, but it came by {came}: this client authenticates by {right} alone",
        "Tell your library that method (often `token_endpoint_auth_method` or `client_auth`), or change it on the "
        "client's page.",
    ),
    "two_authentication_methods": Reason(
        InvalidRequest,
        "{conflict}",
        "Send the secret one way: in the Authorization header, or as client_secret in the form, or sign an assertion.",
    ),
    "authorization_scheme": Reason(
        InvalidClient,
        "the Authorization scheme of this endpoint is Basic",
        "A client authenticates here, not a person and not an access token: send the client's id and secret by Basic.",
    ),
    "basic_credentials_unreadable": Reason(
        InvalidClient,
        "the Basic credentials cannot be read",
        "Form-encode the id and the secret, join them with a colon, and encode that as base64 (RFC 6749 2.3.1).",
    ),
    "client_id_differs": Reason(
        InvalidRequest,
        "client_id differs from the Basic credentials",
        "Leave client_id out of the form, or send the same in both places.",
    ),
    "assertion_incomplete": Reason(
        InvalidRequest,
        "client_assertion and client_assertion_type come together",
        "Send both; the type is urn:ietf:params:oauth:client-assertion-type:jwt-bearer.",
    ),
    "assertion_type": Reason(
        InvalidClient,
        "client_assertion_type {came} is not supported: {right}",
        "Send that type. Other assertions, such as SAML, are not taken here.",
    ),
    "assertion_unreadable": Reason(InvalidClient, "the client assertion {why}", "Send a JWT in compact form."),
    "assertion_typ": Reason(
        InvalidClient,
        "the client assertion has the typ of another kind of token",
        "Set typ to JWT or client-authentication+jwt, or leave it out.",
    ),
    "assertion_client_id": Reason(
        InvalidClient, "client_id differs from the client assertion", "Send the client_id that iss and sub name."
    ),
    "assertion_issuer": Reason(InvalidClient, "iss and sub of a client assertion are both its client_id", _ASSERTION),
    "assertion_audience": Reason(
        InvalidClient, "aud of the client assertion names neither the issuer nor the endpoint", _ASSERTION
    ),
    "assertion_expired": Reason(
        InvalidClient,
        "the client assertion has expired",
        "Sign a new one for each request, and set the clock of your server.",
    ),
    "assertion_far_ahead": Reason(
        InvalidClient,
        "exp of the client assertion lies more than {most} seconds ahead",
        "Let it expire after a few minutes: one is signed for each request.",
    ),
    "assertion_in_the_future": Reason(
        InvalidClient, "{name} of the client assertion lies in the future", "Set the clock of your server."
    ),
    "assertion_claim": Reason(InvalidClient, "the client assertion needs {name}: {right}", _ASSERTION),
    "assertion_replayed": Reason(
        InvalidClient,
        "the client assertion was used before",
        "Sign a new one, with a new jti, for each request, also for one that is sent again.",
    ),
    "public_client_introspects": Reason(
        InvalidClient,
        "a public client cannot introspect: anybody could be it",
        "Introspect as the API, with a client of its own that has a secret.",
    ),
}
