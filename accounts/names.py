"""When two names are the same name: NFKC and casefold (UTS #36 §2.11.2), and NFC for passwords."""

from unicodedata import normalize

LIST_KEY = 100
"""Characters. A name is in its place among a million others long before."""


def same_name_key(name: str) -> str:
    """What all spellings of a username or e-mail address have in common; unique in the database."""
    # Folding can undo the composition that NFKC made, hence the second pass.
    return normalize("NFKC", normalize("NFKC", name.strip()).casefold())


def list_key(name: str) -> str:
    """By which people look for a name in a list: its beginning in one spelling, of at most LIST_KEY characters."""
    return same_name_key(name)[:LIST_KEY]


def password_text(password: str) -> str:
    """One spelling for a password, whichever keyboard composed its letters (NIST SP 800-63B-4 §3.1.1.2)."""
    return normalize("NFC", password)
