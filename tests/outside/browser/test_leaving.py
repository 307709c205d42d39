"""Forms of ours that end at a client are not stopped by our own Content-Security-Policy.

Chromium applies form-action to the whole chain of redirects, also to those that a client makes.
"""

from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from tests.outside.browser.visit import Open, allow, authorization_url, complaints, confirm, sign_in
from tests.servers.nodes import Cluster

APP = "com.example.app:/callback"


def test_a_client_may_send_the_person_on_to_a_third_origin(
    provider: Cluster, new_page: Open, onward_client: str, third_origin: str
) -> None:
    client_id = provider.client("web", "Onward", onward_client)["client_id"]
    page = new_page()
    complained = complaints(page)
    page.goto(authorization_url(provider, client_id, onward_client))
    sign_in(page)
    allow(page)
    expect(page).to_have_url(third_origin)
    page.goto(authorization_url(provider, client_id, onward_client, prompt="login"))
    confirm(page)
    expect(page).to_have_url(third_origin)
    page.context.clear_cookies()
    page.goto(authorization_url(provider, client_id, onward_client))
    sign_in(page)
    expect(page).to_have_url(third_origin)
    assert complained == []


def test_a_private_use_scheme_is_reached_each_time_from_the_page_that_asks(provider: Cluster, new_page: Open) -> None:
    """An earlier yes does not stand for who may be another application (RFC 8252 §8.6)."""
    client_id = provider.client("native", "App", APP)["client_id"]
    page = new_page()
    page.goto(authorization_url(provider, client_id, APP))
    sign_in(page)
    assert _reaches_the_app(page, allow)
    # A browser of its own each time: the first one now shows a dialog about the app, and takes no more clicks.
    page = new_page(storage_state=page.context.storage_state())
    page.goto(authorization_url(provider, client_id, APP, prompt="login"))
    confirm(page)
    assert _reaches_the_app(page, allow)
    page = new_page()
    page.goto(authorization_url(provider, client_id, APP))
    sign_in(page)
    assert _reaches_the_app(page, allow)


def test_a_form_action_directive_would_have_stopped_it(provider: Cluster, new_page: Open) -> None:
    """Else the test above could pass with pages that say nothing."""
    client_id = provider.client("native", "Stopped app", APP)["client_id"]
    page = new_page()
    page.route("**/oauth2/consent?**", _with_form_action)
    page.goto(authorization_url(provider, client_id, APP))
    sign_in(page)
    assert not _reaches_the_app(page, allow)


def _reaches_the_app(page: Page, act: Callable[[Page], None]) -> bool:
    """Whether the browser set out for the app, which nobody here has installed: the navigation ends right there."""
    with page.expect_event("requestfailed") as failed:
        act(page)
    return failed.value.url.startswith(f"{APP}?code=")


def _with_form_action(route: Route) -> None:
    if route.request.method != "GET":
        route.continue_()
        return
    page = route.fetch()
    policy = f"{page.headers['content-security-policy']}; form-action 'self'"
    route.fulfill(response=page, headers={**page.headers, "content-security-policy": policy})
