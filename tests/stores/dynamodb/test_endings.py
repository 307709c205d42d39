"""Sign-ins that end in SQL, and what hangs on them in DynamoDB: on a real server of each."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction

from accounts import sessions
from accounts.ground import clock
from accounts.models import LoginSession, User
from accounts.sessions.sign_ins import SignIn, authentication
from tests.stores.dynamodb.own import Settings
from tests.support import builders
from tokens import models, stores
from tokens.conf import CLOCK_MARGIN
from tokens.protocol import journal
from tokens.protocol.records import Authorization
from tokens.stores.base import Store
from tokens.stores.base.unavailable import Unavailable
from tokens.stores.dynamodb import endings
from tokens.stores.dynamodb.client import client_of
from tokens.stores.dynamodb.creating import Tables
from tokens.stores.dynamodb.endings import Endings
from tokens.stores.dynamodb.service import Service
from tokens.stores.dynamodb.state import State
from tokens.stores.dynamodb.store import store_of

DAY = timedelta(days=1)
SKEW = timedelta(seconds=5)
Commits = Callable[..., Any]
"""What waits for the commit is done at the end of such a block."""

pytestmark = pytest.mark.django_db


def always() -> bool:
    return True


class Calls:
    """The operations that were asked for."""

    def __init__(self, client: Any) -> None:
        self.made: list[str] = []
        client.meta.events.register("before-send.dynamodb", self._note)

    def _note(self, request: Any, **_: Any) -> None:
        self.made.append(str(request.headers["X-Amz-Target"]))


@pytest.fixture
def client(operator: Any, own: Settings) -> Any:
    Tables(operator, own()).create()
    return client_of(own(), 1)


@pytest.fixture
def use(client: Any, own: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Store]:
    """Makes this process a node whose machine's clock is off by so much, and which may know another one."""

    def used(off: timedelta = timedelta(), margin: timedelta = timedelta()) -> Store:
        state = State(Service(client), own().prefix, "0", lambda: clock.now() + off, lambda: margin)
        store = store_of(state)
        monkeypatch.setattr(stores, "_of_path", lambda path: store)
        return store

    return used


@pytest.fixture
def alice() -> User:
    return builders.person("alice")


def signed_in(user: User) -> LoginSession:
    proof = authentication(clock.now(), ("password",))
    login = sessions.sign_ins().start(user, SignIn(authentication=proof, device="", remembered=False), clock.now())
    assert login is not None
    return login


def given(store: Store, login: LoginSession) -> Authorization:
    """What a client is given by it, if it is."""
    authorization = builders.authorization(
        sid=login.sid, subject=str(login.user_id), root_at=login.root_at, expires=datetime.now(UTC) + DAY
    )
    store.authorizations.add(authorization)
    return authorization


def works(store: Store, authorization: Authorization) -> bool:
    return store.authorizations.get(authorization.id, datetime.now(UTC)) is not None


def end(login: LoginSession) -> None:
    sessions.end(login.sid)


def end_all(login: LoginSession) -> None:
    sessions.end_all(login.user)


def disable(login: LoginSession) -> None:
    login.user.is_active = False
    login.user.save()


ENDS = pytest.mark.parametrize("ends", [end, end_all, disable])


@ENDS
def test_no_row_is_locked_while_the_service_is_asked_and_it_knows_before_the_answer(
    ends: Callable[[LoginSession], None],
    alice: User,
    client: Any,
    use: Callable[..., Store],
    django_capture_on_commit_callbacks: Commits,
) -> None:
    store = use()
    held = given(store, login := signed_in(alice))
    calls = Calls(client)
    with django_capture_on_commit_callbacks() as committed:
        ends(login)
        assert calls.made == []
        assert models.Ending.objects.count() == 1
    for each in committed:
        each()
    assert calls.made
    assert not works(store, held)
    assert not models.Ending.objects.exists()


@ENDS
def test_what_is_rolled_back_was_never_said(
    ends: Callable[[LoginSession], None],
    alice: User,
    use: Callable[..., Store],
    django_capture_on_commit_callbacks: Commits,
) -> None:
    store = use()
    held = given(store, login := signed_in(alice))
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        ends(login)
        transaction.set_rollback(True)
    assert works(store, held)
    assert not models.Ending.objects.exists()


