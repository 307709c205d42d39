"""Every page that people meet: its template, where it is, and in whose browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.outside.browser.places import account, asked, ends, getting_in, signing_in
from tests.outside.browser.places.place import Places, make
from tests.servers.loopback import answer, serving
from tests.servers.nodes import Cluster
from tests.support.messages import NOWHERE
from tests.support.pictures import png

NAMES = {**signing_in.NAMES, **asked.NAMES, **getting_in.NAMES, **account.NAMES, **ends.NAMES}
"""The template of each place."""


@pytest.fixture(scope="module")
def places(provider: Cluster, chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    client_id = _client(provider)
    make(provider, *signing_in.PEOPLE, *asked.PEOPLE, *account.PEOPLE)
    applications = asked.places(provider, chromium, client_id)
    with ends.lesser(provider, tmp_path_factory.mktemp("lesser")) as lessers:
        yield {
            **signing_in.places(provider, chromium, client_id),
            **applications,
            **getting_in.places(provider, chromium),
            **account.places(provider, chromium),
            **ends.places(provider, lessers, client_id, applications["consent"].cookies),
        }


def _client(provider: Cluster) -> str:
    """With a logo, and all that it may say of itself."""
    with serving(answer(png(320, 120))) as pictures:
        more = ("--logo-uri", pictures.url(), "--policy-uri", "https://rp.example/", "--tos-uri", "https://rp.example/")
        return provider.client("web", "A relying party with quite a long name", NOWHERE, more=more)["client_id"]
