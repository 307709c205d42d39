"""docs/resource-servers.md shows code that the other tests here run."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_shows_what_was_tested() -> None:
    page = (ROOT / "docs/resource-servers.md").read_text()
    own, elsewhere = Path(__file__).parent, ROOT / "tests/outside/apis"
    files = (own / "api.py", own / "remote.py", elsewhere / "project.py", elsewhere / "test_elsewhere.py")
    tested = re.sub("  # noqa: E402.*", "", "".join(file.read_text() for file in files))
    shown = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(shown) == 13
    assert [code for code in shown if code not in tested] == []


def test_the_page_names_what_there_is() -> None:
    import tokens.resource_server
    from tokens.conf import conf

    page = (ROOT / "docs/resource-servers.md").read_text()
    names = set(re.findall(r"`tokens\.resource_server\.(\w+)`", page))
    assert {name for name in names if not hasattr(tokens.resource_server, name)} == set()
    settings = {name.lower() for name in re.findall(r"IDP_TOKENS_(\w+)", page)}
    assert {name for name in settings if not hasattr(conf(), name)} == set()
    assert "5 minutes" in page
    assert conf().access_token_lifetime == 300
