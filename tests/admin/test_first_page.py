"""The admin's first page says what `doctor` would, to who may mend it."""

import pytest
from django.test import Client as Browser

from idp.node.finding import Finding
from idp.templatetags import deployment
from tests.admin.staff import BrowserOf
from tokens.staff_roles import ROLES

FOUND = [
    ("issuer", Finding("ok", "https://idp.example")),
    ("scheduled work", Finding("error", "nobody <does> it", "start a worker")),
    ("durability", Finding("warning", "commits wait for no standby", "accept it")),
]


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployment, "_look", lambda: FOUND)


def page(browser: Browser) -> str:
    answer = browser.get("/admin/")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.usefixtures("looked")
def test_a_superuser_reads_what_is_wrong_and_what_to_do(browser_of: BrowserOf) -> None:
    shown = page(browser_of("superuser"))
    assert (
        '<li class="error" lang="en" dir="ltr"><strong><bdi>scheduled work</bdi></strong>:'
        " <bdi>nobody &lt;does&gt; it</bdi>: <bdi>start a" in shown
    )
    assert '<li class="warning" lang="en" dir="ltr"><strong><bdi>durability</bdi></strong>' in shown
    assert "https://idp.example" not in shown


@pytest.mark.usefixtures("looked")
@pytest.mark.parametrize("role", sorted(ROLES))
def test_who_cannot_mend_it_reads_nothing_of_paths_and_settings(browser_of: BrowserOf, role: str) -> None:
    assert "This deployment" not in page(browser_of(role))


def test_where_all_is_well_there_is_nothing_to_read(browser_of: BrowserOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployment, "_look", lambda: FOUND[:1])
    assert "This deployment" not in page(browser_of("superuser"))


def test_what_it_says_is_what_was_looked_at(browser_of: BrowserOf) -> None:
    found = [(name, finding) for name, finding in deployment._look() if finding.level != "ok"]
    shown = page(browser_of("superuser"))
    assert found
    for name, _ in found:
        assert f"<strong><bdi>{name}</bdi></strong>: " in shown
