"""Django's backend for PostgreSQL, with a deadline on every statement and connections that are looked at before use."""
