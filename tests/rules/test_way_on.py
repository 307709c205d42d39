"""Every page has a way on in its `main`: a link or a button."""

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parents[2] / "templates"
CONTENT = re.compile(r"{% block (?:content|way_on) %}(.*)", re.DOTALL)
WAY_ON = re.compile(r"<(?:a|button)\b")
LAYOUTS = ("base.html",)
PARTS = (
    *("accounts/form_fields.html", "accounts/form_errors.html", "accounts/use_passkey.html"),
    *("accounts/what_stays.html", "client_links.html", "client_logo.html"),
)


def has_a_way_on(name: str) -> bool:
    """In its own content, or in that of the page which it extends."""
    source = (TEMPLATES / name).read_text()
    own = CONTENT.search(source)
    if own is not None:
        return WAY_ON.search(own[1].split("{% block extra_body %}")[0]) is not None
    extended = re.match(r'{% extends "([^"]+)" %}', source)
    return extended is not None and extended[1] not in LAYOUTS and has_a_way_on(extended[1])


PAGES = sorted(
    name
    for path in TEMPLATES.rglob("*.html")
    if (name := path.relative_to(TEMPLATES).as_posix()) not in (*LAYOUTS, *PARTS)
    and not name.startswith(("admin/", "mail/"))
)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_a_link_or_a_button(page: str) -> None:
    assert has_a_way_on(page)


def test_the_pages_that_django_shows_by_itself_are_among_them() -> None:
    assert {"400.html", "403.html", "404.html", "500.html", "error.html", "accounts/switched_off.html"} <= {*PAGES}
