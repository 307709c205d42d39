"""Protects an API of another Django project with access tokens (RFC 6750, RFC 9068). Owns what such an API has to do,
and needs nothing of the provider's own code: it knows what that publishes. docs/resource-servers.md shows it."""
