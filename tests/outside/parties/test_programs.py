"""Relying parties that others wrote sign people in, unmodified, with a client of `createclient`'s defaults."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.outside.parties.programs import PROGRAMS, Installed, install, serving
from tests.servers.nodes import Cluster
from tests.support.people import PASSWORD, USERNAME
from tests.support.person import Page, Person

IN_A_BROWSER = ("express_openid_connect", "oidc_client_ts")
"""They have tests of their own, in Chromium: tests/outside/browser/test_parties.py."""
NAMES = sorted(PROGRAMS.keys() - set(IN_A_BROWSER))


@pytest.fixture(scope="module")
def installed(provider: Cluster) -> Mapping[str, Installed]:
    return install(provider, *NAMES)


@pytest.fixture(scope="session")
def regular() -> Iterator[Person]:
    with Person(USERNAME, PASSWORD) as alice:
        yield alice


@pytest.mark.parametrize("name", NAMES)
def test_it_signs_a_person_in(installed: Mapping[str, Installed], regular: Person, tmp_path: Path, name: str) -> None:
    with serving(installed[name], tmp_path) as url:
        end = regular.go(f"{url}{PROGRAMS[name].begin}", client=f"{url}/me")
        shown = regular.visit(end, client="nowhere:")
    assert isinstance(shown, Page)
    assert shown.status == 200, (tmp_path / "log").read_text()
    assert PROGRAMS[name].knows in shown.text
