"""The kinds of what a store holds."""

EXPIRING = (
    "run",
    "authorization_code",
    "interaction",
    "client_assertion",
    "access_token",
    "refresh_token",
    "consent",
    "authorization",
    "revocation",
    "logout_delivery",
)
"""The registry of what expires: `delete_expired` sweeps each, and a test holds every table with an `expires` column to
it. Parents come last."""

REFERRING = ("authorization_code", "interaction", "access_token", "refresh_token", "consent", "authorization")
"""The registry of what names a client, a person or an authorization without a foreign key: `delete_orphans` looks after
each, and a test holds every table to it. Parents come last."""

END = {"authorization": "kept_until"}
"""What tells the end of a row of a kind, where it is not `expires`."""
