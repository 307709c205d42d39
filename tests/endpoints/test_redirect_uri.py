"""Redirect URIs at the authorization endpoint: which are gone to, and what is shown where one is not."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from tests.endpoints.test_authorization import assert_page
from tests.support import builders
from tests.support.endpoints import location, post, say
from tests.support.messages import (
    AUTHORIZE,
    CONSENT,
    REDIRECT_URI,
    TOKEN,
    Registered,
    authorization_request,
    basic,
    code_form,
)


def allowed(browser: Client, request: dict[str, str]) -> Any:
    """The answer to a yes: a native app is asked about each time, whoever it belongs to."""
    path, parameters = location(browser.get(AUTHORIZE, request))
    assert path == CONSENT
    return browser.get(say(browser, parameters["interaction"])["Location"])


@pytest.mark.covers("S1 own", "S2 redirect_uri")
def test_the_redirect_uri_of_another_client_is_no_good(browser: Client, web: Registered) -> None:
    other = builders.register("web", "https://other.example/callback")
    assert_page(browser.get(AUTHORIZE, authorization_request(web, redirect_uri=other.redirect_uri)))


@pytest.mark.covers("S2 redirect_uri", "S13 error_uri", "S77 errors")
def test_the_page_shows_the_address_that_came_as_text_and_nothing_else_of_the_request(
    browser: Client, web: Registered
) -> None:
    hostile = "https://evil.example/<script>alert(1)</script>"
    parameters = authorization_request(web, redirect_uri=hostile, state="<script>s</script>", nonce="<b>n")
    page = browser.get(AUTHORIZE, parameters)
    assert_page(page)
    shown = page.content.decode()
    said = ">redirect_uri is not one that is registered for this client: https://evil.example/%3Cscript%3Ealert(1)"
    assert shown.count("evil.example") == shown.count(said) == 1
    assert not any(word in shown for word in ("<script>", "<b>n", web.client_id, web.redirect_uri))


@pytest.mark.parametrize(
    ("presented", "registered"),
    [
        ("http://127.0.0.1:18000/other", "http://127.0.0.1/Other"),
        ("http://localhost:9000/cb", "http://localhost:8000/cb"),
    ],
)
def test_the_page_shows_the_registered_address_that_seems_to_be_meant(
    browser: Client, presented: str, registered: str
) -> None:
    native = builders.register("native", "http://127.0.0.1/callback")
    builders.change_clients(redirect_uris=["http://127.0.0.1/callback", registered])
    page = browser.get(AUTHORIZE, authorization_request(native, redirect_uri=presented))
    assert_page(page)
    shown = page.content.decode()
    assert f"{presented} is not, and {registered} is</code>" in shown
    assert "http://127.0.0.1/callback" not in shown


@pytest.mark.covers("S1 port")
@pytest.mark.parametrize(
    ("registered", "presented"),
    [
        ("http://127.0.0.1", "http://127.0.0.1:18000/"),
        ("http://127.0.0.1/", "http://127.0.0.1:18000"),
        ("http://[::1]", "http://[::1]:18000/"),
        ("http://localhost:8000", "http://localhost:8000/"),
        ("http://localhost:8000/cb", "http://localhost:8000/cb"),
    ],
)
def test_a_native_app_gets_its_code_where_it_listens_and_redeems_it_from_there(
    browser: Client, anybody: Client, registered: str, presented: str
) -> None:
    """RFC 8252 §7.3, §8.3; RFC 3986 §6.2.3. It shows its empty secret by Basic (RFC 6749 §2.3.1)."""
    client, _ = builders.create("native", "oidc-agent", [registered])
    native = Registered(client.client_id, "", presented)
    builders.change_clients(skip_consent=True)
    answer = allowed(browser, authorization_request(native))
    assert answer["Location"].startswith(f"{presented}?")
    code = parse_qs(urlsplit(answer["Location"]).query)["code"][0]
    other = f"{presented.removesuffix('/')}" if presented.endswith("/") else f"{presented}/"
    for uri, status in ((other, 400), (presented, 200)):
        form = code_form(native, code, redirect_uri=uri)
        assert post(anybody, TOKEN, form, basic(native.client_id, "")).status_code == status


@pytest.mark.covers("S15 URL")
@pytest.mark.parametrize("redirect_uri", [f"{REDIRECT_URI}?tenant=7", f"{REDIRECT_URI}?a=%C3%A9&b", f"{REDIRECT_URI}?"])
def test_the_registered_query_of_the_redirect_uri_is_kept(browser: Client, redirect_uri: str) -> None:
    client = builders.register("web", redirect_uri, skip_consent=True)
    answer = browser.get(AUTHORIZE, authorization_request(client))
    assert answer["Location"].startswith(redirect_uri)
    assert {"code", "state", "iss"} <= parse_qs(urlsplit(answer["Location"]).query).keys()


@pytest.mark.covers("S1 port", "S21 redirect_uri", "CVE-2026-18211")
def test_a_native_client_may_come_from_any_loopback_port_and_must_redeem_from_the_same(
    anybody: Client, browser: Client
) -> None:
    native = builders.register("native", "http://127.0.0.1/callback", skip_consent=True)
    here = "http://127.0.0.1:51004/callback"
    address, answered = location(allowed(browser, authorization_request(native, redirect_uri=here)))
    assert address == here
    for uri, status in (("http://127.0.0.1:51005/callback", 400), (native.redirect_uri, 400), (here, 200)):
        form = code_form(native, answered["code"], client_id=native.client_id, redirect_uri=uri)
        assert post(anybody, TOKEN, form).status_code == status
    for host in ("localhost", "127.0.0.1.evil.example", "127.0.0.1@evil"):
        assert_page(browser.get(AUTHORIZE, authorization_request(native, redirect_uri=f"http://{host}/callback")))


def test_a_private_use_scheme_is_led_back_to(browser: Client) -> None:
    native = builders.register("native", "com.example.app:/callback", skip_consent=True)
    answer = allowed(browser, authorization_request(native))
    assert answer["Location"].startswith("com.example.app:/callback?code=0.")
