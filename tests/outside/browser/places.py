"""Every page that people meet: where it is, and in whose browser."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, Page

from tests.outside.browser.visit import Open, allow, authorization_url, sees, sign_in
from tests.servers.loopback import answer, serving
from tests.servers.nodes import Cluster
from tests.support.messages import NOWHERE
from tests.support.people import PASSWORD
from tests.support.pictures import png

OUR_SCRIPT = "**/form_post*.js"
"""What would send the one page on before anybody saw it."""
CLAIMS = '{"userinfo": {"given_name": null, "email": null}, "id_token": {"email_verified": {"essential": true}}}'
LONG = f"https://rp.example/{'signed-out' * 40}"
APP = "com.example.a-program-of-quite-a-long-name:/callback"


@dataclass(frozen=True, slots=True)
class Place:
    """A page, and the cookies of a browser that may see it."""

    url: str
    cookies: Any
    status: int = 200
    moves_on: bool = False
    """By OUR_SCRIPT: shown as it is without it."""


NAMES = (
    "sign-in",
    "consent",
    "consent to claims and resources",
    "consent to what is new",
    "consent to an app on this device",
    "applications",
    "an application",
    "account chooser",
    "answer by form",
    "password again",
    "sign-out",
    "sign-out that a client asks for",
    "signed out",
    "signed out, and led nowhere",
    "a sign-out that cannot be answered",
    "home",
    "home, signed in",
    "change of password",
    "sessions",
    "passkeys",
    "a passkey",
    "an app to add",
    "second step",
    "recovery code in its place",
    "second step again",
    "an app",
    "recovery codes",
    "offer of a passkey",
    "passkey again",
    "sign-up",
    "sign-up that is over",
    "sign-up, how to sign in",
    "an invitation",
    "change of address",
    "a code for an address",
    "what signs in",
    "choice of a password",
    "a forgotten password",
    "a code by mail",
    "a reset that is over",
    "a reset link that is over",
    "a request that cannot be answered",
    "a sign-in that is over",
    "nothing here",
)


@pytest.fixture(scope="module")
def places(provider: Cluster, chromium: Browser) -> Mapping[str, Place]:
    with serving(answer(png(320, 120))) as pictures:
        more = ("--logo-uri", pictures.url(), "--policy-uri", "https://rp.example/", "--tos-uri", "https://rp.example/")
        named = "A relying party with quite a long name"
        client_id = provider.client("web", named, NOWHERE, more=more)["client_id"]
    stranger = Place(f"{provider.issuer}/", None)
    with chromium.new_context() as waiting, chromium.new_context() as signed_in:
        page = waiting.new_page()
        page.goto(authorization_url(provider, client_id, NOWHERE))
        login = Place(page.url, waiting.storage_state())
        page.goto(f"{provider.issuer}/accounts/password/reset/")
        page.get_by_label("Username or e-mail address").fill("somebody-with-quite-a-long-name@example.org")
        page.get_by_role("button", name="Send the code").click()
        sees(page, "Type the code")
        code = Place(page.url, waiting.storage_state())
        page.goto(_invitation(provider))
        page.get_by_role("button", name="Continue").click()
        sees(page, "Choose how you sign in")
        choice, waiting_state = page.url, waiting.storage_state()
        page = signed_in.new_page()
        page.goto(authorization_url(provider, client_id, NOWHERE))
        sign_in(page)
        sees(page, "Allow A relying party with quite a long name?")
        consent = page.url
        page.goto(authorization_url(provider, client_id, NOWHERE, prompt="login"))
        again = page.url
        page.goto(authorization_url(provider, client_id, NOWHERE, prompt="select_account"))
        chooser = page.url
        asked = {"claims": CLAIMS, "resource": _resource(provider, client_id), "scope": "openid offline_access"}
        page.goto(authorization_url(provider, client_id, NOWHERE, **asked))
        consent_to_more = page.url
        page.goto(authorization_url(provider, client_id, NOWHERE, scope="openid offline_access"))
        with page.expect_event("requestfailed"):
            allow(page)
        page = signed_in.new_page()
        asked = {"scope": "openid email offline_access", "prompt": "consent"}
        page.goto(authorization_url(provider, client_id, NOWHERE, **asked))
        consent_again = page.url
        app = provider.client("native", "An app on this device", APP)["client_id"]
        page.goto(authorization_url(provider, app, APP))
        consent_to_app = page.url
        page.goto(f"{provider.issuer}/accounts/address/")
        page.get_by_label("E-mail address").fill("somebody-with-quite-a-long-name@example.org")
        page.get_by_role("button", name="Send the code").click()
        sees(page, "Type the code")
        address_code = page.url
        known = signed_in.storage_state()
    return {
        **_with_second_factor(provider, chromium),
        "sign-in": login,
        "consent": Place(consent, known),
        "consent to claims and resources": Place(consent_to_more, known),
        "consent to what is new": Place(consent_again, known),
        "consent to an app on this device": Place(consent_to_app, known),
        "applications": Place(f"{provider.issuer}/oauth2/applications", known),
        "an application": Place(f"{provider.issuer}/oauth2/applications/one?client_id={client_id}", known),
        "account chooser": Place(chooser, known),
        "answer by form": Place(
            authorization_url(provider, client_id, NOWHERE, response_mode="form_post", prompt="none"),
            known,
            moves_on=True,
        ),
        "password again": Place(again, known),
        "sign-out": Place(f"{provider.issuer}/accounts/logout/", known),
        "sign-out that a client asks for": Place(f"{provider.issuer}/oauth2/sign_out?client_id={client_id}", known),
        "signed out": Place(f"{provider.issuer}/oauth2/logout?client_id={client_id}", None),
        "signed out, and led nowhere": Place(
            f"{provider.issuer}/oauth2/logout?client_id={client_id}&post_logout_redirect_uri={LONG}", None, 400
        ),
        "a sign-out that cannot be answered": Place(f"{provider.issuer}/oauth2/logout?state=a&state=b", None, 400),
        "home": stranger,
        "home, signed in": Place(stranger.url, known),
        "change of password": Place(f"{provider.issuer}/accounts/password/change/", known),
        "sessions": _sessions(provider, chromium, known),
        "passkeys": Place(f"{provider.issuer}/accounts/passkeys/", known),
        "a passkey": Place(f"{provider.issuer}/accounts/passkeys/one/?key={_passkey(provider)}", known),
        "an app to add": Place(f"{provider.issuer}/accounts/authenticator/", known),
        "passkey again": Place(f"{provider.issuer}/accounts/reauthenticate/?by_passkey=1", known),
        "offer of a passkey": Place(f"{provider.issuer}/accounts/passkeys/offer/?next=/", known),
        "sign-up": Place(f"{provider.issuer}/accounts/sign-up/", None),
        "sign-up that is over": Place(f"{provider.issuer}/accounts/sign-up/new/?sign_in=x", None, 410),
        "sign-up, how to sign in": Place(choice, waiting_state),
        "an invitation": Place(_invitation(provider), None),
        "change of address": Place(f"{provider.issuer}/accounts/address/", known),
        "a code for an address": Place(address_code, known),
        "what signs in": Place(f"{provider.issuer}/accounts/ways-in/", known),
        "choice of a password": Place(_reset_link(provider), None),
        "a forgotten password": Place(f"{provider.issuer}/accounts/password/reset/", None),
        "a code by mail": code,
        "a reset that is over": Place(f"{provider.issuer}/accounts/password/reset/new/?sign_in=x", None, 410),
        "a reset link that is over": Place(f"{provider.issuer}/accounts/password/new/?link=x", None, 410),
        "a request that cannot be answered": Place(f"{provider.issuer}/oauth2/authorize?client_id=x", None, 400),
        "a sign-in that is over": Place(f"{provider.issuer}/oauth2/consent?interaction=x", known, 400),
        "nothing here": Place(f"{provider.issuer}/nowhere", None, 404),
    }


def opened(new_page: Open, place: Place, **options: Any) -> Page:
    page = new_page(storage_state=place.cookies, **options)
    if place.moves_on:
        page.route(OUR_SCRIPT, lambda route: route.abort())
    page.goto(place.url)
    return page


def shoot(page: Page, name: str, look: str) -> None:
    """Keeps the page as a picture where TEST_SCREENSHOTS names a folder: the light one is the page's own."""
    if folder := os.environ.get("TEST_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(
            path=Path(folder) / f"{file_of(name)}{'' if look == 'light' else f'.{file_of(look)}'}.png", full_page=True
        )


