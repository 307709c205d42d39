"""A test changes a setting by pytest-django's fixture, or by override_settings."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
PATCHED = re.compile(r"monkeypatch\.setattr\(\s*(?:django_|configured_)?settings\b")


def test_no_test_patches_a_setting() -> None:
    """What monkeypatch gives back may be what the fixture had set, once that is gone: it would stay for all that come
    after."""
    found = {path.name for path in TESTS.rglob("*.py") if path != Path(__file__) and PATCHED.search(path.read_text())}
    assert found == set()
