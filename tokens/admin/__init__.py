"""The admin of clients, resources, what people allowed, and logout notices. Owns pages and permissions;
`tokens.registration.clients` and `tokens.registration.resources` make and end things."""

from tokens.admin import client, logout_delivery, read_only, resource, run

__all__ = ["client", "logout_delivery", "read_only", "resource", "run"]