def file_of(name: str) -> str:
    return name.replace(",", "").replace(" ", "-")


def _invitation(provider: Cluster) -> str:
    address = "somebody-with-quite-a-long-name@example.net"
    return provider.manage("users", "invite", address, "--print").splitlines()[0]


def _sessions(provider: Cluster, chromium: Browser, known: Any) -> Place:
    """With another browser in which the person is signed in, too."""
    with chromium.new_context(
        user_agent="A program of quite a long name, in a version that nobody ever heard of"
    ) as other:
        page = other.new_page()
        page.goto(f"{provider.issuer}/accounts/login/")
        sign_in(page)
        sees(page, "Your account")
    return Place(f"{provider.issuer}/accounts/sessions/", known)


def _reset_link(provider: Cluster) -> str:
    told = json.loads(provider.manage("users", "add", "somebody-with-quite-a-long-name", "--json"))
    return str(told["reset_link"])


def _with_second_factor(provider: Cluster, chromium: Browser) -> Mapping[str, Place]:
    """What somebody sees who has an authenticator app: on the way in, and inside."""
    name, secret = "zoe", pyotp.random_base32()
    provider.superuser(name, f"{name}@example.org", PASSWORD)
    provider.manage(
        "shell",
        "-c",
        "from accounts.factors import recovery, totp; from accounts.ground import clock;"
        "from accounts.models import User;"
        f"zoe = User.objects.get(username={name!r}); totp.add(zoe, {secret!r}, clock.now()); recovery.renew(zoe)",
    )
    with chromium.new_context() as waits, chromium.new_context() as context:
        for each in (waits, context):
            page = each.new_page()
            page.goto(f"{provider.issuer}/accounts/login/")
            sign_in(page, name=name)
            sees(page, "Confirm that it is you")
        waiting, begun = waits.pages[0].url, waits.storage_state()
        page.get_by_label("Code from your app", exact=True).fill(pyotp.TOTP(secret).now())
        page.get_by_role("button", name="Confirm").click()
        sees(page, "Your account")
        inside = context.storage_state()
    accounts = f"{provider.issuer}/accounts"
    return {
        "second step": Place(waiting, begun),
        "recovery code in its place": Place(f"{waiting}&recovery=1", begun),
        "second step again": Place(f"{accounts}/step-up/?next=/", inside),
        "an app": Place(f"{accounts}/authenticator/", inside),
        "recovery codes": Place(f"{accounts}/recovery-codes/", inside),
    }


