"""What is ended from the admin, where the store has none of it in a table."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client as Browser
from django.utils.html import strip_tags

from accounts.ground.unavailable import Unavailable
from accounts.models import User
from tests.admin.other_stores import (
    CLIENT,
    CONSENTS,
    DAY,
    GIVEN,
    KEYS,
    NOTICES,
    SUBJECT,
    TOLD,
    WHO,
    Held,
    act,
    held,
    ids,
    root,
    state,
)
from tests.admin.staff import PERSON, BrowserOf
from tests.stores import samples
from tests.stores.suite.outbox import claimed
from tests.support.dynamodb import on_dynamodb, own_tables
from tokens.protocol import journal
from tokens.registration import clients

__all__ = ["held", "on_dynamodb", "own_tables", "root"]
NOW = datetime.now(UTC)


def test_a_consent_is_withdrawn_and_what_was_issued_on_it_ends(held: Held, root: Browser) -> None:
    answer = act(root, f"{CONSENTS}?q={SUBJECT}", "withdraw", held.consent.id)
    assert ids(answer) == []
    assert held.store.consents.of_id(held.consent.id) is None
    assert held.store.authorizations.get(held.authorization.id, NOW) is None
    assert state(root) == "over: the consent was withdrawn"
    assert [entry.object_id for entry in LogEntry.objects.all()] == [held.consent.id]


def test_an_authorization_is_revoked_and_shown_as_such(held: Held, root: Browser) -> None:
    answer = act(root, f"{GIVEN}?q={SUBJECT}", "revoke", held.authorization.id)
    assert "1 authorization was revoked." in strip_tags(answer.content.decode())
    assert state(root) == "revoked"
    assert held.store.authorizations.get(held.authorization.id, NOW) is None


def test_a_notice_that_was_given_up_is_tried_once_more(held: Held, root: Browser) -> None:
    answer = act(root, NOTICES, "try_again", held.notice.id)
    assert "1 notice will be tried again." in strip_tags(answer.content.decode())
    assert claimed(held.store, TOLD).id == held.notice.id
    assert [entry.object_id for entry in LogEntry.objects.all()] == [held.notice.id]


def test_a_key_is_replaced_and_revoked(held: Held, root: Browser) -> None:
    act(root, KEYS, "replace", held.key.kid)
    assert [key.state for key in held.store.keys.all()] == ["active", "next"]
    act(root, KEYS, "revoke", held.key.kid)
    assert held.key.kid in [key.kid for key in held.store.keys.all() if key.state == "revoked"]
    assert [entry.object_id for entry in LogEntry.objects.all()] == [held.key.kid] * 2


def test_all_that_a_client_was_given_ends_by_one_entry(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much that is: nothing is listed for it."""
    written: list[str] = []
    kind = type(held.store.journal)
    write = kind.revoke_until_now

    def noted(own: Any, key: str, end: datetime) -> None:
        written.append(key)
        write(own, key, end)

    monkeypatch.setattr(kind, "revoke_until_now", noted)
    for part in (held.store.consents, held.store.authorizations):
        monkeypatch.setattr(type(part), "find", None)
    clients.void(CLIENT)
    assert written == [journal.client(CLIENT)]
    assert held.store.authorizations.get(held.authorization.id, NOW) is None


DOES: Mapping[str, tuple[Callable[[Browser, Held], object], Callable[[Held], bool], str]] = {
    "revoke": (
        lambda browser, held: act(browser, GIVEN, "revoke", held.authorization.id),
        lambda held: held.store.authorizations.get(held.authorization.id, NOW) is None,
        "support",
    ),
    "withdraw": (
        lambda browser, held: act(browser, CONSENTS, "withdraw", held.consent.id),
        lambda held: held.store.consents.of_id(held.consent.id) is None,
        "support",
    ),
    "try again": (
        lambda browser, held: act(browser, NOTICES, "try_again", held.notice.id),
        lambda held: held.store.outbox.clients_owed(1) == [TOLD],
        "support",
    ),
    "replace": (
        lambda browser, held: act(browser, KEYS, "replace", held.key.kid),
        lambda held: len(held.store.keys.all()) == 2,
        "key manager",
    ),
    "revoke a key": (
        lambda browser, held: act(browser, KEYS, "revoke", held.key.kid),
        lambda held: held.key.kid in [key.kid for key in held.store.keys.all() if key.state == "revoked"],
        "key manager",
    ),
}
"""What is done, whether it was, and by whom beside superusers."""


@pytest.mark.covers("S71 admin-tokens", "S71 admin-consents")
@pytest.mark.parametrize("role", WHO)
def test_who_ends_it_in_a_table_ends_it_here_and_nobody_else(role: str, held: Held, browser_of: BrowserOf) -> None:
    browser, ended = browser_of(role), {}
    for name, (do, done, _) in DOES.items():
        assert not done(held)
        do(browser, held)
        ended[name] = done(held)
    assert ended == {name: role in ("superuser", by) for name, (*_, by) in DOES.items()}
    assert LogEntry.objects.count() == sum(ended.values())


@pytest.mark.parametrize(("url", "action"), [(CONSENTS, "withdraw"), (GIVEN, "revoke")])
def test_nothing_is_ended_of_somebody_whose_rights_are_more(
    url: str, action: str, held: Held, browser_of: BrowserOf
) -> None:
    """All or nothing: not what is of others, either."""
    User.objects.create_superuser("alice", pk=PERSON)
    others = samples.consent(client_id=CLIENT), samples.authorization(client_id=CLIENT, expires=NOW + DAY)
    held.store.consents.grant(others[0])
    held.store.authorizations.add(others[1])
    row_ids = (others[0].id, held.consent.id) if url == CONSENTS else (others[1].id, held.authorization.id)
    answer = act(browser_of("support"), f"{url}?q={SUBJECT}", action, *row_ids)
    assert "the rights of alice are more than yours" in strip_tags(answer.content.decode())
    assert held.store.consents.of_id(others[0].id) is not None
    assert held.store.consents.of_id(held.consent.id) is not None
    assert held.store.authorizations.causes([others[1].id, held.authorization.id], NOW) == {}
    assert not LogEntry.objects.exists()


def test_what_was_ended_before_the_store_went_away_is_noted(
    held: Held, root: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = samples.authorization(subject=SUBJECT, client_id=CLIENT, expires=NOW + DAY)
    held.store.authorizations.add(more)
    kind = type(held.store.journal)
    write = kind.revoke

    def once(own: Any, key: str, end: datetime) -> None:
        if key == journal.authorization(more.id):
            raise Unavailable(timedelta(seconds=2))
        write(own, key, end)

    monkeypatch.setattr(kind, "revoke", once)
    root.raise_request_exception = False
    answer = act(root, GIVEN, "revoke", held.authorization.id, more.id)
    assert answer.status_code == 503
    assert list(held.store.authorizations.causes([held.authorization.id, more.id], NOW)) == [held.authorization.id]
    assert [entry.object_id for entry in LogEntry.objects.all()] == [held.authorization.id]
