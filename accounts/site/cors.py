"""What scripts of other origins may read of an answer of ours (Fetch Standard, CORS protocol), beyond its body."""

READABLE = ("WWW-Authenticate", "X-Request-Id", "Retry-After")
