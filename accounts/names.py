"""When two names are the same name: NFKC and casefold (UTS #36 §2.11.2), and NFC for passwords."""

from unicodedata import normalize


def same_name_key(name: str) -> str:
    """What all spellings of a username or e-mail address have in common; unique in the database."""
    # Folding can undo the composition that NFKC made, hence the second pass.
    return normalize("NFKC", normalize("NFKC", name.strip()).casefold())


def password_text(password: str) -> str:
    """One spelling for a password, whichever keyboard composed its letters (NIST SP 800-63B-4 §3.1.1.2)."""
    return normalize("NFC", password)
