"""Our stylesheet, and after it what a deployment adds: its accent, and rules of its own."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from accounts.ground.look import BLACK, STRONGER, WHITE, mixed, readable

OURS = Path(__file__).parents[1] / "static/accounts/pages.css"
LIGHT, DARK = ("#ffffff", "#f2f4f3", "#edf6f3"), ("#0f1514", "#182120", "#16302c")
"""What text stands on in pages.css, by day and by night."""


@lru_cache(maxsize=1)
def stylesheet() -> bytes | None:
    """None where the deployment adds nothing."""
    accent = settings.BRAND_ACCENT
    added = [each for each in (accented(accent) if accent else "", settings.BRAND_RULES) if each]
    return "\n".join([OURS.read_text("utf-8"), *added]).encode() if added else None


def accented(accent: str) -> str:
    """Rules that give pages.css the accent, in the shade of it that is read by day, and in the one by night."""
    light, dark = readable(accent, LIGHT, BLACK), readable(accent, DARK, WHITE)
    return (
        f":root {{ --accent: {light}; --accent-strong: {mixed(light, BLACK, STRONGER)}; }}\n"
        f"@media (prefers-color-scheme: dark) {{\n"
        f"  :root {{ --accent: {dark}; --accent-strong: {mixed(dark, WHITE, STRONGER)}; }}\n}}\n"
    )
