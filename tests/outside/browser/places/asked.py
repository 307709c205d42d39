"""What an application asks of who is signed in, and where it is answered."""

from playwright.sync_api import Browser, Page

from tests.outside.browser.places.place import Place, Places, execute, shell, somebody
from tests.outside.browser.visit import allow, authorization_url, sees
from tests.servers.nodes import Cluster
from tests.support.messages import NOWHERE
from tests.support.people import USERNAME

NAMES = {
    "consent": "tokens/consent.html",
    "consent to claims and resources": "tokens/consent.html",
    "consent to what is new": "tokens/consent.html",
    "consent to an app on this device": "tokens/consent.html",
    "applications": "tokens/applications.html",
    "an application": "tokens/application.html",
    "account chooser": "tokens/select_account.html",
    "answer by form": "tokens/form_post.html",
    "password again": "accounts/reauthenticate.html",
    "an app that is required": "accounts/authenticator_add.html",
    "no password to enter again": "accounts/no_password.html",
    "a request that cannot be answered": "error.html",
    "a sign-in that is over": "error.html",
}
"""The template of each place."""
CLAIMS = '{"userinfo": {"given_name": null, "email": null}, "id_token": {"email_verified": {"essential": true}}}'
APP = "com.example.a-program-of-quite-a-long-name:/callback"
NAMELESS, OBLIGED = "without-a-password", "somebody-who-has-to"
PEOPLE = (NAMELESS, OBLIGED)


def places(provider: Cluster, chromium: Browser, client_id: str) -> Places:
    application = f"{provider.issuer}/oauth2/applications"
    with somebody(provider, chromium, USERNAME) as page:
        found = _asked(provider, page, client_id)
        known = page.context.storage_state()
    return {
        **{name: Place(url, known) for name, url in found.items()},
        "applications": Place(application, known),
        "an application": Place(f"{application}/one?client_id={client_id}", known),
        "answer by form": Place(
            authorization_url(provider, client_id, NOWHERE, response_mode="form_post", prompt="none"),
            known,
            moves_on=True,
        ),
        "a request that cannot be answered": Place(f"{provider.issuer}/oauth2/authorize?client_id=x", status=400),
        "a sign-in that is over": Place(f"{provider.issuer}/oauth2/consent?interaction=x", known, 400),
        **_of_less(provider, chromium, client_id),
    }


def _asked(provider: Cluster, page: Page, client_id: str) -> dict[str, str]:
    """What leads to each page: the last one is of who has allowed something."""

    def led(client: str = client_id, callback: str = NOWHERE, **asked: str) -> str:
        page.goto(authorization_url(provider, client, callback, **asked))
        return page.url

    found = {"consent": led(), "password again": led(prompt="login"), "account chooser": led(prompt="select_account")}
    more = {"claims": CLAIMS, "resource": _resource(provider, client_id), "scope": "openid offline_access"}
    found["consent to claims and resources"] = led(**more)
    led(scope="openid offline_access")
    with page.expect_event("requestfailed"):
        allow(page)
    page = page.context.new_page()
    found["consent to what is new"] = led(scope="openid email offline_access", prompt="consent")
    app = provider.client("native", "An app on this device", APP)["client_id"]
    found["consent to an app on this device"] = led(app, APP)
    return found


def _resource(provider: Cluster, client_id: str) -> str:
    """An API that the client may ask for, and for nothing else that is new."""
    identifier = "https://api.example/orders"
    shell(
        provider,
        "from tokens.models import Client, Resource;"
        f"Resource.objects.create(identifier={identifier!r}, name='The order service', scope='orders:read');"
        f"Client.objects.filter(client_id={client_id!r})"
        f".update(scope='openid profile email offline_access {identifier}#orders:read')",
    )
    return identifier


def _of_less(provider: Cluster, chromium: Browser, client_id: str) -> Places:
    """Of who has to add something, and of who has nothing to prove themselves with: a password that was taken away."""
    with somebody(provider, chromium, NAMELESS) as page:
        execute(provider, "UPDATE accounts_user SET password = '!' WHERE username = %s", NAMELESS)
        page.goto(authorization_url(provider, client_id, NOWHERE, prompt="login"))
        sees(page, "This account has no password")
        without = Place(page.url, page.context.storage_state(), 409)
    with somebody(provider, chromium, OBLIGED) as page:
        execute(provider, "UPDATE accounts_user SET second_factor_required = true WHERE username = %s", OBLIGED)
        page.goto(authorization_url(provider, client_id, NOWHERE))
        sees(page, "Add an authenticator app")
        added = Place(page.url, page.context.storage_state())
    return {"no password to enter again": without, "an app that is required": added}
