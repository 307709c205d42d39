"""What went wrong elsewhere in more than one way."""

PARTS = {
    "KC #22448": {"at once": "64 redemptions at once", "crash": "a crash between the steps"},
    "CVE-2024-52289": {"dot": "a dot is a dot", "empty": "an empty list allows nothing"},
    "DOT 3.4.1 x4": {
        "query": "an unregistered query",
        "path-params": "path parameters",
        "userinfo": "user information",
        "fragment": "a fragment",
    },
    "CVE-2023-48228": {
        "absent": "no verifier",
        "empty": "an empty one",
        "two": "two of them",
    },
    "CVE-2026-27962": {
        "jwk": "a key in the header",
        "jku": "its address",
        "x5u": "that of its certificate",
        "kid": "a kid that is a path",
    },
    "CVE-2025-59420": {"crit": "an unknown crit", "b64": "b64: false"},
    "own findings": {
        "crash": "a crash between an exchange's writes",
        "NUL": "a NUL is no 500",
        "duplicates": "parameters twice",
        "session": "a session that ended does not come back",
    },
}
