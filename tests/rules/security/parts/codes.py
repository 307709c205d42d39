"""Codes and PKCE."""

PARTS = {
    "S19": {
        "concurrency": "under concurrency",
        "crash": "under a crash",
        "second": "the second use is refused",
        "revokes": "and revokes everything issued from it",
    },
    "S20": {"minute": "a minute by default", "ten": "never more than ten"},
    "S21": {
        "client": "to the client",
        "redirect_uri": "to the redirect_uri",
        "PKCE": "to the verifier",
        "nonce": "to the nonce",
        "hashed": "stored hashed",
        "DPoP": "to the DPoP key",
    },
    "S22": {
        "public": "required of public clients always",
        "confidential": "of confidential ones as member and floor say",
        "verifier": "a challenge needs its verifier",
        "none": "no challenge, no verifier",
        "plain": "only S256: plain is refused",
        "absent": "an absent method is not plain by accident",
    },
    "S23": {
        "verifier": "a challenge needs its verifier",
        "none": "a verifier without a challenge is refused",
    },
    "S24": {"form": "43 to 128 unreserved characters", "constant": "compared in constant time"},
    "S26": {
        "authenticated": "client-authenticated",
        "client": "of a single client",
        "once": "one-time at the point of authorization",
        "lifetime": "less than 600 s",
    },
    "S27": {
        "code": "codes",
        "token": "tokens",
        "CSPRNG": "from the system's generator",
        "device": "device codes",
    },
}
