"""The lines, and the parts of lines, that concern what this server does not do yet. Each waits for a file: once that is
there, so must the tests be."""

WAITING = {
    "tokens/views/pushed_authorization_request.py": (
        "S14 PAR",
        "S26 authenticated",
        "S26 client",
        "S26 once",
        "S26 lifetime",
        "S47 PAR",
    ),
    "tokens/protocol/request_object.py": (
        *("S18 JWE", "S18 host", "CVE-2026-9793", "S53 request_uri", "CVE-2020-10770"),
    ),
    "tokens/protocol/response_types.py": ("S8 switch", "S43 c_hash"),
    "tokens/protocol/jwe.py": ("S44 decompressed", "S44 p2c", "CVE-2024-28102", "CVE-2023-6681"),
    "tokens/protocol/dpop.py": (
        *("S21 DPoP", "S45 htm", "S45 htu", "S45 iat", "S45 ath", "S45 jti", "S45 nonce", "S45 code", "S45 refresh"),
        *("ATTESTO-18", "WSO2-23358", "attacker resource"),
    ),
    "tokens/protocol/mtls.py": ("S46 hash", "S46 hop", "S48 mTLS"),
    "tokens/views/registration.py": ("S52 URIs", "S52 https", "S52 private", "S52 consent", "S52 RAT", "DOT #1799"),
    "tokens/views/check_session.py": ("S10 session",),
    "tokens/registration/client_documents.py": ("S53 CIMD",),
    "tokens/grants/device_code.py": (
        *("S10 device", "S14 device", "S27 device", "S33 device", "S47 device", "S72 device"),
        *("S55 once", "S55 client", "S55 expiry", "S55 slow_down", "S55 user_code", "S55 shows"),
        *("CVE-2024-38371", "CVE-2026-16103"),
    ),
    "tokens/grants/ciba.py": ("S33 CIBA", "CVE-2026-9798"),
    "tokens/grants/token_exchange.py": ("S33 exchange",),
    "tokens/grants/jwt_bearer.py": ("S33 assertion",),
    "tokens/metrics.py": ("S25",),
    "idp/node/tracing.py": ("S77 traces",),
    "accounts/federation": ("S64 key", "S64 policy", "ALLAUTH-65.13", "CVE-2026-15571"),
}
"""The file that will bring it → the lines, and the parts by their marks."""
