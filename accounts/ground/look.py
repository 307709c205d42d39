"""How a deployment looks: its logo and its accent, as operators say them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

KINDS: Mapping[str, str] = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
}
"""Media types of what a logo may be. SVG can carry scripts, but not where it is shown as a picture, and the operator's
own is the operator's."""
MAX_BYTES = 20 * 1024
"""Every page shows it, and a page is light."""
COLOUR = re.compile(r"#[0-9a-f]{6}", re.ASCII)
RULES = "pages.css"
"""Their file, in that folder."""
WHITE, BLACK = "#ffffff", "#000000"
READABLE = 4.5
"""The contrast that text needs (WCAG 2.2 §1.4.3)."""
STRONGER = 0.18
"""How far from an accent the one below a pointer is."""


@dataclass(frozen=True, slots=True)
class Logo:
    content: bytes
    media_type: str

    @property
    def digest(self) -> str:
        return digest(self.content)


def logo(text: str) -> Logo:
    """The picture at the path. ValueError says why it is none."""
    path = Path(text)
    media_type = KINDS.get(path.suffix.lower())
    if media_type is None:
        raise ValueError(f"{path.name!r} does not end with one of {', '.join(KINDS)}")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(f"its file cannot be read ({error.strerror})") from None
    if not 0 < len(content) <= MAX_BYTES:
        raise ValueError(f"its file has {len(content)} bytes: from 1 to {MAX_BYTES} are shown")
    return Logo(content, media_type)


def folder(text: str) -> Path:
    """The folder at the path, whose rules can be read. ValueError says what is wrong."""
    path = Path(text).absolute()
    if not path.is_dir():
        raise ValueError(f"{text!r} is no folder")
    rules(path)
    return path


def rules(folder: Path | None) -> str:
    """What a deployment's folder adds to our stylesheet. ValueError where it cannot be read."""
    try:
        return (folder / RULES).read_text("utf-8") if folder and (folder / RULES).exists() else ""
    except (OSError, UnicodeDecodeError):
        raise ValueError(f"its {RULES} cannot be read: it is text in UTF-8") from None


def colour(text: str) -> str:
    """`#rrggbb` in lower case. ValueError says what is wrong."""
    if not COLOUR.fullmatch(text.lower()):
        raise ValueError(f"{text!r} is no colour as #0d6a66 is one: # and six hexadecimal digits")
    return text.lower()


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()[:16]


def readable(colour: str, pages: tuple[str, ...], towards: str) -> str:
    """The shade nearest to `colour`, mixed with `towards`, that is read on all of `pages`, by WCAG's contrast."""
    shades = (mixed(colour, towards, part / 50) for part in range(51))
    return next(shade for shade in shades if all(contrast(shade, page) >= READABLE for page in pages))


def mixed(colour: str, other: str, part: float) -> str:
    """`part` of 1 of the other."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(mine + (theirs - mine) * part):02x}" for mine, theirs in pairs)


def contrast(one: str, other: str) -> float:
    """From 1 to 21 (WCAG 2.2, contrast ratio)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    linear = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in (each / 255 for each in _channels(colour))
    )
    return sum(weight * channel for weight, channel in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
