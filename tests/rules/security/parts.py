"""The lines that say several things, and what each of them is. A test's mark names the line and the part, such as
`covers("S8 modes")`; a mark that names the line alone shows none of its parts."""

PARTS = {
    "S8": {
        "types": "only registered response types",
        "modes": "only registered response modes",
        "off": "nothing with `token` or `id_token` in the front channel",
        "switch": "the deployment and the client both switch it on",
    },
    "S10": {
        "sign-in": "the pages of the sign-in",
        "consent": "consent, and who is asked",
        "logout": "the pages of signing out",
        "others": "every other page",
        "device": "the page that allows a device",
        "session": "the session-management page alone is frameable",
    },
    "S14": {
        "authorize": "at authorize",
        "token": "at token",
        "revoke": "at revoke",
        "introspect": "at introspect",
        "logout": "at logout",
        "PAR": "at PAR",
        "device": "at device",
    },
    "S21": {
        "client": "to the client",
        "redirect_uri": "to the redirect_uri",
        "PKCE": "to the verifier",
        "nonce": "to the nonce",
        "hashed": "stored hashed",
        "DPoP": "to the DPoP key",
    },
    "S27": {"code": "codes", "token": "tokens", "device": "device codes"},
    "S33": {
        "person": "refresh: the person is active",
        "client": "refresh: the client is enabled",
        "consent": "refresh: the consent is still there",
        "device": "device codes",
        "CIBA": "CIBA",
        "exchange": "token exchange",
        "assertion": "the JWT-bearer grant",
    },
    "S38": {
        "handles": "codes, access, refresh and identity tokens",
        "sessions": "cookies of sessions and of devices",
        "secrets": "client secrets",
        "passwords": "passwords",
        "links": "reset links",
        "keys": "signing keys are sealed",
    },
    "S47": {
        "token": "at token",
        "revoke": "at revoke",
        "introspect": "at introspect",
        "PAR": "at PAR",
        "device": "at device",
    },
    "S50": {
        "hashed": "secrets are hashed",
        "constant": "compared in constant time",
        "unknown": "an unknown client costs the same",
    },
    "S53": {
        "pin": "resolve, then pin",
        "redirects": "no redirects",
        "private": "no private range",
        "caps": "size and time",
        "transaction": "none in a transaction",
        "keys": "jwks_uri",
        "sectors": "sector_identifier_uri",
        "notices": "back-channel logout",
        "request_uri": "request_uri",
        "CIMD": "client documents, and their logos",
    },
    "S57": {
        "common": "common words and passwords",
        "context": "words of the person and the service",
        "breached": "passwords of known breaches",
    },
    "S58": {
        "account": "per account",
        "source": "per source",
        "lockout": "nobody locks out somebody else",
        "nodes": "across nodes",
        "Redis": "without Redis",
        "hundred": "a hundred consecutive failures at most",
    },
    "S59": {
        "text": "sign-in: by text and status",
        "timing": "sign-in: by what is computed",
        "register": "registration",
        "reset": "reset, and what is mailed",
    },
    "S71": {
        "admin-sessions": "an administrator ends sessions",
        "admin-tokens": "an administrator ends tokens",
        "admin-consents": "an administrator ends consents",
        "own": "a person lists and ends their own sessions, tokens and consents",
    },
    "S72": {
        "login": "sign-in",
        "consent": "consent",
        "logout": "logout",
        "device": "device",
        "e-mail": "change of the address",
    },
    "S75": {
        "client": "per client",
        "scope": "per scope, and asked again for more",
        "resource": "per resource, and asked again for more",
        "assured": "asked again of clients whose identity is not assured",
        "shows": "shows who asks, and for what",
        "lifetime": "shows for how long",
    },
    "S77": {
        "logs": "in logs: code, token, secret",
        "people": "in logs: password, cookie",
        "server": "in the web server's own lines",
        "errors": "in error pages and answers",
        "labels": "in labels of metrics",
        "Referer": "in the Referer",
        "traces": "in traces",
    },
    "S78": {
        "body": "of a body",
        "count": "how many parameters",
        "length": "how long a parameter",
        "scopes": "how many scopes",
        "depth": "how deep JSON",
        "garbage": "garbage is 4xx JSON",
    },
}
"""The line → its parts: a name, and what has to be shown under it."""


def parts_of(line: str) -> list[str]:
    """The names by which tests mark the line: those of its parts, or its own."""
    return [f"{line} {part}" for part in PARTS[line]] if line in PARTS else [line]
