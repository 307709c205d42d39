"""Sign-ins that end in SQL, and what hangs on them in DynamoDB: on a real server of each."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from django.db import transaction

from accounts import sessions
from accounts.ground import clock
from accounts.ground.dynamodb.client import client_of
from accounts.ground.dynamodb.service import Service
from accounts.ground.dynamodb.state import State
from accounts.ground.unavailable import Unavailable
from accounts.models import LoginSession, User
from accounts.sessions.sign_ins import SignIn, authentication
from accounts.signals import is_owed
from tests.stores import samples
from tests.stores.dynamodb.failing import publisher
from tests.stores.dynamodb.own import Settings
from tests.support import builders
from tokens import models, stores
from tokens.conf import CLOCK_MARGIN
from tokens.protocol import journal
from tokens.protocol.records import Authorization
from tokens.stores.base import Store
from tokens.stores.dynamodb import endings
from tokens.stores.dynamodb.creating import Tables
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
def client(db: None, operator: Any, own: Settings) -> Any:
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


def given(store: Store, login: LoginSession, client_id: str = "0.client") -> Authorization:
    """What a client is given by it, if it is."""
    authorization = builders.authorization(
        client_id=client_id,
        sid=login.sid,
        subject=str(login.user_id),
        root_at=login.root_at,
        expires=datetime.now(UTC) + DAY,
    )
    store.authorizations.add(authorization)
    return authorization


REFUSED = ClientError({"Error": {"Code": "ValidationException", "Message": "Item size has exceeded"}}, "PutItem")
FAILURES = pytest.mark.parametrize(
    ("error", "counted", "told"),
    [
        (Unavailable(SKEW), "unavailable", "unavailable"),
        (REFUSED, "refused", "PutItem is refused: ValidationException"),
    ],
    ids=["unavailable", "refused"],
)


def failing(store: Store, monkeypatch: pytest.MonkeyPatch, error: Exception, subject: str) -> None:
    """What this person's end queues fails so."""
    real = type(store.outbox)._queue  # type: ignore[attr-defined]  # this store's

    def queue(self: Any, queued: Any, now: datetime, recheck: Any) -> None:
        if any(item["subject"] == subject for item in recheck.values()):
            raise error
        real(self, queued, now, recheck)

    monkeypatch.setattr(type(store.outbox), "_queue", queue)


def tell_lost(store: Store, go_on: Callable[[], bool] = always) -> dict[str, int]:
    """What became of how many; nothing of what there was none."""
    assert store.endings is not None
    return {kind: count for kind, count in store.endings.tell_lost(go_on).items() if count}


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
    monkeypatch.setattr(endings, "LOST", timedelta(hours=1))
    assert tell_lost(store) == {}, "it may be that of a request under way"
    monkeypatch.setattr(endings, "LOST", timedelta())
    assert tell_lost(store, lambda: False) == {}
    assert tell_lost(store) == {"ending": 1}
    assert not works(store, held)
    assert tell_lost(store) == {}


@FAILURES
def test_one_that_fails_holds_up_nobody_behind_it(
    error: Exception,
    counted: str,
    told: str,
    use: Callable[..., Store],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Page by page, of one row each."""
    store, logins = use(), [signed_in(builders.person(name)) for name in ("alice", "bob", "carol")]
    held = [given(store, login) for login in logins]
    for login in logins:
        sessions.end_all(login.user)
    monkeypatch.setattr(endings, "LOST", timedelta())
    monkeypatch.setattr(endings, "PAGE", 1)
    with monkeypatch.context() as patch:
        failing(store, patch, error, str(logins[0].user_id))
        for others in ({"ending": 2}, {}):
            assert tell_lost(store) == {**others, counted: 1}
    assert [works(store, each) for each in held] == [True, False, False]
    assert f"is owed to DynamoDB ({told}" in caplog.text
    assert tell_lost(store) == {"ending": 1}
    assert not works(store, held[0])


@FAILURES
def test_who_signs_out_is_told_of_no_failure(
    error: Exception,
    counted: str,
    told: str,
    alice: User,
    use: Callable[..., Store],
    django_capture_on_commit_callbacks: Commits,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = use()
    login = signed_in(alice)
    failing(store, monkeypatch, error, str(alice.pk))
    with django_capture_on_commit_callbacks(execute=True):
        sessions.end(login.sid)
    assert models.Ending.objects.count() == 1
    assert is_owed([str(login.user_id)])
    assert not is_owed([str(builders.person("bob").pk)])
    models.Ending.objects.all().delete()
    assert not is_owed([str(login.user_id)])


def test_an_end_that_is_told_late_says_nothing_of_sign_ins_from_after_it(
    alice: User, use: Callable[..., Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does who looks once more. Each sign-in went to a client where the other was not."""
    store = use()
    for name in ("before", "after"):
        store.clients.add(samples.client(client_id=name, backchannel_logout_uri=f"https://{name}.example/out"))
    publisher(store).publish(always)
    before = given(store, signed_in(alice), "before")
    sessions.end_all(alice)  # what waits for the commit is never done
    after = given(store, signed_in(alice), "after")
    monkeypatch.setattr(endings, "LOST", timedelta())
    monkeypatch.setattr(endings, "recheck_after", timedelta)
    assert tell_lost(store) == {"ending": 1}
    assert store.outbox.queue_late(10) == 1
    assert [works(store, before), works(store, after)] == [False, True]
    assert [len(store.outbox.of_client(name, 10)) for name in ("before", "after")] == [1, 0]


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
    assert "of a sign-in is owed to DynamoDB (unavailable)" in caplog.text
    monkeypatch.setattr(endings, "LOST", timedelta())
    assert tell_lost(store) == {"ending": 1}
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


@pytest.mark.usefixtures("reckoned")
def test_the_databases_clock_is_known_as_soon_as_it_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "connection", SimpleNamespace(vendor="postgresql"))
    assert not clock.is_the_databases()
    clock.tell(1_800_000_000.0, 1.0, 1.0)
    assert clock.is_the_databases()
    monkeypatch.setattr(clock, "_offset", None)
    monkeypatch.setattr(clock, "connection", SimpleNamespace(vendor="sqlite"))
    assert clock.is_the_databases()
