"""The admin of clients, and of what people allowed them. Owns pages and permissions; `tokens.clients` makes clients."""

from tokens.admin import client, read_only

__all__ = ["client", "read_only"]
