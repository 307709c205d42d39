"""The lines that concern what this server does not do yet. Each waits for a file: once that is there, so must the tests
be."""

WAITING = {
    "tokens/views/pushed_authorization_request.py": ("S26",),
    "tokens/protocol/request_object.py": ("S18", "CVE-2026-9793"),
    "tokens/protocol/jwe.py": ("CVE-2024-28102", "CVE-2023-6681"),
    "tokens/protocol/dpop.py": ("S45", "ATTESTO-18", "WSO2-23358"),
    "tokens/protocol/mtls.py": ("S46",),
    "tokens/views/registration.py": ("S52", "DOT #1799"),
    "tokens/grants/device_code.py": ("S55", "CVE-2024-38371", "CVE-2026-16103"),
    "tokens/grants/ciba.py": ("CVE-2026-9798",),
    "tokens/metrics.py": ("S25",),
    "templates/account/password_reset.html": ("S60", "CVE-2019-19844", "ltb #755"),
    "templates/account/email.html": ("S61", "ALLAUTH-2024"),
    "templates/mfa": ("S62", "S63"),
    "templates/socialaccount": ("S64", "ALLAUTH-65.13", "CVE-2026-15571"),
    "accounts/remembered.py": ("GHSA-895x", "GHSA-64w3"),
}
"""The file that will bring it → the lines."""
