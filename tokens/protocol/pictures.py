"""Pictures of clients (OpenID Connect Registration §2, `logo_uri`), told by their bytes: PNG, JPEG and WebP.

Nothing is decoded here: a file's head says how large the picture is, and a decoder is the browser's. A few bytes can
be a picture of a hundred million dots, so its sides are bounded as well as its bytes.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

MAX_BYTES = 20 * 1024
MAX_SIDE = 1024  # dots
RIGHT = f"a PNG, JPEG or WebP picture of at most {MAX_BYTES // 1024} KB"
NAME = re.compile(r"[0-9a-f]{64}\.(?P<kind>png|jpeg|webp)", re.ASCII)
"""What we call a picture: by what is in it, so that whoever has it under its name has it for good."""
STILL = "is a moving picture, and a logo keeps still"


@dataclass(frozen=True, slots=True)
class Kind:
    begins: re.Pattern[bytes]
    sides: Callable[[bytes], tuple[int, int]]
    """Width and height in dots. Raises ValueError, with a sentence, and IndexError for what ends too early."""


def name_of(content: bytes) -> str:
    """What we call the picture. Raises ValueError, with a sentence that goes on from where it came from."""
    if len(content) > MAX_BYTES:
        raise ValueError(f"is of more than {MAX_BYTES} bytes: {RIGHT} is taken")
    name = next((name for name, kind in KINDS.items() if kind.begins.match(content)), None)
    if name is None:
        raise ValueError(f"is no picture that is taken: {RIGHT} is, and no SVG, which can carry scripts")
    try:
        sides = KINDS[name].sides(content)
    except IndexError:
        raise ValueError("is a picture that breaks off") from None
    if not all(0 < side <= MAX_SIDE for side in sides):
        raise ValueError(f"is a picture of {sides[0]} x {sides[1]} dots: at most {MAX_SIDE} x {MAX_SIDE} are taken")
    return f"{sha256(content).hexdigest()}.{name}"


def media_type(name: str) -> str | None:
    """Of the picture that is called so; None where no picture is."""
    matched = NAME.fullmatch(name)
    return f"image/{matched['kind']}" if matched else None


def _png(content: bytes) -> tuple[int, int]:
    """PNG §5.3 and §11.2.1: chunks of a length, a name, as many bytes and a checksum; IHDR comes first. An acTL before
    the picture makes it move."""
    place = 8
    while (name := content[place + 4 : place + 8]) != b"IDAT":
        if name == b"acTL":
            raise ValueError(STILL)
        place += 12 + _number(content, place, 4)
    return _number(content, 16, 4), _number(content, 20, 4)


def _jpeg(content: bytes) -> tuple[int, int]:
    """ITU-T T.81 §B.2.2: the frame's header, after segments of any number."""
    place = 2
    while content[place] == 0xFF:
        marker = content[place + 1]
        if marker == 0xFF:  # may fill
            place += 1
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return _number(content, place + 7, 2), _number(content, place + 5, 2)
        elif marker < 0xC4 or marker in (0xD8, 0xD9, 0xDA):  # no segment, or the picture itself
            break
        else:
            place += 2 + _number(content, place + 2, 2)
    raise ValueError("is a JPEG picture that does not say how large it is")


def _webp(content: bytes) -> tuple[int, int]:
    """RFC 9649 §2.5 to §2.7: lossy, lossless or extended; the head of each says it in its own way."""
    form = content[12:16]
    if form == b"VP8 ":
        return _number(content, 26, 2, "little") & 0x3FFF, _number(content, 28, 2, "little") & 0x3FFF
    if form == b"VP8L":
        packed = _number(content, 21, 4, "little")
        return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    if form != b"VP8X":
        raise ValueError("is a WebP picture that does not say how large it is")
    if content[20] & 0x02:
        raise ValueError(STILL)
    return _number(content, 24, 3, "little") + 1, _number(content, 27, 3, "little") + 1


def _number(content: bytes, place: int, length: int, order: Literal["big", "little"] = "big") -> int:
    digits = [content[place + each] for each in range(length)]
    return int.from_bytes(digits, order)


KINDS: Mapping[str, Kind] = {
    "png": Kind(re.compile(rb"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"), _png),
    "jpeg": Kind(re.compile(rb"\xff\xd8\xff"), _jpeg),
    "webp": Kind(re.compile(rb"RIFF.{4}WEBP", re.DOTALL), _webp),
}
"""By the subtype of their media types."""
