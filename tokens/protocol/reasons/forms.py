"""Of every request: what makes it no form or query of the protocol."""

from collections.abc import Mapping

from tokens.protocol.errors import AccessDenied, InvalidRequest, NotFound, ServerError, TemporarilyUnavailable
from tokens.protocol.reasons.reason import Reason

REASONS: Mapping[str, Reason] = {
    "method_not_allowed": Reason(
        InvalidRequest,
        "{came} is not allowed here: {right}",
        "Send the request with a method that the Allow header of the answer names; the token, introspection and "
        "revocation endpoints take POST alone.",
    ),
    "content_type": Reason(
        InvalidRequest,
        "the content type is {came}: this endpoint takes application/x-www-form-urlencoded, with the parameters in the "
        "body",
        "Send the parameters as a form. A JSON body is what most HTTP libraries send when told `json=`; tell them "
        "`data=` or its like.",
    ),
    "body_unreadable": Reason(
        InvalidRequest,
        "the body is too large or was cut off",
        "Send only the parameters that the endpoint reads, and all bytes that Content-Length promises.",
    ),
    "request_too_long": Reason(
        InvalidRequest,
        "the request is longer than {most} bytes",
        "Shorten what the request carries, mostly `state`, `claims` or `login_hint`: keep it on your side and send its "
        "name.",
    ),
    "not_utf8": Reason(
        InvalidRequest, "the parameters are not UTF-8", "Encode the text as UTF-8 before you percent-encode it."
    ),
    "too_many_parameters": Reason(
        InvalidRequest, "more than {most} parameters", "Send only the parameters that the endpoint reads."
    ),
    "nul_character": Reason(
        InvalidRequest, "a parameter has a NUL character", "No parameter needs one: look for what put it there."
    ),
    "parameter_repeated": Reason(
        InvalidRequest,
        "the parameter {name} is repeated",
        "Send each parameter once; only `resource` and `audience` may come several times (RFC 6749 section 3.2). A "
        "library that is told a parameter that it sends by itself sends it twice.",
    ),
    "space_in_resource": Reason(
        InvalidRequest,
        "a resource or audience has a space in it",
        "Send several resources as several parameters of the same name, not as one list.",
    ),
    "parameter_missing": Reason(
        InvalidRequest, "{name} is missing", "Send the parameter. One that is empty counts as missing (RFC 6749)."
    ),
    "host_unknown": Reason(
        InvalidRequest,
        "the request names a host that is not this server's: it is {right}",
        "Ask the host that the issuer names. A proxy in between has to pass the Host header on as it came.",
    ),
    "request_unreadable": Reason(
        InvalidRequest,
        "the request cannot be read",
        "Look at what your program sends: a body that is larger than any request here, or is none that its content "
        "type promises.",
    ),
    "path_unknown": Reason(
        NotFound,
        "there is nothing at this path{meant}",
        "Take the endpoints from the discovery document, letter by letter: none of them ends with a slash.",
    ),
    "path_elsewhere": Reason(
        NotFound,
        "a node of this role does not serve this path",
        "Nothing in the request is wrong. Whoever runs this server has to lead such paths to the nodes that serve "
        "them; which those are, IDP_ROLE says.",
    ),
    "not_allowed": Reason(
        AccessDenied, "this is not allowed", "Ask whoever runs this server: it is for others than the one who asks."
    ),
    "temporarily_unavailable": Reason(
        TemporarilyUnavailable,
        "{why}",
        "Try again after the seconds that Retry-After names. If it lasts, tell whoever runs this server.",
    ),
    "server_error": Reason(
        ServerError,
        "request {number}",
        "Something broke that nobody expected. Tell whoever runs this server the number: their log has what happened "
        "under it.",
    ),
}
