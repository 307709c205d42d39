"""A cache's answer counts only if it was put for this row and names this row's sign-in; everything else is a miss."""

import json
import secrets
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from accounts.models import Session, User
from accounts.sessions import cache
from accounts.sessions.engine import SID, SessionStore, hashed
from tests.accounts.signed_in import SignIn, who
from tests.support.people import PASSWORD

Answer = Callable[[Session, Session], object]
"""What the cache has for the first row; the other is somebody else's."""


def _raw(value: object) -> Answer:
    return lambda row, other: value


def _put(text: Callable[[Session, Session], str]) -> Answer:
    """Text that stands in the cache as if we had put it for this row."""
    return lambda row, other: _dumped(cache._signer(_name(row)).sign(text(row, other)))


FORGED: dict[str, Answer] = {
    "no text at all": _raw(b"\xff{not json"),
    "an empty value": _raw(b""),
    "a text": _raw(b'"hello"'),
    "an empty text": _raw(b'""'),
    "a number": _raw(b"7"),
    "a number of 5,000 digits": _raw(b"7" * 5000),
    "null": _raw(b"null"),
    "a list": _raw(b'["alice"]'),
    "an object": _raw(b'{"sid": "x"}'),
    "lists in lists": _raw(b"[" * 100_000),
    "half of a surrogate pair": _raw(b'"\\ud800:x"'),
    "a text with NUL": _raw(b'"a\\u0000:b"'),
    "more than is ever put": _raw(json.dumps("x" * (cache.LONGEST + 1)).encode()),
    "this row's data, not signed for the cache": lambda row, other: _dumped(row.session_data),
    "another row's entry": lambda row, other: _dumped(cache._signer(_name(other)).sign(other.session_data)),
    "another version's entry": lambda row, other: _dumped(cache._signer(f"{row.pk}.x").sign(row.session_data)),
}
"""What somebody can put there who has none of our secrets."""
SIGNED: dict[str, Answer] = {
    "another row's data under this name": _put(lambda row, other: other.session_data),
    "data of nobody under this name": _put(lambda row, other: SessionStore().encode({"note": "x"})),
    "data that name no text": _put(lambda row, other: SessionStore().encode({SID: [1]})),
    "a list of ours under this name": _put(lambda row, other: SessionStore().encode([SID])),  # type: ignore[arg-type]
    "rubbish under this name": _put(lambda row, other: "rubbish"),
    "too much, signed": _put(lambda row, other: "x" * cache.LONGEST),
}
ANSWERS = {**FORGED, **SIGNED}


@pytest.mark.covers("S69 cache", "S69 nodes")
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_what_is_not_this_rows_is_a_miss(
    redis: Any, sign_in: SignIn, django_assert_num_queries: Any, answer: Answer
) -> None:
    row, browser = _row_of(sign_in)
    User.objects.create_user("bob", "bob@example.org", PASSWORD)
    other, _ = _row_of(sign_in, "bob")
    redis.client.get_client().set(redis.make_key(_name(row)), answer(row, other))
    _is_alice(browser)
    assert cache.enabled(), "what somebody wrote there is no reason to stop asking the cache"
    with django_assert_num_queries(1):  # and the right answer is there again
        _is_alice(browser)


@pytest.mark.parametrize("kind", ["list", "hash"])
def test_an_entry_that_is_no_text_of_redis_is_a_miss(redis: Any, sign_in: SignIn, kind: str) -> None:
    row, browser = _row_of(sign_in)
    client, key = redis.client.get_client(), redis.make_key(_name(row))
    client.delete(key)
    client.rpush(key, "x") if kind == "list" else client.hset(key, "a", "b")
    _is_alice(browser)
    assert cache.enabled()


@pytest.mark.parametrize("answer", FORGED.values(), ids=FORGED)
def test_a_session_of_nobody_keeps_its_data_too(redis: Any, db: None, answer: Answer) -> None:
    """Without a sign-in there is no sid to compare: that an entry is of this row is said by its signature."""
    session, other = SessionStore(), SessionStore()
    session["note"], other["note"] = "mine", "somebody else's"
    session.save()
    other.save()
    row = _find(session)
    redis.client.get_client().set(redis.make_key(_name(row)), answer(row, _find(other)))
    assert SessionStore(session.session_key).get("note") == "mine"
    assert cache.enabled()


def test_what_is_too_long_is_read_from_the_row(redis: Any, sign_in: SignIn) -> None:
    row, browser = _row_of(sign_in)
    key = browser.cookies[django_settings.SESSION_COOKIE_NAME].value
    session = SessionStore(key)
    session["note"] = secrets.token_hex(2 * cache.LONGEST)
    session.save()
    row.refresh_from_db()
    assert cache.get(row.pk, row.version) is None
    assert SessionStore(key)["note"] == session["note"]


def _row_of(sign_in: SignIn, name: str = "alice") -> tuple[Session, Client]:
    browser = sign_in(name)
    return Session.objects.get(login__user__username=name), browser


def _find(session: SessionStore) -> Session:
    return Session.objects.get(pk=hashed(session.session_key))


def _is_alice(browser: Client) -> None:
    assert who(browser) == "alice"
    assert browser.cookies[django_settings.SESSION_COOKIE_NAME].value, "the cookie was deleted"


def _name(row: Session) -> str:
    return cache._key(row.pk, row.version)


def _dumped(text: str) -> bytes:
    return json.dumps(text).encode()
