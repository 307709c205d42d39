"""The one content type of a form: that of our pages, and of the protocol (RFC 6749 appendix B)."""

FORM_TYPE = "application/x-www-form-urlencoded"
