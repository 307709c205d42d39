"""Every word that a page of ours says can be translated: it stands in a tag that `makemessages` reads."""

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parents[2] / "templates"
PAGES = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
NO_WORDS = re.compile(
    r"{% blocktranslate\b.*?{% endblocktranslate %}|{%.*?%}|{{.*?}}|{#.*?#}|<!--.*?-->|<!doctype html>|&[#\w]+;",
    re.DOTALL | re.IGNORECASE,
)
TAG = re.compile(r"<[^>]*>", re.DOTALL)
NAMES = {"issuer", "client_id", "client_secret"}
"""The specifications' own: they are the same in every language."""
SAID = re.compile(r"\b(?:alt|title|placeholder|aria-label|aria-description)=\"([^\"]*)\"")


def untranslated(source: str) -> list[str]:
    """The words of the page, and of attributes that are read out, that no tag translates."""
    bare = NO_WORDS.sub(" ", source)
    said = [*SAID.findall(bare), *TAG.sub("\n", bare).split("\n")]
    return [words for each in said if re.search(r"\w", words := each.strip()) and words not in NAMES]


@pytest.mark.parametrize("page", PAGES)
def test_every_word_of_a_page_can_be_translated(page: str) -> None:
    assert untranslated((TEMPLATES / page).read_text()) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('<p class="lead">{% translate "Hello" %} {{ name }}</p>', []),
        ("{% blocktranslate %}Hello <b>you</b>{% endblocktranslate %}", []),
        ("<p>Hello</p>", ["Hello"]),
        ('<img alt="A picture">', ["A picture"]),
        ('<img alt="{% translate "A picture" %}">', []),
        ("{% if a %}Yes{% endif %}", ["Yes"]),
        ("<p>{{ a }} &amp; {{ b }} ·</p>", []),
    ],
)
def test_the_rule_bites(source: str, found: list[str]) -> None:
    assert untranslated(source) == found
