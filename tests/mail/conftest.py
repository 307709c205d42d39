"""Servers, people and kinds of mail for the tests of mail."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from pytest_django.fixtures import Settings

from accounts.mail.kinds import KINDS, Kind
from accounts.models import User
from tests.mail.ways import mail_by
from tests.servers.smtp import Smtp, smtp
from tests.support.fixtures import committed
from tests.support.people import PASSWORD

__all__ = ["committed"]


@pytest.fixture(scope="session")
def _server() -> Iterator[Smtp]:
    with smtp() as server:
        yield server


@pytest.fixture
def server(_server: Smtp, settings: Settings) -> Smtp:
    """One that asks nobody who they are, empty, to which mail goes."""
    _server.empty()
    settings.MAIL = mail_by(_server.url)
    return _server


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice", "alice@example.org", PASSWORD, email_verified=True)


@pytest.fixture
def code(monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path) -> str:
    """A kind of mail with a code in it."""
    monkeypatch.setitem(cast(dict[str, Any], KINDS), "code", Kind(has_code=True))
    folder = tmp_path / "code"
    folder.mkdir()
    texts = {"subject.txt": "A code", "body.txt": "It is {{ code }}.", "body.html": "<p>{{ code }}</p>"}
    for name, text in texts.items():
        (folder / name).write_text(text)
    settings.MAIL_TEMPLATES = [str(tmp_path)]
    return "code"
