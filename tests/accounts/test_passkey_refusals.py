"""Passkeys (WebAuthn Level 3): which answers of a browser are never taken."""

import contextlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from fido2.utils import websafe_decode, websafe_encode
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from accounts.factors.passkeys import assertion, challenge, registration
from accounts.factors.passkeys.refusals import TEXTS
from accounts.factors.passkeys.relying_party import LONGEST
from accounts.ground import clock
from accounts.models import Mail, Once, User
from accounts.stores import store
from tests.accounts.passkeys import asked, bob, browser, enrolled, issuer, later, refusal, sent
from tests.mail.ways import mail_by
from tests.support.authenticator import FLAG, PRESENT_AND_VERIFIED, Authenticator, made_key

__all__ = ["bob", "issuer"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("issuer")]


def _origin(device: Authenticator) -> None:
    device.origin = "https://idp.example.evil.example"


def _flags(flags: FLAG) -> Callable[[Authenticator], None]:
    def changed(device: Authenticator) -> None:
        device.flags = flags

    return changed


def _framed(device: Authenticator) -> None:
    device.more = {"crossOrigin": True}


def _another_key(device: Authenticator) -> None:
    device._key, _ = made_key("ES256")


def _handle(handle: bytes | None) -> Callable[[Authenticator], None]:
    def changed(device: Authenticator) -> None:
        device.user_handle = handle

    return changed


WRONG: Mapping[str, Callable[[Authenticator], None]] = {
    "another origin": _origin,
    "not unlocked": _flags(FLAG.UP),
    "nobody there": _flags(FLAG.UV),
    "eligible for a backup by now": _flags(PRESENT_AND_VERIFIED | FLAG.BE),
    "backed up, though it may not be": _flags(PRESENT_AND_VERIFIED | FLAG.BS),
    "in a frame": _framed,
    "another key": _another_key,
    "another person's handle": _handle(b"x" * 16),
    "no handle": _handle(None),
}


@pytest.mark.covers("S63 origin", "S63 UV")
@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_an_answer_that_is_not_what_was_asked_for_is_refused(
    person: User, change: Callable[[Authenticator], None]
) -> None:
    device, row = enrolled(person)
    change(device)
    spent = Once.objects.count()
    assert sent(device.get(asked(browser()))) == "wrong"
    row.refresh_from_db()
    assert (row.last_used, Once.objects.count()) == (None, spent)


@pytest.mark.covers("S63 origin")
@pytest.mark.parametrize(
    "origin",
    ["http://idp.example", "https://idp.example:8443", "https://sub.idp.example", "https://idp.example/", "null", ""],
)
def test_an_origin_is_the_issuers_letter_by_letter(person: User, origin: str) -> None:
    device, _ = enrolled(person)
    device.origin = origin
    assert sent(device.get(asked(browser()))) == "wrong"


@pytest.mark.covers("S63 rpId")
def test_an_answer_for_another_rp_id_is_refused(person: User) -> None:
    device, _ = enrolled(person)
    for rp_id in ("example", "evil.example", "sub.idp.example"):
        assert sent(device.get(asked(browser()) | {"rpId": rp_id})) == "wrong"
    options = json.loads(registration.offer(browser(person), person)) | {"rp": {"id": "evil.example"}}
    assert refusal(lambda: registration.add(browser(person), person, Authenticator().create(options))) == "wrong"


@pytest.mark.covers("S63 challenge")
def test_a_challenge_is_good_once(person: User) -> None:
    device, _ = enrolled(person)
    answer = device.get(asked(browser()))
    assertion.proved(browser(), answer)
    assert sent(answer) == "late"
    options = json.loads(registration.offer(browser(person), person))
    registration.add(browser(person), person, Authenticator().create(options))
    assert refusal(lambda: registration.add(browser(person), person, Authenticator().create(options))) == "late"


