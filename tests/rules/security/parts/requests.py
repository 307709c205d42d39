"""Authorization endpoint and redirects."""

_HOSTILE = {
    "fragments": "a fragment",
    "userinfo": "user information",
    "path-params": "path parameters",
    "encoded": "encoded dots and backslashes",
    "hosts": "a host that is not ASCII",
    "schemes": "javascript: and data:",
}

PARTS = {
    "S1": {
        "exact": "exact match",
        "own": "against the client's own list",
        "port": "only the port of a loopback literal may differ",
        "path": "on loopback an empty path equals `/`",
    },
    "S2": {
        "client": "an unknown client",
        "redirect_uri": "a bad redirect_uri",
        "prompt": "with each prompt",
        "response_type": "with a bad response_type",
        "scope": "with a missing scope",
    },
    "S3": {"http": "http is refused", "loopback": "except on loopback"},
    "S4": {
        **{f"registered {kind}": f"at registration: {what}" for kind, what in _HOSTILE.items()},
        **{f"requested {kind}": f"at request: {what}" for kind, what in _HOSTILE.items()},
        "requested query": "at request: a query that is not registered",
    },
    "S5": {"query": "in the query", "fragment": "in the fragment"},
    "S7": {
        "success": "in every success, whatever the mode",
        "error": "in every error, whatever the mode",
        "metadata": "the metadata say so",
    },
    "S8": {
        "types": "only registered response types",
        "modes": "only registered response modes",
        "off": "nothing with `token` or `id_token` in the front channel",
        "switch": "the deployment and the client both switch it on",
    },
    "S9": {
        "authorize": "none at the authorization endpoint",
        "token": "at token without credentials",
        "jwks": "at jwks without credentials",
        "metadata": "of the metadata without credentials",
    },
    "S10": {
        "sign-in": "the pages of the sign-in",
        "consent": "consent, and who is asked",
        "logout": "the pages of signing out",
        "others": "every other page",
        "device": "the page that allows a device",
        "session": "the session-management page alone is frameable",
    },
    "S11": {
        "Referrer-Policy": "no other site is told of a page",
        "third-party": "no page loads anything of another site",
    },
    "S12": {
        "code": "responses that carry a code",
        "token": "responses that carry a token",
        "person": "responses and pages that carry what is known of a person",
    },
    "S13": {
        "next": "`next`",
        "post_logout": "post_logout_redirect_uri",
        "error_uri": "error_uri, and pages of errors",
        "login_hint": "pages with a login_hint",
    },
    "S14": {
        "authorize": "at authorize",
        "token": "at token",
        "revoke": "at revoke",
        "introspect": "at introspect",
        "logout": "at logout",
        "but": "`resource` and `audience` may be repeated",
        "PAR": "at PAR",
        "device": "at device",
    },
    "S15": {
        "exact": "echoed byte for byte",
        "bound": "bounded by the request's own bound",
        "URL": "safe in a URL",
        "HTML": "safe in HTML",
    },
    "S16": {
        "none": "prompt=none never shows a page",
        "login": "prompt=login forces re-authentication",
        "max_age": "max_age forces it",
        "auth_time": "and moves auth_time",
    },
    "S18": {
        "none": "alg none is refused",
        "JWE": "signature policy inside JWE",
        "host": "request_uri's host is allow-listed",
    },
}
