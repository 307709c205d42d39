"""Every page for people is one of the places that are looked at in a browser, and shown in the documents."""

import re
from collections.abc import Iterable
from pathlib import Path

from tests.outside.browser.places import NAMES

TEMPLATES = Path(__file__).parents[2] / "templates"
NAMED = re.compile(r'{% (?:extends|include) "([^"]+)"')


def with_their_parts(names: Iterable[str]) -> set[str]:
    """The templates, with those that they extend and include."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        if (name := waiting.pop()) not in found:
            found.add(name)
            waiting += NAMED.findall((TEMPLATES / name).read_text())
    return found


def test_every_template_for_people_is_a_place_or_a_part_of_one() -> None:
    """A new one gets a line of NAMES in `tests/outside/browser/places/`, and a place there."""
    pages = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")}
    for_people = {name for name in pages if not name.startswith(("admin/", "mail/"))}
    assert for_people - with_their_parts(NAMES.values()) == set()
