"""login_hint and ui_locales: a friendlier page, or none the worse."""

import time

import pytest

from tokens.protocol.hints import MAX_LOGIN_HINT, language, login_hint


@pytest.mark.parametrize(
    ("hint", "shown"),
    [
        ("alice", "alice"),
        (" alice@example.org ", "alice@example.org"),
        ('"><script>', '"><script>'),  # the template's affair
        ("ä€🦊", "ä€🦊"),
        ("x" * MAX_LOGIN_HINT, "x" * MAX_LOGIN_HINT),
        ("x" * (MAX_LOGIN_HINT + 1), ""),
        ("two\nlines", ""),
        ("right\u202eleft", ""),
        ("\x1b[31m", ""),
        ("   ", ""),
    ],
)
def test_a_login_hint_is_what_a_name_field_can_show(hint: str, shown: str) -> None:
    assert login_hint({"login_hint": hint}) == shown
    assert login_hint({}) == ""


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("de", "de"),
        ("DE", "de"),
        ("fr de en", "de"),
        ("fr-CA en de", "en"),
        ("de-CH-1996", "de"),
        ("pt-BR", "pt-br"),
        ("pt", None),
        ("pt-PT", None),
        ("zh-Hant-TW", "zh-hant"),
        ("d", None),
        ("dex", None),
        ("de_CH", None),
        ("../de", None),
        ("*", None),
        ("  de", "de"),
        ("", None),
        ("fr " * 19 + "de", "de"),
        ("fr " * 20 + "de", None),
    ],
)
def test_the_first_language_that_we_have_or_a_wider_one(asked: str, expected: str | None) -> None:
    assert language({"ui_locales": asked}, ["en", "de", "pt-br", "zh-hant"]) == expected


def test_without_the_parameter_there_is_no_wish() -> None:
    assert language({}, ["en"]) is None


@pytest.mark.covers("S78 length")
@pytest.mark.parametrize("hostile", ["-" * 1_000_000, "a-" * 500_000, "de " * 300_000, "a" * 1_000_000])
def test_a_megabyte_is_judged_at_once(hostile: str) -> None:
    began = time.process_time()
    language({"ui_locales": hostile}, ["en"])
    login_hint({"login_hint": hostile})
    assert time.process_time() - began < 0.05
