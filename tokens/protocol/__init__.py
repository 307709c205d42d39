"""OAuth 2 and OpenID Connect as pure functions over frozen records: no Django, no I/O, no clock (`now` is passed)."""
