"""Sessions, logout and consent."""

PARTS = {
    "S66": {
        "login": "a new id at login",
        "privilege": "and where the password was entered again",
        "before": "ids of before are useless",
    },
    "S67": {
        "__Host-": "__Host-",
        "Secure": "Secure",
        "HttpOnly": "HttpOnly",
        "SameSite": "SameSite=Lax",
        "opaque": "opaque",
    },
    "S68": {"idle": "idle timeout", "absolute": "absolute timeout"},
    "S69": {"nodes": "on every node", "cache": "also if the cache is down"},
    "S70": {
        "disable": "disabled: sessions and refresh tokens end",
        "delete": "deleted: sessions and refresh tokens end",
        "everywhere": "everywhere, at once",
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
    "S73": {
        "hint": "the hint is validated",
        "asked": "else the person is asked",
        "client_id": "then led to a URI of the client_id that was sent",
        "exact": "post_logout_redirect_uri is exact",
    },
    "S74": {
        "typ": "typ logout+jwt",
        "events": "events",
        "sub": "sub, and sid",
        "nonce": "no nonce",
        "exp": "exp <= 2 min",
    },
    "S75": {
        "client": "per client",
        "scope": "per scope, and asked again for more",
        "resource": "per resource, and asked again for more",
        "assured": "asked again of clients whose identity is not assured",
        "shows": "shows who asks, and for what",
        "lifetime": "shows for how long",
    },
}
