"""What the pages on the way to a client show of it, and the picture of it that they show."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.endpoints.test_budgets import TRANSACTION
from tests.support.builders import change_clients, register
from tests.support.endpoints import location
from tests.support.messages import AUTHORIZE, CONSENT, Registered, authorization_request
from tests.support.pictures import extended, jpeg, named, png
from tokens.protocol.pictures import name_of
from tokens.stores import store

LOGO = png()
PATH = f"/oauth2/logos/{named(LOGO)}"
POLICY, TERMS = "https://rp.example/policy", "https://rp.example/terms"


def keep(client: Registered, content: bytes = LOGO) -> None:
    held = store().clients.of_id(client.client_id)
    assert held is not None
    assert store().clients.change(replace(held, logo=name_of(content), fetched_logo=content), held.updated)


@pytest.fixture
def shown() -> Registered:
    """A client that has all that people may be shown."""
    client = register("web")
    change_clients(policy_uri=POLICY, tos_uri=TERMS)
    keep(client)
    return client


def _sign_in(browser: Client, client: Registered) -> Any:
    stranger = Client()
    return stranger.get(stranger.get(AUTHORIZE, authorization_request(client))["Location"])


def _name_again(browser: Client, client: Registered) -> Any:
    stranger = Client()
    following = location(stranger.get(AUTHORIZE, authorization_request(client)))[1]["next"]
    return stranger.get("/accounts/login/", {"next": following, "login": "alice"})


def _consent(browser: Client, client: Registered) -> Any:
    page, query = location(browser.get(AUTHORIZE, authorization_request(client)))
    assert page == CONSENT
    return browser.get(CONSENT, query)


SHOW: dict[str, Callable[[Client, Registered], Any]] = {
    "the sign-in page": _sign_in,
    "the page for the password": _name_again,
    "the consent page": _consent,
}


@pytest.mark.parametrize("page", SHOW)
def test_a_page_on_the_way_shows_the_clients_name_logo_policy_and_terms(
    browser: Client, shown: Registered, page: str
) -> None:
    answer = SHOW[page](browser, shown)
    text = answer.content.decode()
    assert "<bdi>Relying party</bdi>" in text
    assert re.findall(r'<img [^>]*src="([^"]+)" alt=""', text) == [PATH]
    for uri in (POLICY, TERMS):
        assert f'<a href="{uri}" target="_blank" rel="noopener noreferrer">' in text
    assert len(answer.content) <= 12_000
    assert "img-src 'self';" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("page", SHOW)
def test_of_a_client_that_has_none_nothing_is_shown(browser: Client, page: str) -> None:
    text = SHOW[page](browser, register("web")).content.decode()
    assert ("/oauth2/logos/" in text, "Privacy policy" in text, "Terms of service" in text) == (False, False, False)
    assert "mark" in text


HOSTILE = ("javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "//rp.example/", '"><script>alert(1)')


@pytest.mark.parametrize("page", SHOW)
@pytest.mark.parametrize("uri", HOSTILE)
def test_what_no_page_is_at_is_no_link_whatever_a_row_says(
    browser: Client, shown: Registered, page: str, uri: str
) -> None:
    """Nobody can register that; a row may have it from elsewhere."""
    change_clients(policy_uri=uri, tos_uri=uri)
    text = SHOW[page](browser, shown).content.decode()
    assert uri not in text
    assert "Privacy policy" not in text


@pytest.mark.parametrize("page", SHOW)
def test_a_name_that_turns_round_or_is_markup_stays_a_name(browser: Client, shown: Registered, page: str) -> None:
    """A name with letters that turn text around cannot be registered; a row may have it from elsewhere."""
    name = "\u202emoc.knab\u2066<b>"
    change_clients(client_name=name)
    text = SHOW[page](browser, shown).content.decode()
    said = name.replace("<", "&lt;").replace(">", "&gt;")
    assert f"<bdi>{said}</bdi>" in text
    outside = re.sub(r"<title>.*?</title>", "", text, flags=re.DOTALL).replace(f"<bdi>{said}</bdi>", "")
    assert "\u202e" not in outside


@pytest.mark.server("what the pages cost is counted on PostgreSQL")
@pytest.mark.sql("it counts its statements")
@pytest.mark.skipif(connection.vendor != "postgresql", reason="what the pages cost is counted on PostgreSQL")
@pytest.mark.parametrize("page", SHOW)
def test_what_is_shown_costs_no_statement(browser: Client, page: str) -> None:
    def statements(client: Registered) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            SHOW[page](browser, client)
        return [sql for query in captured if not (sql := query["sql"]).startswith(TRANSACTION)]

    bare, whole = register("web"), register("web")
    change_clients(whole.client_id, policy_uri=POLICY, tos_uri=TERMS)
    keep(whole)
    assert len(statements(bare)) == len(statements(whole)) > 0


# --- The picture


@pytest.mark.parametrize(("content", "kind"), [(LOGO, "png"), (jpeg(), "jpeg"), (extended(), "webp")])
def test_a_logo_is_a_picture_and_nothing_else_and_may_be_kept_for_good(
    anybody: Client, shown: Registered, content: bytes, kind: str
) -> None:
    keep(shown, content)
    answer = anybody.get(f"/oauth2/logos/{named(content, kind)}")
    assert (answer.status_code, answer.content) == (200, content)
    headers = {name: answer[name] for name in ("Content-Type", "Cache-Control", "X-Content-Type-Options")}
    assert headers == {
        "Content-Type": f"image/{kind}",
        "Cache-Control": "public, max-age=31536000, immutable",
        "X-Content-Type-Options": "nosniff",
    }
    assert answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["X-Frame-Options"] == "DENY"
    assert not answer.cookies
    assert "Vary" not in answer or "Cookie" not in answer["Vary"]


def test_a_logo_that_is_a_page_too_is_served_as_a_picture(anybody: Client, shown: Registered) -> None:
    both = png() + b"<!doctype html><script>alert(1)</script>"
    keep(shown, both)
    answer = anybody.get(f"/oauth2/logos/{named(both)}")
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert "sandbox" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["x", named(b"another"), named(LOGO, "jpeg"), named(LOGO, "svg"), f"{named(LOGO)}x"])
def test_what_is_not_kept_is_gone(anybody: Client, shown: Registered, name: str) -> None:
    answer = anybody.get(f"/oauth2/logos/{name}")
    assert (answer.status_code, answer.content, answer["Cache-Control"]) == (410, b"", "no-store")


def test_a_logo_is_gone_once_the_client_has_another(anybody: Client, shown: Registered) -> None:
    assert anybody.get(PATH).status_code == 200
    keep(shown, jpeg())
    assert anybody.get(PATH).status_code == 410


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_a_logo_is_only_looked_at(anybody: Client, shown: Registered, method: str) -> None:
    assert getattr(anybody, method)(PATH).status_code == 405
    assert anybody.head(PATH)["Content-Type"] == "image/png"


@pytest.mark.server("it counts its statements on PostgreSQL")
@pytest.mark.sql("it counts its statements")
def test_a_logo_is_one_statement_and_what_is_no_name_is_none(anybody: Client, shown: Registered) -> None:
    for path, number in ((PATH, 1), ("/oauth2/logos/x", 0)):
        with CaptureQueriesContext(connection) as captured:
            anybody.get(path)
        assert len(captured) == number
