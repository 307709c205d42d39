"""Passkeys (WebAuthn Level 3): what is asked of a browser, which answers are taken, and what is kept of them."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from fido2 import cbor
from fido2.utils import websafe_decode, websafe_encode
from pytest_django.fixtures import Settings

from accounts.factors import passkeys
from accounts.factors.passkeys import assertion, registration
from accounts.factors.passkeys.relying_party import is_possible
from accounts.models import Mail, Once, Passkey, User
from tests.accounts.passkeys import asked, bob, browser, enrolled, issuer, later, refusal, sent
from tests.mail.ways import mail_by
from tests.support.authenticator import FLAG, PRESENT_AND_VERIFIED, Authenticator, made_key

__all__ = ["bob", "issuer"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("issuer")]


# --- what is asked for


def test_a_new_passkey_is_discoverable_unlocked_by_its_person_and_on_no_authenticator_that_has_one(
    person: User,
) -> None:
    _, row = enrolled(person)
    options = json.loads(registration.offer(browser(person), person))
    assert options["rp"] == {"id": "idp.example", "name": "Avouch"}
    assert websafe_decode(options["user"]["id"]) == person.pk.bytes
    assert [each["alg"] for each in options["pubKeyCredParams"]] == [-7, -8, -257]
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["attestation"] == "none"
    assert [each["id"] for each in options["excludeCredentials"]] == [row.credential_id]


@pytest.mark.covers("S59 text")
def test_a_sign_in_names_no_passkey_and_needs_its_person(person: User) -> None:
    enrolled(person)
    options = asked(browser())
    assert {*options} == {"challenge", "rpId", "userVerification", "timeout"}
    assert (options["rpId"], options["userVerification"]) == ("idp.example", "required")


def test_nothing_is_written_until_a_challenge_is_spent(person: User) -> None:
    device, _ = enrolled(person)
    spent = Once.objects.count()
    with CaptureQueriesContext(connection) as captured:
        options = asked(browser())
    assert len(captured) == 0
    stranger = Authenticator(_key=made_key("ES256")[0])
    assert sent(stranger.get(options)) == "unknown"
    assert Once.objects.count() == spent
    assertion.proved(browser(), device.get(options))
    assert Once.objects.count() == spent + 1


# --- what is taken


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
@pytest.mark.parametrize("counter", [0, 7])
def test_a_passkey_of_each_algorithm_proves_whose_it_is(person: User, algorithm: str, counter: int) -> None:
    device, row = enrolled(person, Authenticator(algorithm=algorithm, counter=counter))
    device.counter *= 2
    proved = assertion.proved(browser(), device.get(asked(browser())))
    assert (proved, proved.user) == (row, person)
    row.refresh_from_db()
    assert (row.sign_count, row.last_used is not None) == (2 * counter, True)


def test_what_is_kept_of_a_passkey(person: User) -> None:
    device = Authenticator(flags=PRESENT_AND_VERIFIED | FLAG.BE | FLAG.BS, aaguid=bytes(range(16)))
    _, row = enrolled(person, device)
    row.refresh_from_db()
    assert row.aaguid.bytes == device.aaguid
    assert (row.transports, row.backup_eligible, row.backed_up) == ("hybrid internal", True, True)
    assert (row.name, row.last_used) == ("Passkey", None)
    assert enrolled(person)[1].name == "Passkey 2"


def test_a_passkey_of_who_is_signed_in_is_taken_without_their_handle(person: User) -> None:
    device, row = enrolled(person)
    device.user_handle = None
    assert assertion.proved(browser(person), device.get(asked(browser(person)))) == row


# --- what is registered


def test_a_person_has_twenty_at_the_most(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passkeys, "MOST", 2)
    enrolled(person)
    enrolled(person)
    assert refusal(lambda: enrolled(person)) == "many"
    assert Passkey.objects.filter(user=person).count() == 2


def test_who_was_signed_out_meanwhile_adds_none(person: User) -> None:
    User.objects.update(security_epoch=5)
    with pytest.raises(PermissionDenied):
        enrolled(person)
    assert not passkeys.has_any(person)


def test_a_passkey_is_of_one_account(person: User, bob: User) -> None:
    device, _ = enrolled(person)
    assert refusal(lambda: enrolled(bob, Authenticator(credential_id=device.credential_id))) == "taken"


BAD_KEYS: Mapping[str, Mapping[int, Any]] = {
    "of another algorithm": {1: 2, 3: -35, -1: 2, -2: b"x" * 48, -3: b"y" * 48},
    "of none": {1: 2, 3: -9999},
    "no point of the curve": {1: 2, 3: -7, -1: 1, -2: b"x" * 32, -3: b"y" * 32},
    "without its halves": {1: 2, 3: -7},
    "of another type": {1: 2, 3: -257, -1: "n", -2: "e"},
    "far too long": {1: 3, 3: -257, -1: b"\xff" * 1100, -2: b"\x01\x00\x01"},
}


@pytest.mark.parametrize("key", BAD_KEYS.values(), ids=BAD_KEYS.keys())
def test_a_key_that_we_could_not_judge_by_is_not_kept(person: User, key: Mapping[int, Any]) -> None:
    device = Authenticator()
    request = browser(person)
    answer = json.loads(device.create(json.loads(registration.offer(request, person))))
    attested: Any = cbor.decode(websafe_decode(answer["response"]["attestationObject"]))
    whole = attested["authData"]
    end = 55 + len(device.credential_id)
    attested["authData"] = whole[:end] + cbor.encode(key)
    answer["response"]["attestationObject"] = websafe_encode(cbor.encode(attested))
    assert refusal(lambda: registration.add(request, person, json.dumps(answer))) in ("wrong", "unreadable")
    assert not passkeys.has_any(person)


@pytest.mark.parametrize("length", [0, 1024])
def test_a_credential_id_is_of_1023_bytes_at_the_most(person: User, length: int) -> None:
    assert refusal(lambda: enrolled(person, Authenticator(credential_id=b"x" * length))) == "wrong"
    assert enrolled(person, Authenticator(credential_id=b"x" * 1023))[1].pk


@pytest.mark.parametrize("flags", [FLAG.UP, FLAG.UV, PRESENT_AND_VERIFIED | FLAG.BS])
def test_a_passkey_that_nobody_unlocked_is_not_added(person: User, flags: FLAG) -> None:
    assert refusal(lambda: enrolled(person, Authenticator(flags=flags))) == "wrong"


def test_who_adds_a_passkey_is_told(person: User, settings: Settings) -> None:
    settings.MAIL = mail_by("smtp://mail.example")
    User.objects.update(email_verified=True)
    enrolled(person)
    assert [mail.kind for mail in Mail.objects.all()] == ["factor_added"]


@pytest.mark.parametrize("counts", [False, True])
def test_a_last_use_is_marked_every_five_minutes(person: User, monkeypatch: pytest.MonkeyPatch, counts: bool) -> None:
    device, row = enrolled(person, Authenticator(counter=int(counts)))

    def used() -> Any:
        device.counter *= 2
        assertion.proved(browser(), device.get(asked(browser())))
        row.refresh_from_db()
        return row.last_used

    first = used()
    assert used() == first
    later(monkeypatch, assertion.MARK_EVERY)
    assert used() > first


def test_a_mark_of_a_last_use_that_fails_refuses_nobody(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    device, row = enrolled(person)

    def used() -> Any:
        assertion.proved(browser(), device.get(asked(browser())))
        row.refresh_from_db()
        return row.last_used

    first = used()
    later(monkeypatch, assertion.MARK_EVERY)

    def fails(*_: Any, **__: Any) -> None:
        raise DatabaseError

    with monkeypatch.context() as broken:
        broken.setattr(QuerySet, "update", fails)
        assert used() == first


@pytest.mark.parametrize("counts", [False, True])
def test_a_sign_in_asks_three_statements(person: User, counts: bool) -> None:
    device, _ = enrolled(person, Authenticator(counter=int(counts)))
    device.counter *= 2
    answer = device.get(asked(browser()))
    with CaptureQueriesContext(connection) as captured:
        assertion.proved(browser(), answer)
    said = [query["sql"].split()[0] for query in captured if "SAVEPOINT" not in query["sql"]]
    assert said == ["SELECT", "INSERT", "UPDATE"]


@pytest.mark.parametrize(
    ("issuer", "possible"),
    [
        *(("https://idp.example", True), ("http://localhost:8000", True)),
        *(("http://127.0.0.1:1", False), ("https://[2001:db8::1]", False)),
    ],
)
def test_an_issuer_without_a_name_has_no_passkeys(settings: Settings, issuer: str, possible: bool) -> None:
    settings.ISSUER = issuer
    assert is_possible() is possible


def test_a_row_has_no_secret_and_no_name_of_its_person(person: User) -> None:
    _, row = enrolled(person)
    values = " ".join(str(value) for value in Passkey.objects.filter(pk=row.pk).values().get().values())
    assert settings.SECRET_KEY not in values
    assert person.username not in values
    assert base64.urlsafe_b64encode(row.user_id.bytes).decode() not in values
