"""Pictures as clients have them: a whole PNG, and the heads of others."""

import struct
import zlib
from hashlib import sha256


def png(width: int = 8, height: int = 8, *before: tuple[bytes, bytes], colour: bytes = b"\x0d\x6a\x66") -> bytes:
    """Of one colour, with these chunks before the picture."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\x00" + colour * width) * (height if height < 2000 else 1))
    chunks = ((b"IHDR", head), *before, (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def jpeg(width: int = 8, height: int = 8, frame: bytes = b"\xff\xc2", before: bytes = b"\xff\xe0\x00\x04JF") -> bytes:
    return b"\xff\xd8" + before + frame + struct.pack(">HBHHB", 17, 8, height, width, 3) + b"\xff\xda"


def webp(form: bytes, rest: bytes) -> bytes:
    content = b"WEBP" + form + struct.pack("<I", len(rest)) + rest
    return b"RIFF" + struct.pack("<I", len(content)) + content


def lossy(width: int = 8, height: int = 8) -> bytes:
    return webp(b"VP8 ", b"\x00\x00\x00\x9d\x01\x2a" + struct.pack("<HH", width | 0x4000, height))


def lossless(width: int = 8, height: int = 8) -> bytes:
    return webp(b"VP8L", b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14 | 1 << 28))


def extended(width: int = 8, height: int = 8, flags: int = 0x10) -> bytes:
    sides = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    return webp(b"VP8X", bytes([flags, 0, 0, 0]) + sides)


def named(content: bytes, kind: str = "png") -> str:
    """What we call it."""
    return f"{sha256(content).hexdigest()}.{kind}"


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
