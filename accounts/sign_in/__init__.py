"""Signing in with a password: forms, their judgement and its limits. Owns no session: `accounts.sessions` does."""
