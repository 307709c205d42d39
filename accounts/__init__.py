"""Who the person is: accounts, sign-in by password, sessions. Knows nothing of clients and tokens."""
