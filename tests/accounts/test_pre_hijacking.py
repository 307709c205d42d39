"""The five account pre-hijackings of Sudhodanan and Paverd (2022): who makes or holds an account for somebody else's
address before its owner comes has nothing of it afterwards.

Two of them need a sign-in by another provider. There is none: their tests show what that follows from, and fail once
there is one.
"""

import importlib.util
from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import LoginSession, Passkey, User
from accounts.models import Mail as Row
from accounts.sessions.methods import METHODS
from accounts.sign_in import sign_up
from tests.accounts.signed_in import SignIn, who
from tests.accounts.signing_up import ADDRESS, CHOOSE, PAGE, begin, choose, offered, proven
from tests.accounts.test_all_factors import passkey
from tests.accounts.test_change_address import KIND as CHANGE
from tests.accounts.test_change_address import begin as begin_change
from tests.accounts.test_change_address import finish as finish_change
from tests.accounts.test_unfinished import request_of
from tests.accounts.way_back import NEW, browsers, knows, mailed, offered_mail, person
from tests.accounts.way_back import choose as choose_again
from tests.accounts.way_back import proven as proven_again

__all__ = ["browsers", "offered_mail", "passkey", "person"]


@pytest.fixture(autouse=True)
def _open(settings: Settings, db: None, offered_mail: None) -> None:
    settings.ACCOUNTS = offered("open")


def recover(browser: Client) -> str:
    """Alice, whose address it is, gets the account. Where she is led."""
    return str(choose_again(browser, proven_again(browser))["Location"])


def test_classic_federated_merge(browsers: Iterator[Client]) -> None:
    """Nobody makes an account for an address that they do not read, so there is none that a sign-in by another provider
    could be merged with; and nothing of ours signs in by what another provider says."""
    attacker, victim = next(browsers), next(browsers)
    begin(attacker)
    code = mailed("sign_up")
    page = begin(attacker)
    for guess in ("", "000 000 000", code):  # the first one is void, and what is mailed now they do not see
        assert attacker.post(page, {"code": guess}).status_code == 422
    assert attacker.post(CHOOSE, {"password": NEW}).status_code == 410
    assert not User.objects.exists()
    assert choose(victim, proven(victim)).status_code == 303
    assert who(victim) == ADDRESS
    assert {*METHODS} == {"password", "passkey", "totp", "recovery_code"}


@pytest.mark.parametrize("way", ["a reset", "a first proof"])
def test_unexpired_session_identifier(person: User, sign_in: SignIn, way: str) -> None:
    """Sessions of before end with the reset, or with the first proof of the address."""
    User.objects.update(email_verified=way == "a reset")
    attackers, victim = [sign_in(), sign_in(remember="on")], Client()
    if way == "a reset":
        recover(victim)
    else:
        victim = sign_in()
        finish_change(victim, begin_change(victim, person.email))
    assert [who(attacker) for attacker in attackers] == [None, None]
    assert who(victim) == "alice"


def test_trojan_identifier(passkey: Passkey, person: User, sign_in: SignIn) -> None:
    """What else signs in is shown to who recovers the account, and goes by one button; its sessions have ended."""
    attacker, victim = sign_in(), Client()
    LoginSession.objects.update(methods=["passkey"])
    page = proven_again(victim)
    assert passkey.name in victim.get(page).content.decode()
    assert choose_again(victim, page, remove="1")["Location"] == "/accounts/ways-in/?next=%2F"
    shown = victim.get("/accounts/ways-in/").content.decode()
    assert passkey.name in shown
    assert f"/accounts/passkeys/one/?key={passkey.key}" in shown
    assert (who(attacker), who(victim)) == (None, "alice")


def test_unexpired_email_change(person: User, sign_in: SignIn) -> None:
    """A change that was begun before the account was recovered is finished by nobody."""
    attacker, victim = sign_in(), Client()
    page = begin_change(attacker, "mallory@example.net")
    code = mailed(CHANGE)
    recover(victim)
    assert attacker.post(page, {"code": code})["Location"].startswith("/accounts/login/")
    again = Client()
    again.cookies = attacker.cookies
    assert again.post("/accounts/login/", {"login": "alice", "password": NEW}).status_code == 303, (
        "were they to guess it"
    )
    assert again.post(page, {"code": code}).status_code == 422
    assert (User.objects.get().email, knows(NEW)) == (person.email, True)
    assert not Row.objects.filter(kind="address_changed").exists()


def test_non_verifying_identity_provider() -> None:
    """An address counts for a person only once its code, or an invitation to it, came back to us: nobody else's word is
    asked for, and there is no other provider."""
    browser, request = Client(), request_of()
    answer = browser.post(PAGE, {"address": ADDRESS, "email_verified": "true", "code": "000000000"})
    assert answer["Location"].startswith("/accounts/sign-up/code/")
    assert sign_up.of(request) is None
    assert not User.objects.exists()
    assert choose(browser, proven(browser, "zoe@example.org"), email=ADDRESS, address=ADDRESS).status_code == 303
    assert list(User.objects.values_list("email", "email_verified")) == [("zoe@example.org", True)]
    assert importlib.util.find_spec("accounts.federation") is None