def _passkey(provider: Cluster) -> str:
    """The key of one that the person has, with another one, and by which they are signed in."""
    row = "key='{key}', user=alice, credential_id='{key}', name='{name}', aaguid='0' * 32, **more"
    mine = row.format(key="a" * 64, name="The telephone that I bought in Aberystwyth, and never once dropped since")
    provider.manage(
        "shell",
        "-c",
        "from accounts.models import LoginSession, Passkey, User; from django.utils.timezone import now;"
        "alice = User.objects.get(username='alice'); more = {'backup_eligible': True, 'backed_up': True};"
        f"Passkey.objects.create({mine}, last_used=now());"
        f"Passkey.objects.create({row.format(key='b' * 64, name='Laptop')});"
        "LoginSession.objects.update(methods=['passkey'], amr=['pop', 'user', 'mfa'], acr='phr')",
    )
    return "a" * 64


def _resource(provider: Cluster, client_id: str) -> str:
    """An API that the client may ask for, and for nothing else that is new."""
    identifier = "https://api.example/orders"
    provider.manage(
        "shell",
        "-c",
        "from tokens.models import Client, Resource;"
        f"Resource.objects.create(identifier={identifier!r}, name='The order service', scope='orders:read');"
        f"Client.objects.filter(client_id={client_id!r})"
        f".update(scope='openid profile email offline_access {identifier}#orders:read')",
    )
    return identifier
