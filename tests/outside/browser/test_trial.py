"""A client tried from its page, in a browser: by an administrator who signs in on the way."""

import json

from playwright.sync_api import Page, expect

from tests.outside.browser.visit import Open, allow, complaints, sign_in
from tests.servers.nodes import Cluster
from tests.support.messages import NOWHERE


def claims(page: Page) -> list[dict[str, object]]:
    """Those of ID token, access token and userinfo that the page shows, once it is there."""
    expect(page.locator("pre.claims")).to_have_count(3)
    return [json.loads(text) for text in page.locator("pre.claims").all_inner_texts()]


def test_an_administrator_previews_and_signs_in_from_the_clients_page(provider: Cluster, new_page: Open) -> None:
    client_id = provider.client("web", "A client to try", NOWHERE)["client_id"]
    page = new_page()
    page.goto(f"{provider.issuer}/admin/tokens/client/?q={client_id}")
    sign_in(page)
    complained = complaints(page)
    page.get_by_role("link", name="A client to try").click()
    page.get_by_role("link", name="Try it").click()
    page.get_by_label("offline_access").uncheck()
    page.get_by_role("button", name="Preview the claims").click()
    id_token, access_token, userinfo = claims(page)
    assert (id_token["aud"], access_token["client_id"]) == (client_id, client_id)
    assert userinfo["email"] == "alice@example.org"
    page.get_by_role("button", name="Preview the consent page").click()
    assert page.get_by_role("button", name="Allow", exact=True).is_disabled()
    page.get_by_role("link", name="Back to the client").click()
    page.get_by_role("button", name="Sign in as yourself").click()
    allow(page)
    expect(page.get_by_role("status")).to_contain_text("What was issued is shown here and was revoked.")
    told = claims(page)
    assert [each["sub"] for each in told] == [id_token["sub"]] * 3
    assert complained == []