@ENDS
def test_what_was_lost_between_the_commit_and_the_service_is_told_by_the_task(
    ends: Callable[[LoginSession], None], alice: User, use: Callable[..., Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = use()
    held = given(store, login := signed_in(alice))
    ends(login)  # what waits for the commit is never done
    assert works(store, held)
    assert store.endings is not None
    assert store.endings.tell_lost(always) == {"ending": 0}, "it may be that of a request under way"
    monkeypatch.setattr(endings, "LOST", timedelta())
    assert store.endings.tell_lost(lambda: False) == {"ending": 0}
    assert store.endings.tell_lost(always) == {"ending": 1}
    assert not works(store, held)
    assert store.endings.tell_lost(always) == {"ending": 0}


def test_a_service_that_is_away_is_owed_it(
    alice: User,
    use: Callable[..., Store],
    django_capture_on_commit_callbacks: Commits,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = use()
    held = given(store, login := signed_in(alice))

    def away(*_: Any) -> None:
        raise Unavailable(SKEW)

    with monkeypatch.context() as patch:
        patch.setattr(type(store.journal), "revoke_until", away)
        with django_capture_on_commit_callbacks(execute=True):
            assert sessions.end_all(login.user) == 1
    assert "the end of a sign-in is owed to DynamoDB (Unavailable)" in caplog.text
    monkeypatch.setattr(endings, "LOST", timedelta())
    assert isinstance(store.endings, Endings)
    store.endings.tell_lost(always)
    assert not works(store, held)


@pytest.mark.parametrize("off", [-SKEW, SKEW], ids=["5 s behind", "5 s ahead"])
def test_whatever_clock_a_node_has_the_old_is_void_and_the_new_works_at_once(
    off: timedelta, alice: User, use: Callable[..., Store], django_capture_on_commit_callbacks: Commits
) -> None:
    """Sign-ins are dated by SQL, on whichever node, and so is the instant up to which they are void."""
    store = use(off)
    before = given(store, login := signed_in(alice))
    with django_capture_on_commit_callbacks(execute=True):
        sessions.end_all(login.user)
    assert not works(store, before)
    assert works(store, given(store, signed_in(alice)))


def test_a_browser_that_changed_the_password_goes_on(
    alice: User, use: Callable[..., Store], django_capture_on_commit_callbacks: Commits
) -> None:
    store = use()
    before = given(store, login := signed_in(alice))
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        alice.set_password("another one, long enough")
        alice.save()
        assert sessions.sign_ins().renew(login, alice, authentication(clock.now(), ("password",)))
    assert not works(store, before)
    assert works(store, given(store, LoginSession.objects.get(sid=login.sid)))


@pytest.mark.parametrize(("margin", "is_void"), [(timedelta(), False), (CLOCK_MARGIN, True)])
def test_a_node_that_knows_no_clock_for_all_voids_rather_too_much(
    margin: timedelta, is_void: bool, alice: User, use: Callable[..., Store]
) -> None:
    """5 s behind it would leave what was given a moment before."""
    store = use(-SKEW, margin)
    held = given(store, signed_in(alice))
    store.journal.revoke_until_now(journal.client(held.client_id), datetime.now(UTC) + DAY)
    assert works(store, held) is not is_void


def test_an_instant_never_moves_back_whichever_node_says_it(alice: User, use: Callable[..., Store]) -> None:
    key, later = journal.client("0.client"), datetime.now(UTC) + DAY
    use(SKEW).journal.revoke_until_now(key, later)
    store = use(-SKEW)
    store.journal.revoke_until_now(key, later)
    assert not works(store, given(store, signed_in(alice)))


def test_the_databases_clock_is_known_as_soon_as_it_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_offset", None)
    monkeypatch.setattr(clock, "connection", SimpleNamespace(vendor="postgresql"))
    assert not clock.is_the_databases()
    clock.tell(1_800_000_000.0, 1.0, 1.0)
    assert clock.is_the_databases()
    monkeypatch.setattr(clock, "_offset", None)
    monkeypatch.setattr(clock, "connection", SimpleNamespace(vendor="sqlite"))
    assert clock.is_the_databases()