@pytest.mark.covers("S63 challenge")
def test_a_challenge_is_good_in_its_browser_for_its_purpose_and_for_some_minutes(
    person: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, _ = enrolled(person)
    asking: Mapping[str, Mapping[str, Any]] = {
        "another browser": asked(browser(secret="b" * 32)),
        "who is signed in": asked(browser(person)),
        "another person": asked(browser(bob)),
        "registration": asked(browser()) | json.loads(registration.offer(browser(person), person)),
        "not ours": asked(browser()) | {"challenge": websafe_encode(b"a:b:c" * 8)},
        "no text": asked(browser()) | {"challenge": websafe_encode(b"\xff" * 32)},
        "changed": asked(browser()) | {"challenge": asked(browser())["challenge"][:-4] + "AAAA"},
    }
    for told, options in asking.items():
        assert (told, sent(device.get(options))) == (told, "late")
    for_bob = json.loads(registration.offer(browser(bob), bob))
    assert refusal(lambda: registration.add(browser(person), person, Authenticator().create(for_bob))) == "late"
    answer = device.get(asked(browser()))
    later(monkeypatch, challenge.GOOD_FOR + timedelta(seconds=1))
    assert sent(answer) == "late"


def test_a_passkey_of_another_person_confirms_nobody(person: User, bob: User) -> None:
    device, _ = enrolled(bob)
    assert refusal(lambda: assertion.proved(browser(person), device.get(asked(browser(person))))) == "another"


def test_a_passkey_that_was_removed_proves_nothing(person: User) -> None:
    device, row = enrolled(person)
    row.delete()
    assert sent(device.get(asked(browser()))) == "unknown"


@pytest.mark.covers("S63 count")
@pytest.mark.parametrize("counter", [0, 6, 7])
def test_a_counter_that_falls_or_stands_is_refused_and_told(person: User, settings: Settings, counter: int) -> None:
    settings.MAIL = mail_by("smtp://mail.example")
    device, row = enrolled(person, Authenticator(counter=7))
    User.objects.filter(pk=person.pk).update(email_verified=True)
    device.counter = counter
    assert sent(device.get(asked(browser()))) == "counter"
    row.refresh_from_db()
    assert (row.sign_count, row.last_used) == (7, None)
    assert [mail.kind for mail in Mail.objects.all()] == ["passkey_copied"]
    device.counter = 8
    assertion.proved(browser(), device.get(asked(browser())))


# --- what no browser sends


@pytest.mark.covers("S78 depth")
@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "[]", "null", "1", "{}", '{"id": 1}', '{"id": "a", "rawId": "b"}', "[" * 16_000, "{" * 3),
        '{"rawId": "YQ", "response": {}}',
        '{"rawId": "YQ", "response": {"clientDataJSON": "e30", "attestationObject": "oA", "authenticatorData": "YQ"}}',
        '{"rawId": "\\ud800", "response": []}',
        "x" * (LONGEST + 1),
    ],
)
def test_what_cannot_be_read_is_refused(person: User, text: str) -> None:
    assert sent(text) == "unreadable"
    assert refusal(lambda: registration.add(browser(person), person, text)) == "unreadable"


@tries(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_no_change_of_an_answer_is_an_error_of_ours(person: User, data: st.DataObject) -> None:
    """Each byte of what an authenticator sends, changed or cut."""
    device = Authenticator()
    request = browser(person)
    told = json.loads(device.create(json.loads(registration.offer(request, person))))
    name = data.draw(st.sampled_from(["attestationObject", "clientDataJSON"]))
    raw = bytearray(websafe_decode(told["response"][name]))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] = data.draw(st.integers(0, 255))
    told["response"][name] = websafe_encode(bytes(raw[: data.draw(st.integers(place, len(raw)))]))
    with contextlib.suppress(ValidationError):
        registration.add(request, person, json.dumps(told)).delete()


def test_each_refusal_says_what_to_do() -> None:
    assert all(str(text).endswith(".") for text in TEXTS.values())


def test_the_store_forgets_a_challenge_no_earlier_than_it_ends(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it could be used twice."""
    told: list[datetime] = []

    def spend(_: object, name: str, ends: datetime) -> bool:
        told.append(ends)
        return True

    monkeypatch.setattr(type(store().once), "spend", spend)
    device, _ = enrolled(person)
    assertion.proved(browser(), device.get(asked(browser())))
    assert all(ends >= clock.now() + challenge.GOOD_FOR - timedelta(minutes=1) for ends in told)
    assert len(told) == 2
