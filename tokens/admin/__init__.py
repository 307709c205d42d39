"""The admin of clients, resources, what people allowed, and logout notices. Owns pages and permissions;
`tokens.registration.clients` and `tokens.registration.resources` judge, write and end them."""

from tokens.admin import authorization, client, consent, logout_delivery, resource, run, signing_key

__all__ = ["authorization", "client", "consent", "logout_delivery", "resource", "run", "signing_key"]
