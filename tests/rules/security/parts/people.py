"""Authentication of people."""

PARTS = {
    "S56": {
        "15": "15 characters at least, where nothing is beside them",
        "64": "64 and more are allowed",
        "composition": "no composition rules",
        "truncation": "no truncation",
        "Unicode": "all Unicode",
        "rotation": "no forced rotation",
        "8": "8 with a second factor",
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
    "S60": {
        "once": "one-time",
        "short": "short",
        "hashed": "hashed",
        "user": "bound to the user",
        "e-mail": "bound to the address",
        "password": "bound to the password",
        "MFA": "does not bypass a second factor",
        "stages": "every stage checks that the one before really ran",
    },
    "S61": {
        "links": "old reset links are dead",
        "re-auth": "re-authentication",
        "confirm": "confirmed at the new address",
        "notify": "the old one is told",
    },
    "S62": {"once": "one-time across nodes", "window": "TOTP window of 30 s at most", "rate": "rate-limited"},
    "S63": {
        "origin": "origin",
        "rpId": "rpId",
        "challenge": "one-time challenge",
        "UV": "UV policy",
        "count": "sign-count policy",
    },
    "S64": {"key": "keyed by (issuer, sub)", "policy": "never by e-mail or user name, unless verified by policy"},
}
