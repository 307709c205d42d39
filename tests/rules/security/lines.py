"""The security requirements, a line each, with their sources; docs/security.md says which test shows which."""

LINES = {
    "S1": (
        "redirect_uri: exact string match against the client's own list; only the loopback port may differ (IP literals), and there an empty path equals `/`",
        "BCP 2.1, 4.1; ASVS 10.4.1",
    ),
    "S2": (
        "Unknown client or bad redirect_uri: error page, never a redirect, on every path incl. prompt=none, bad response_type, missing scope",
        "BCP 4.11.2; RFC 6749 4.1.2.1",
    ),
    "S3": ("Reject http redirect URIs except on loopback", "BCP 2.6; FAPI2 5.3.2.2"),
    "S4": (
        "Reject fragments, userinfo, path-params, query params that are not registered, encoded dots/backslashes, non-ASCII hosts, javascript:/data: schemes, at registration and at request",
        "BCP 4.1.3",
    ),
    "S5": (
        "redirect_uri may not contain response parameters (code, state, iss, error, id_token) in query or fragment",
        "Keycloak CVE-2026-9689/18209",
    ),
    "S6": ("Redirect after a POST with credentials uses 303, never 307", "BCP 4.12; FAPI2 5.3.2.2"),
    "S7": (
        "`iss` in every authorization response, success and error; metadata flag true",
        "RFC 9207; BCP 2.1, 4.4; FAPI2",
    ),
    "S8": (
        "Only registered response_type/response_mode per client; anything with `token` or `id_token` in the front channel is off unless the deployment and that client both switch it on (certification of the implicit and hybrid profiles needs them)",
        "BCP 2.1.2; ASVS 10.4.4, 10.4.12, 10.6.1",
    ),
    "S9": ("No CORS on the authorization endpoint; CORS on token/jwks/metadata never with credentials", "BCP 2.6"),
    "S10": (
        "Clickjacking: frame-ancestors 'none' + XFO on login, consent, device, logout pages (the session-management page alone is frameable)",
        "BCP 4.16; TM 4.4.1.9",
    ),
    "S11": ("Referrer-Policy tells no other site, and no third-party content on pages with code/state", "BCP 4.2"),
    "S12": ("Cache-Control: no-store on every response carrying code, token, or user data", "RFC 6749 5.1; BCP 4.3"),
    "S13": ("No open redirector: `next`, post_logout_redirect_uri, error_uri, login_hint pages", "BCP 2.1, 4.11"),
    "S14": (
        "Repeated parameters refused at authorize, token, revoke, introspect, PAR, device, logout, but for `resource` and `audience`",
        "RFC 6749 3.1, 3.2",
    ),
    "S15": ("state echoed byte-exact, bounded by the request's own bound, HTML/URL-safe", "RFC 6749 4.1.2"),
    "S16": ("prompt=none never shows UI; prompt=login / max_age force re-auth and move auth_time", "OIDC 3.1.2.1"),
    "S17": ("id_token_hint naming another user: login_required", "OIDC 3.1.2.1"),
    "S18": (
        "request/request_uri: signature policy enforced also inside JWE; alg none refused; request_uri host allow-listed",
        "OIDC 6; CVE-2026-9793",
    ),
    "S19": (
        "Code single-use under concurrency and crash; the second valid use is refused and revokes everything issued from it",
        "RFC 6749 4.1.2; ASVS 10.4.2; FAPI2",
    ),
    "S20": ("Code lifetime <= 60 s (L3/FAPI), never > 10 min", "ASVS 10.4.3; FAPI2 5.3.2.1"),
    "S21": (
        "Code bound to client, redirect_uri, PKCE, nonce, DPoP key; stored hashed",
        "RFC 6749 4.1.3; CVE-2026-16089",
    ),
    "S22": (
        "PKCE required of public clients always, of confidential ones as their member and the deployment's floor say (found.md R2); only S256; where a challenge was sent its verifier is required, where none was sent a verifier is refused; plain refused; default method when absent is not plain-by-accident",
        "BCP 2.1.1; ASVS 10.4.6; FAPI2",
    ),
    "S23": (
        "challenge sent => verifier required; verifier sent without challenge => refused",
        "BCP 2.1.1, 4.8; CVE-2023-48228",
    ),
    "S24": ("verifier 43-128 unreserved chars; constant-time compare", "RFC 7636 4.1"),
    "S25": ("Detect constant challenge/nonce reuse (rate metric)", 'BCP 2.1.1 "encouraged"'),
    "S26": (
        "PAR: client-authenticated, request_uri single-client, one-time at the point of authorization, < 600 s",
        "RFC 9126; FAPI2",
    ),
    "S27": ("Code/token/device entropy >= 128 bits from a CSPRNG", "FAPI2 5.4; RFC 6749 10.10"),
    "S28": ("Access tokens audience- and scope-restricted", "BCP 2.3; ASVS 9.2.3, 9.2.4"),
    "S29": (
        "Refresh tokens of public clients rotate or are sender-constrained; reuse revokes the family",
        "BCP 2.2.2, 4.14; ASVS 10.4.5",
    ),
    "S30": ("A retry after a lost rotation response succeeds with the same result, else no rotation", "FAPI2 5.3.2.1"),
    "S31": ("Refresh token absolute lifetime even when sliding", "ASVS 10.4.8"),
    "S32": ("Refresh can only narrow scope/resource; keeps auth_time, acr", "RFC 6749 6; OIDC 12.2"),
    "S33": (
        "Refresh, device, CIBA, exchange, JWT-bearer all re-check user active, not locked, client enabled, consent still there",
        "CVE-2026-1609/88770/93999/79652",
    ),
    "S34": (
        "Revoking either token kills the pair; revoke racing refresh leaves nothing alive",
        "RFC 7009 2.1; Keycloak #51312",
    ),
    "S35": (
        "A client cannot revoke another client's token, nor introspect one that is neither its own nor addressed to a resource it owns; the answer does not disclose existence",
        "RFC 7009 2.1; RFC 7662 4",
    ),
    "S36": (
        'Introspection: authenticated, POST only, audience-checked, inactive answer is exactly {"active":false}',
        "RFC 7662; CVE-2026-37979/18208",
    ),
    "S37": ("Bearer in the URI query refused", "BCP 4.3.2; FAPI2 RS"),
    "S38": ("Tokens hashed at rest; a DB dump yields no usable credential", "BCP 4; ASVS"),
    "S39": (
        "JWT access tokens: typ at+jwt, or JWT where their API knows no other, aud, iss, client_id, jti; ID token refused as access token and vice versa",
        "RFC 9068; ASVS 9.2.2",
    ),
    "S40": (
        "Alg allow-list per key; none and HS/RS confusion refused; jku/x5u/jwk/crit/b64 headers refused",
        "ASVS 9.1.2-3; RFC 8725",
    ),
    "S41": ("RSA >= 2048, no static default keys; kid unique; keys overlap on rotation", "FAPI2 5.4"),
    "S42": ("exp/nbf/iat checked; accept iat/nbf up to 10 s ahead, refuse >= 60 s", "FAPI2 5.3.2.1"),
    "S43": ("at_hash/c_hash/nonce/azp correct", "OIDC 3.3.2"),
    "S44": (
        "JWT/JWE input size and decompressed size bounded; zip refused; PBES2 p2c bounded",
        "CVE-2024-28102/2023-6681",
    ),
    "S45": (
        "DPoP: htm, htu, iat window, ath, jti one-time keyed by (jkt,jti), nonce, jkt bound to code (dpop_jkt) and to a public client's refresh token",
        "RFC 9449 4.3, 10, 11.1",
    ),
    "S46": ("mTLS: cert hash bound; proxy header only from the trusted hop", "RFC 8705"),
    "S47": ("Confidential clients authenticated on token, PAR, revoke, introspect, device", "ASVS 10.4.10"),
    "S48": (
        "One authentication method per request; a stronger registered method (private_key_jwt, mTLS) is never replaced by a secret, a public client never proves itself; a client with a secret may send it by Basic or in the body unless its operator pinned one",
        "RFC 6749 2.3, 2.3.1",
    ),
    "S49": (
        "private_key_jwt: aud issuer, token endpoint or the URL called, exp short, jti single-use across nodes",
        "RFC 7523; FAPI2; Hydra GHSA-3p3g",
    ),
    "S50": ("Secrets hashed, compared in constant time, unknown client costs the same", "ASVS 6.3.8"),
    "S51": ("Per-client grant-type allow-list; no password grant at all", "BCP 2.4; ASVS 10.4.4"),
    "S52": (
        "DCR: every URI validated, https, no private address; open registration flagged at consent; RAT scoped to one client",
        "ASVS 10.4.7",
    ),
    "S53": (
        "Outbound fetches (jwks_uri, request_uri, sector_identifier_uri, logo, CIMD, back-channel logout): resolve-then-pin, no redirects, no private/link-local/metadata ranges incl. IPv6-mapped, size and time caps, no fetch inside a DB transaction",
        "CVE-2026-1180/4366/1518",
    ),
    "S54": ("client_id cannot collide with a user sub", "BCP 2.6, 4.15"),
    "S55": (
        "Device flow: code one-time, client-bound, expiry enforced at redemption, slow_down, user_code rate-limited, approval page shows client",
        "RFC 8628 5.1-5.6",
    ),
    "S56": (
        "Passwords: >= 15 chars single-factor (>= 8 with MFA), >= 64 allowed, no composition rules, no truncation, all Unicode, no forced rotation",
        "NIST final 3.1.1.2; ASVS 6.2.1-6.2.10",
    ),
    "S57": ("Breached/common/context word check", "ASVS 6.2.4, 6.2.11-12"),
    "S58": (
        "Throttle per account and per source without lockout DoS; holds across nodes and Redis loss",
        "ASVS 6.1.1, 6.3.1; NIST 3.2.2 (<=100 consecutive)",
    ),
    "S59": ("No user enumeration by text, status, timing, e-mail side effects in login, register, reset", "ASVS 6.3.8"),
    "S60": (
        "Reset token one-time, short, hashed, bound to user+e-mail+password state; does not bypass MFA; every stage checks it really ran",
        "ASVS 6.4.3; CVE-2026-18963",
    ),
    "S61": (
        "E-mail change: re-auth, confirm at new address, notify the old, old reset links dead",
        "ASVS 7.5.1, 6.3.7",
    ),
    "S62": (
        "OTP/TOTP/recovery code one-time across nodes; TOTP window <= 30 s; rate-limited",
        "ASVS 6.5.1, 6.5.5, 6.6.3",
    ),
    "S63": ("WebAuthn: origin, rpId, challenge one-time, UV policy, sign-count policy", "ASVS 6.7.2"),
    "S64": (
        "Federated identity keyed by (issuer, sub), never e-mail/username unless verified by policy",
        "ASVS 6.8.1; allauth 65.13",
    ),
    "S65": ("No default accounts", "ASVS 6.3.2"),
    "S66": ("New session id at login and privilege change; pre-login ids useless", "ASVS 7.2.4; CVE-2026-7507"),
    "S67": ("Cookies: __Host-, Secure, HttpOnly, SameSite=Lax, opaque (but for session management)", "NIST 5.1.1"),
    "S68": ("Idle and absolute timeouts enforced server-side", "ASVS 7.3.1-2; NIST 5.2 (AAL2 24 h / 1 h)"),
    "S69": ("Logout ends the session on every node, also if the cache is down at that moment", "ASVS 7.4.1"),
    "S70": ("Disable/delete user: sessions and refresh tokens end everywhere within a stated bound", "ASVS 7.4.2"),
    "S71": ("User lists and ends own sessions, tokens, consents; admin ends all", "ASVS 7.4.5, 7.5.2, 10.4.9, 10.7.3"),
    "S72": ("CSRF on login, consent, device approve, logout, e-mail change", "NIST 5.1; TM 4.4.1.8"),
    "S73": (
        "RP-initiated logout: hint validated, else the user is asked, then led only to a URI registered for the `client_id` sent; post_logout URI exact",
        "ASVS 10.6.2",
    ),
    "S74": ("Back-channel logout token: typ logout+jwt, events, sid/sub, no nonce, exp <= 2 min", "ASVS 10.5.5"),
    "S75": (
        "Consent per client+scope+resource, re-asked on widening and for clients whose identity is not assured; shows identity, scopes, lifetime",
        "ASVS 10.7.1-2",
    ),
    "S76": (
        "Issuer and e-mail links come from configuration, never from Host/X-Forwarded-*; forwarded headers only from trusted hops",
        "BCP 4.13",
    ),
    "S77": (
        "No code, token, secret, password, cookie in logs, traces, error pages, metrics labels, Referer",
        "ASVS V16; TM 5.1.6",
    ),
    "S78": (
        "Bounded work per request: body, param count/length, scope count, JSON depth; all garbage gives 4xx JSON, never 500",
        "",
    ),
}
