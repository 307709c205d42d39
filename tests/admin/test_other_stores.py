"""Consents, authorizations, notices, keys and runs in the admin, where the store has none of them in a table."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client as Browser
from django.utils.html import strip_tags

from accounts.ground.dynamodb.service import Service
from accounts.ground.unavailable import Unavailable
from accounts.models import User
from tests.admin.other_stores import (
    CLIENT,
    CONSENTS,
    DAY,
    GIVEN,
    KEYS,
    NOTICES,
    RUNS,
    SUBJECT,
    TASK,
    TOLD,
    WHO,
    Held,
    act,
    held,
    ids,
    lists,
    page,
    root,
    state,
    walked,
)
from tests.admin.staff import BrowserOf
from tests.stores import samples
from tests.stores.samples import IMPOSSIBLE
from tests.stores.suite.outbox import owe
from tests.support.dynamodb import on_dynamodb, own_tables
from tokens.admin import records_list

__all__ = ["held", "on_dynamodb", "own_tables", "root"]
NOW = datetime.now(UTC)


def test_each_is_listed_with_what_there_is_to_say_of_it(held: Held, root: Browser) -> None:
    for url, words in lists(held).items():
        answer = root.get(url)
        assert (answer.status_code, len(ids(answer))) == (200, 1), url
        assert words in strip_tags(answer.content.decode()), url


def test_each_has_a_page_and_a_history(held: Held, root: Browser) -> None:
    for url, words in lists(held).items():
        [row_id] = ids(root.get(url))
        answer = root.get(page(url, row_id))
        assert answer.status_code == 200, url
        assert words in strip_tags(answer.content.decode()), url
        assert root.get(page(url, row_id, "history")).status_code == 200
        assert root.post(page(url, row_id), {"scope": "admin"}).status_code == 403
        assert root.get(page(url, row_id, "delete")).status_code == 403


@pytest.mark.covers("S77 errors")
def test_the_private_half_of_a_key_is_never_shown(held: Held, root: Browser) -> None:
    pages = root.get(KEYS).content.decode() + root.get(page(KEYS, held.key.kid)).content.decode()
    assert held.key.public["n"] in pages
    assert held.key.private
    assert held.key.private not in pages
    assert root.get(f"{KEYS}?private__startswith=a").status_code == 400


@pytest.mark.parametrize("url", [CONSENTS, GIVEN])
def test_what_a_person_allowed_is_found_by_the_person_and_by_a_whole_id(url: str, held: Held, root: Browser) -> None:
    own = held.consent.id if url == CONSENTS else held.authorization.id
    by_client = [own] if held.store.lists_by_client else []
    terms = {SUBJECT: [own], SUBJECT.upper(): [own], own: [own], CLIENT: by_client, own[:-1]: [], "alice": [], "%": []}
    assert {term: ids(root.get(url, {"q": term})) for term in terms} == terms
    help_text = strip_tags(root.get(url).content.decode())
    assert ("A whole user id, client id or id of the row." in help_text) == held.store.lists_by_client


def test_notices_are_found_by_client_and_by_a_whole_id(held: Held, root: Browser) -> None:
    own = held.notice.id
    terms = {TOLD: [own], own: [own], CLIENT: [], f"{own}0": [], held.notice.subject: []}
    assert {term: ids(root.get(NOTICES, {"q": term})) for term in terms} == terms


def test_nothing_is_listed_where_nothing_is_asked(held: Held, root: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def called(*_: Any, **__: Any) -> Any:
        raise AssertionError("the store was asked")

    for part, verb in (("consents", "find"), ("authorizations", "find"), ("outbox", "of_client"), ("runs", "of_task")):
        monkeypatch.setattr(type(getattr(held.store, part)), verb, called)
    for url, hint in ((CONSENTS, "until you search"), (GIVEN, "until you search"), (RUNS, "Choose a task.")):
        answer = root.get(url)
        assert ids(answer) == []
        assert hint in answer.content.decode()
    assert "until you search" in root.get(f"{NOTICES}?state=given_up").content.decode()


NOTHING = (*IMPOSSIBLE, "a_3A1", "task:", "task:-1", f"{TASK}:2", f"{TASK}:{'9' * 30}", ":1", "/")
"""Ids of no record."""


def test_an_id_that_cannot_be_names_nothing(held: Held, root: Browser) -> None:
    root.raise_request_exception = False
    for text in (each.encode(errors="replace").decode() for each in NOTHING):
        for url in (CONSENTS, GIVEN, NOTICES, KEYS, RUNS):
            found = root.get(url, {"task" if url == RUNS else "q": text})
            assert found.status_code in (200, 400), (url, text)
            assert found.status_code == 400 or url == KEYS or ids(found) == [], (url, text)
            shown = root.get(page(url, text)) if text else None
            assert shown is None or shown.status_code in (302, 400, 404), (url, text)
        for url, action in ((CONSENTS, "withdraw"), (GIVEN, "revoke"), (NOTICES, "try_again"), (KEYS, "revoke")):
            assert act(root, url, action, text).status_code in (200, 400), (action, text)
    assert not LogEntry.objects.exists()


def test_pages_hold_every_row_once(held: Held, root: Browser) -> None:
    for number in range(2 * records_list.SIZE):
        held.store.consents.grant(samples.consent(subject=SUBJECT, client_id=f"client {number}"))
        owe(held.store, TOLD)
    for url in (f"{CONSENTS}?q={SUBJECT}", f"{NOTICES}?q={TOLD}"):
        pages = list(walked(root, url))
        assert [len(each) for each in pages] == [25, 25, 1]
        assert len({row for each in pages for row in each}) == 51
        first, *_, last = (link.url for link in root.get(url).context["cl"].links)
        assert first is None
        assert last is not None
        assert ids(root.get(f"{url.partition('?')[0]}{last}")) == pages[1]
        assert "many" in root.get(url).content.decode()


@pytest.mark.parametrize("text", ["zz", "WyIxIl0:1:x", "%ff", "x" * 5000])
def test_a_page_that_we_did_not_link_to_is_the_first(text: str, held: Held, root: Browser) -> None:
    for number in range(records_list.SIZE):
        held.store.consents.grant(samples.consent(subject=SUBJECT, client_id=f"client {number}"))
    elsewhere = root.get(f"{CONSENTS}?q={SUBJECT}").context["cl"].next_url.partition("after=")[2].partition("&")[0]
    for after in (text, elsewhere):
        assert root.get(f"{GIVEN}?q={SUBJECT}&after={after}")["Location"] == f"{GIVEN}?e=1"


def test_a_filter_is_asked_of_some_notices_a_page_and_finds_all(
    held: Held, root: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records_list, "MOST_LOOKED_AT", 52)
    for _ in range(60):
        owe(held.store, TOLD)
    url = f"{NOTICES}?q={TOLD}&state=given_up"
    answer = root.get(url)
    assert ids(answer) == []
    assert "the next page looks further" in answer.content.decode()
    assert list(walked(root, url)) == [[], [held.notice.id]]
    assert [len(each) for each in walked(root, f"{NOTICES}?q={TOLD}&state=waiting")] == [25, 25, 10]
    assert ids(root.get(f"{NOTICES}?q={TOLD}&state=delivered")) == []
    assert len(ids(root.get(f"{NOTICES}?q={TOLD}&state=unknown"))) == 25


def test_a_client_is_looked_for_where_the_store_has_it(held: Held, root: Browser) -> None:
    assert state(root) == "in force"
    client = held.store.clients.get(CLIENT)
    assert client is not None
    held.store.clients.change(replace(client, scope=()), client.updated)
    assert state(root).startswith("suspended: the client may have nothing")
    held.store.clients.delete(CLIENT)
    assert state(root) == "over: the client was disabled or deleted"


@pytest.mark.parametrize("held", ["dynamodb"], indirect=True)
def test_a_page_asks_for_keys_and_costs_no_more_where_there_is_more(
    held: Held, root: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    call = Service._until_answered

    def noted(own: Service, operation: str, *rest: Any) -> Any:
        asked.append(operation)
        return call(own, operation, *rest)

    def calls(url: str) -> int:
        asked.clear()
        assert root.get(url).status_code == 200
        assert set(asked) <= {"get_item", "batch_get_item", "query"}, url
        return len(asked)

    def fill_up() -> None:
        for number in range(2 * records_list.SIZE):
            allowed = {"subject": SUBJECT, "client_id": f"client {number}", "expires": NOW + DAY}
            held.store.consents.grant(samples.consent(**allowed))
            held.store.authorizations.add(samples.authorization(**allowed))
            owe(held.store, TOLD)

    monkeypatch.setattr(Service, "_until_answered", noted)
    pages = [page(url, row_id) for url in lists(held) for row_id in ids(root.get(url))]
    assert max(calls(url) for url in (*lists(held), *pages)) <= 8
    for _ in range(2):
        fill_up()
        # Of authorizations each row's client is asked for.
        assert max(calls(url) for url in lists(held)) <= records_list.SIZE + 8


SEES: Mapping[str, tuple[str, ...]] = {
    CONSENTS: ("support", "auditor"),
    GIVEN: ("support", "auditor"),
    NOTICES: ("support", "auditor"),
    KEYS: ("auditor", "key manager"),
    RUNS: ("support", "auditor", "key manager"),
}


@pytest.mark.parametrize("role", WHO)
def test_who_sees_a_table_sees_the_records_and_nobody_else(role: str, held: Held, browser_of: BrowserOf) -> None:
    root = browser_of("superuser")
    browser = root if role == "superuser" else browser_of(role)
    for url in lists(held):
        own, [row_id] = url.partition("?")[0], ids(root.get(url))
        may = role == "superuser" or role in SEES[own]
        assert (browser.get(url).status_code == 200) == may
        assert (browser.get(page(url, row_id)).status_code == 200) == may
        assert (own in browser.get("/admin/").content.decode()) == may


def test_rights_of_one_kind_show_no_other(held: Held) -> None:
    user = User.objects.create_user("staff", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_consent"))
    browser = Browser()
    browser.force_login(user)
    seen = {url.partition("?")[0]: browser.get(url).status_code for url in lists(held)}
    assert seen == {CONSENTS: 200, GIVEN: 403, NOTICES: 403, KEYS: 403, RUNS: 403}


def test_a_store_that_is_down_is_a_page_that_says_when_to_come_back(
    held: Held, root: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> Any:
        raise Unavailable(timedelta(seconds=2))

    for part in ("consents", "authorizations", "outbox", "keys", "runs"):
        for verb in ("find", "of_id", "of_client", "of_task", "all", "reopen", "tasks"):
            if hasattr(getattr(held.store, part), verb):
                monkeypatch.setattr(type(getattr(held.store, part)), verb, away)
    root.raise_request_exception = False
    asked = [root.get(url) for url in lists(held)]
    asked += [root.get(page(url, "a:1")) for url in lists(held)]
    asked += [act(root, url, action, "a") for url, action in ((CONSENTS, "withdraw"), (GIVEN, "revoke"))]
    asked += [act(root, url, action, "a") for url, action in ((NOTICES, "try_again"), (KEYS, "revoke"))]
    assert [(answer.status_code, answer["Retry-After"]) for answer in asked] == [(503, "2")] * len(asked)
