"""Where people make an account, or choose another password."""

import json

from playwright.sync_api import Browser

from tests.outside.browser.places.place import LONG_NAME, Place, Places, make
from tests.outside.browser.visit import sees
from tests.servers.nodes import Cluster
from tests.support.people import USERNAME

NAMES = {
    "sign-up": "accounts/sign_up.html",
    "sign-up that is over": "accounts/sign_up_over.html",
    "sign-up, how to sign in": "accounts/sign_up_new.html",
    "an invitation": "accounts/sign_up_invited.html",
    "an invitation of who has an account": "accounts/sign_up_taken.html",
    "choice of a password": "accounts/new_password.html",
    "choice of a password, and what stays": "accounts/new_password.html",
    "a forgotten password": "accounts/password_reset.html",
    "a code by mail": "accounts/password_reset_code.html",
    "a reset that is over": "accounts/password_reset_over.html",
    "a reset link that is over": "accounts/reset_link_over.html",
}
"""The template of each place."""
OWNER = f"{LONG_NAME}@example.com"
"""Of an account that is made while the invitation waits."""


def places(provider: Cluster, chromium: Browser) -> Places:
    accounts = f"{provider.issuer}/accounts"
    invitation = _invitation(provider, f"{LONG_NAME}@example.net")
    taken = _invitation(provider, OWNER)
    make(provider, OWNER)
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto(f"{accounts}/password/reset/")
        page.get_by_label("Username or e-mail address").fill(f"{LONG_NAME}@example.org")
        page.get_by_role("button", name="Send the code").click()
        sees(page, "Type the code")
        code = Place(page.url, context.storage_state())
        page.goto(invitation)
        page.get_by_role("button", name="Continue").click()
        sees(page, "Choose how you sign in")
        choice = Place(page.url, context.storage_state())
    return {
        "sign-up": Place(f"{accounts}/sign-up/"),
        "sign-up that is over": Place(f"{accounts}/sign-up/new/?sign_in=x", status=410),
        "sign-up, how to sign in": choice,
        "an invitation": Place(invitation),
        "an invitation of who has an account": Place(taken, status=409),
        "choice of a password": Place(_reset_link(provider, "add", LONG_NAME)),
        "choice of a password, and what stays": Place(_reset_link(provider, "reset-link", USERNAME)),
        "a forgotten password": Place(f"{accounts}/password/reset/"),
        "a code by mail": code,
        "a reset that is over": Place(f"{accounts}/password/reset/new/?sign_in=x", status=410),
        "a reset link that is over": Place(f"{accounts}/password/new/?link=x", status=410),
    }


def _invitation(provider: Cluster, address: str) -> str:
    return provider.manage("users", "invite", address, "--print").splitlines()[0]


def _reset_link(provider: Cluster, verb: str, name: str) -> str:
    told = json.loads(provider.manage("users", verb, name, "--json"))
    return str(told["reset_link"])
