"""The admin of clients, resources, and of what people allowed. Owns pages and permissions; `tokens.clients` and
`tokens.resources` make and end things."""

from tokens.admin import client, read_only, resource, run

__all__ = ["client", "read_only", "resource", "run"]
