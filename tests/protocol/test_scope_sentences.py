"""Sentences of an API's scopes, in the languages that it has."""

import pytest

from tokens.protocol.scope_sentences import MAX_LINE, MAX_LINES, faults, sentence

LINES = ("read en See your orders", "read de-AT Bestellungen ansehen", "read pt Ver", "write fr Commander")


@pytest.mark.parametrize(
    ("scope", "language", "said"),
    [
        *(("read", language, "See your orders") for language in ("en", "EN", "en-GB", "fr", "", "x" * 9)),
        *(("read", language, "Bestellungen ansehen") for language in ("de-at", "de", "de-CH")),
        ("read", "pt-br", "Ver"),
        ("write", "en", "Commander"),
        *(("all", "en", None), ("", "en", None), ("Read", "en", None)),
    ],
)
def test_a_scope_is_told_in_the_language_or_in_one_like_it_or_in_the_first(
    scope: str, language: str, said: str | None
) -> None:
    assert sentence(LINES, scope, language) == said


def test_good_lines_have_no_fault() -> None:
    assert list(faults(LINES, ("read", "write"))) == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        *(
            (line, "is not SCOPE LANGUAGE SENTENCE")
            for line in ("", "read", "read en", "read en  ", "read english See")
        ),
        ("all en See", "begins with none of its scopes"),
        ("read EN See", "is a second sentence"),
        ("read fr " + "x" * MAX_LINE, "is longer than"),
        ("read fr a\x00b", "cannot be shown"),
        ("read fr a\u202eb", "cannot be shown"),
    ],
)
def test_a_bad_line_is_told_why(line: str, fault: str) -> None:
    [said] = faults((*LINES, line), ("read", "write"))
    assert fault in said


def test_there_are_not_too_many_lines() -> None:
    [said] = faults([f"read en {i}" for i in range(MAX_LINES + 1)], ("read",))
    assert said == f"has more than {MAX_LINES} lines"
