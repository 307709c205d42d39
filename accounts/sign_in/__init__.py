"""Signing in with a password: allauth's seams as we fill them. Owns no session: `accounts.sessions` does."""
