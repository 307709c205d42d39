"""The account of who is signed in, and what they sign in with."""

from playwright.sync_api import Browser, Page

from tests.outside.browser.places.place import LONG_NAME, SUBMIT, Place, Places, execute, shell, somebody
from tests.outside.browser.visit import mailed_code, sees
from tests.servers.nodes import Cluster
from tests.support.people import USERNAME

NAMES = {
    "home": "accounts/home.html",
    "home, signed in": "accounts/home.html",
    "change of password": "accounts/change_password.html",
    "sessions": "accounts/sessions.html",
    "passkeys": "accounts/passkeys.html",
    "a passkey": "accounts/passkey.html",
    "passkey again": "accounts/reauthenticate.html",
    "offer of a passkey": "accounts/offer_passkey.html",
    "an app to add": "accounts/authenticator_add.html",
    "change of address": "accounts/change_address.html",
    "a code for an address": "accounts/address_code.html",
    "an address that is taken": "accounts/address_taken.html",
    "what signs in": "accounts/ways_in.html",
    "sign-out": "accounts/sign_out.html",
    "no right to this page": "403.html",
}
"""The template of each place."""
OWN = "moves-by-its-address@example.org"
PEOPLE = (OWN,)
ELSEWHERE = "A program of quite a long name, in a version that nobody ever heard of"
TAKEN = f"{LONG_NAME}@taken.example"
FIRST = f"""
CREATE FUNCTION somebody_was_first() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE unique_violation; END $$;
CREATE TRIGGER somebody_was_first BEFORE UPDATE ON accounts_user
FOR EACH ROW WHEN (NEW.email = '{TAKEN}') EXECUTE FUNCTION somebody_was_first()
"""
"""Whoever has the address by the time that it is written: what was looked up a moment before was nobody."""
AS_NEW = "UPDATE accounts_mailedcode SET attempts = 0, spent = false, expires = now() + interval '10 minutes'"


def places(provider: Cluster, chromium: Browser) -> Places:
    accounts = f"{provider.issuer}/accounts"
    home = f"{provider.issuer}/"
    with (
        somebody(provider, chromium, USERNAME, user_agent=ELSEWHERE),
        somebody(provider, chromium, USERNAME) as page,
    ):
        key = _passkey(provider)
        code = _to_code(provider, page, f"{LONG_NAME}@example.org")
        known = page.context.storage_state()
    own = {
        "home, signed in": home,
        "change of password": f"{accounts}/password/change/",
        "sessions": f"{accounts}/sessions/",
        "passkeys": f"{accounts}/passkeys/",
        "a passkey": f"{accounts}/passkeys/one/?key={key}",
        "passkey again": f"{accounts}/reauthenticate/?by_passkey=1",
        "offer of a passkey": f"{accounts}/passkeys/offer/?next=/",
        "an app to add": f"{accounts}/authenticator/",
        "change of address": f"{accounts}/address/",
        "a code for an address": code,
        "what signs in": f"{accounts}/ways-in/",
        "sign-out": f"{accounts}/logout/",
    }
    return {
        "home": Place(home),
        **{name: Place(url, known) for name, url in own.items()},
        **_of_another(provider, chromium),
    }


def _passkey(provider: Cluster) -> str:
    """The key of one that the person has, with another one, and by which they are signed in."""
    row = "key='{key}', user=alice, credential_id='{key}', name='{name}', aaguid='0' * 32, **more"
    mine = row.format(key="a" * 64, name="The telephone that I bought in Aberystwyth, and never once dropped since")
    shell(
        provider,
        "from accounts.models import LoginSession, Passkey, User; from django.utils.timezone import now;"
        "alice = User.objects.get(username='alice'); more = {'backup_eligible': True, 'backed_up': True};"
        f"Passkey.objects.create({mine}, last_used=now());"
        f"Passkey.objects.create({row.format(key='b' * 64, name='Laptop')});"
        "alice.login_sessions.update(methods=['passkey'], amr=['pop', 'user', 'mfa'], acr='phr')",
    )
    return "a" * 64


def _to_code(provider: Cluster, page: Page, address: str) -> str:
    """Where a code is typed that was mailed to the address."""
    page.goto(f"{provider.issuer}/accounts/address/")
    page.get_by_label("E-mail address").fill(address)
    page.get_by_role("button", name="Send the code").click()
    sees(page, "Type the code")
    return page.url


def _of_another(provider: Cluster, chromium: Browser) -> Places:
    """Who is a moment too late with an address, however often they try."""
    execute(provider, FIRST)
    with somebody(provider, chromium, OWN) as page:
        url = _to_code(provider, page, TAKEN)
        code, known = mailed_code(provider, "address_change"), page.context.storage_state()
        page.goto(f"{provider.issuer}/admin/")
        refused = page.url

    def enter(page: Page) -> None:
        execute(provider, AS_NEW)
        page.locator("[name=code]").fill(code)
        page.locator(SUBMIT).first.click()

    return {
        "an address that is taken": Place(url, known, 409, do=enter),
        "no right to this page": Place(refused, known, 403),
    }
