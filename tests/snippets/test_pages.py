"""docs/connect/ is made from the applications, and what it tells to type in is right."""

import json
import re
import shlex
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import translation
from pytest_django.fixtures import Settings

from tokens.registration.snippets.pages import ADDRESSES, ISSUER, pages
from tokens.registration.snippets.table import APPLICATIONS
from tokens.urls import addresses

FOLDER = Path(__file__).parents[2] / "docs/connect"


def test_the_pages_say_what_the_snippets_are() -> None:
    with translation.override("en"):
        made = pages()
    written = {file.name: file.read_text() for file in FOLDER.iterdir()}
    assert written == made, "python -m tokens.registration.snippets.pages"


def test_the_addresses_on_them_are_those_of_a_deployment(settings: Settings) -> None:
    settings.ISSUER = ISSUER
    assert addresses() == ADDRESSES


@pytest.mark.parametrize("name", APPLICATIONS)
def test_the_command_on_a_page_makes_the_client_and_shows_the_snippet(name: str, db: None) -> None:
    page = (FOLDER / f"{name}.md").read_text()
    (line,) = re.findall(r"^    python3 manage\.py createclient (.*)$", page, re.M)
    out, err = StringIO(), StringIO()
    call_command("createclient", *shlex.split(line), stdout=out, stderr=err)
    made = json.loads(out.getvalue())
    assert made["client_id"] in err.getvalue()
    assert APPLICATIONS[name].needs_secret == (made.get("client_secret", "none") in err.getvalue())
    assert "**" not in err.getvalue()
