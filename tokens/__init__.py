"""What a client may do: the OAuth 2 and OpenID Connect server. Owns clients, consents, authorizations, tokens and keys;
not who the user is, which is asked of `accounts.sessions` and `accounts.claims`."""
