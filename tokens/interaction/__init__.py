"""The browser's way from an authorization request through our pages and back: what waits for a person, and for whom."""
