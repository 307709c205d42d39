"""OAuth 2.0 Form Post Response Mode in a browser: the answer is posted by our script, or by the person."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import Page, expect

from tests.outside.browser.visit import Open, allow, authorization_url, complaints, sees, serving, sign_in
from tests.servers.nodes import Cluster

STATE = "å=&+%20\"<>'`\t✓</script>"


@pytest.fixture
def posted() -> list[list[tuple[str, str]]]:
    """What was posted to the client, field by field."""
    return []


@pytest.fixture
def callback(posted: list[list[tuple[str, str]]], third_origin: str) -> Iterator[str]:
    """A client that reads what is posted and sends the person on to a third origin."""

    class Callback(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            assert not self.headers["Referer"]
            posted.append(parse_qsl(body, keep_blank_values=True, strict_parsing=True))
            self.send_response(303)
            self.send_header("Location", third_origin)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with serving(Callback) as url:
        yield f"{url}/callback"


@pytest.mark.covers("S15 HTML", "S15 exact", "CVE-2024-21637")
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_answer_is_posted_byte_for_byte_and_the_client_may_send_the_person_on(
    provider: Cluster,
    new_page: Open,
    callback: str,
    third_origin: str,
    posted: list[list[tuple[str, str]]],
    scripts: bool,
) -> None:
    client_id = provider.client("web", "Form post", callback)["client_id"]
    page = new_page(java_script_enabled=scripts)
    complained = complaints(page)
    asked = {"response_mode": "form_post", "state": STATE}
    page.goto(authorization_url(provider, client_id, callback, **asked))
    sign_in(page)
    allow(page)
    _arrive(page, third_origin, scripts)
    for more in ({}, {"prompt": "none"}, {"scope": "admin"}):
        # The script moves on before the page has loaded in whole.
        page.goto(authorization_url(provider, client_id, callback, **asked, **more), wait_until="commit")
        _arrive(page, third_origin, scripts)
    assert [[name for name, _ in fields] for fields in posted] == [
        *[["code", "state", "iss"]] * 3,
        ["error", "error_description", "error_uri", "state", "iss"],
    ]
    assert {dict(fields)["state"] for fields in posted} == {STATE}
    assert {dict(fields)["iss"] for fields in posted} == {provider.issuer}
    assert complained == []


def _arrive(page: Page, target: str, scripts: bool) -> None:
    if not scripts:
        sees(page, "You are being sent back")
        page.get_by_role("button", name="Continue").click()
    expect(page).to_have_url(target)
