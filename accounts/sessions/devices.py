"""What a browser is called, by what it says of itself: for people, who know theirs by it. Nothing rests on it."""

from collections.abc import Mapping

BROWSERS: Mapping[str, str] = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "CriOS/": "Chrome",
    "Chrome/": "Chrome",
    "Chromium/": "Chromium",
    "Safari/": "Safari",
}
"""A part of what it says → its name, the first that is there: most also say that they are what came before them."""
SYSTEMS: Mapping[str, str] = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}
"""The same of what it runs on."""


def named(device: str) -> str:
    """As "Firefox · Linux"; what is in no table is called what it calls itself, and may be empty."""
    parts = [next((name for part, name in table.items() if part in device), "") for table in (BROWSERS, SYSTEMS)]
    return " · ".join(parts) if all(parts) else device
