"""What is taken for a client's logo: by its bytes, and no more than the head of them is read."""

import pytest

from tests.support.pictures import SVG, extended, jpeg, lossless, lossy, named, png, webp
from tokens.protocol.pictures import MAX_BYTES, MAX_SIDE, media_type, name_of

TAKEN = {
    "a PNG": (png(), "png"),
    "a JPEG": (jpeg(), "jpeg"),
    "a JPEG that begins with its frame": (jpeg(frame=b"\xff\xc0", before=b""), "jpeg"),
    "a JPEG with bytes that fill, and tables": (jpeg(before=b"\xff\xff\xdb\x00\x03x\xff\xc4\x00\x02"), "jpeg"),
    "a lossy WebP": (lossy(), "webp"),
    "a lossless WebP": (lossless(), "webp"),
    "an extended WebP": (extended(), "webp"),
    "a PNG of the largest sides": (png(MAX_SIDE, MAX_SIDE), "png"),
    "a PNG of the most bytes": (png() + b"x" * (MAX_BYTES - len(png())), "png"),
    "a PNG with a page behind it": (png() + b"<script>alert(1)</script>", "png"),
}
NO_PICTURE = "is no picture that is taken"
REFUSED = {
    "nothing": (b"", NO_PICTURE),
    "an SVG": (SVG, NO_PICTURE),
    "a page": (b"<!doctype html><script>alert(1)</script>", NO_PICTURE),
    "a page that has a PNG behind it": (b"<script>alert(1)</script>" + png(), NO_PICTURE),
    "a GIF": (b"GIF89a\x08\x00\x08\x00", NO_PICTURE),
    "an icon": (b"\x00\x00\x01\x00\x01\x00", NO_PICTURE),
    "an AVIF": (b"\x00\x00\x00\x1cftypavif", NO_PICTURE),
    "a sound in RIFF": (b"RIFF\x00\x00\x00\x00WAVEfmt ", NO_PICTURE),
    "the beginning of a PNG": (png()[:8], NO_PICTURE),
    "a PNG that does not begin with its head": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\x00IDAT", NO_PICTURE),
    "a PNG that breaks off": (png()[:22], "breaks off"),
    "a JPEG that breaks off": (b"\xff\xd8\xff", "breaks off"),
    "a JPEG whose segment is longer than it": (b"\xff\xd8\xff\xe0\xff\xff", "breaks off"),
    "a JPEG without a frame": (b"\xff\xd8\xff\xda\x00\x00", "does not say how large it is"),
    "a JPEG of tables": (b"\xff\xd8\xff\xc4\x00\x02\xff\xd9", "does not say how large it is"),
    "a JPEG with another byte between": (b"\xff\xd8\xff\xe0\x00\x02\x00\x00", "does not say how large it is"),
    "a WebP of an unknown form": (webp(b"ALPH", b"\x00" * 16), "does not say how large it is"),
    "a lossy WebP that breaks off": (lossy()[:-1], "breaks off"),
    "a PNG that moves": (png(8, 8, (b"acTL", b"\x00" * 8)), "is a moving picture"),
    "a PNG that moves behind a text": (
        png(8, 8, (b"tEXt", b"IDAT\x00IDAT"), (b"acTL", b"\x00" * 8)),
        "is a moving picture",
    ),
    "a WebP that moves": (extended(flags=0x02), "is a moving picture"),
    "too many bytes": (png() + b"x" * MAX_BYTES, f"is of more than {MAX_BYTES} bytes"),
    "a bomb": (png(30_000, 30_000), "is a picture of 30000 x 30000 dots: at most 1024 x 1024 are taken"),
    "a bomb of JPEG": (jpeg(65_535, 1), "is a picture of 65535 x 1 dots"),
    "a bomb of WebP": (lossless(16_384, 16_384), "is a picture of 16384 x 16384 dots"),
    "no width": (png(0, 8), "is a picture of 0 x 8 dots"),
}


@pytest.mark.parametrize("what", TAKEN)
def test_a_picture_is_called_by_what_is_in_it(what: str) -> None:
    content, kind = TAKEN[what]
    name = name_of(content)
    assert (name, media_type(name)) == (named(content, kind), f"image/{kind}")


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_is_told_with_what_would_be_right(what: str) -> None:
    content, sentence = REFUSED[what]
    with pytest.raises(ValueError, match=f"^{sentence}|{sentence}$") as refused:
        name_of(content)
    if sentence == NO_PICTURE:
        assert "a PNG, JPEG or WebP picture of at most 20 KB is, and no SVG" in str(refused.value)


@pytest.mark.parametrize(
    "name", ["", "png", "a" * 64, f"{'a' * 64}.svg", f"{'A' * 64}.png", f"{'a' * 64}.png\n", f"../{'a' * 64}.png"]
)
def test_what_is_called_otherwise_is_no_picture(name: str) -> None:
    assert media_type(name) is None


@pytest.mark.parametrize("taken", [content for content, _ in TAKEN.values()], ids=TAKEN)
def test_a_picture_is_taken_or_refused_wherever_it_breaks_off(taken: bytes) -> None:
    """And nothing else comes of it."""
    for length in range(min(len(taken), 64)):
        try:
            name_of(taken[:length])
        except ValueError:
            continue
