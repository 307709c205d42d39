"""Password checks have a queue of their own: who waits in it keeps nobody from anything else, and loses nothing."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from threading import Event, Lock
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connections
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.ground.queue import Queue, Waiter
from accounts.models import LoginSession, User
from accounts.sign_in import password_queue, reset_links
from accounts.sign_in.hashers import Argon2
from accounts.sign_in.password_queue import RETRY_AFTER, password_checks
from idp.conf import PASSWORD_WAITERS, SIDES, THREADS_PER_CONNECTION, Deployment
from idp.node import doctor
from idp.node.finding import Size
from tests.support.people import PASSWORD
from tests.support.waiting import until

LOGIN, CHANGE, AGAIN, NEW = (
    f"/accounts/{page}/" for page in ("login", "password/change", "reauthenticate", "password/new")
)
ADD = "/admin/accounts/user/add/"
GOOD = "tin cup on the window sill"
PLACES = 2
LONG = 60.0  # seconds, which end what hangs


class Slow(MD5PasswordHasher):
    """A hasher that takes as long as the test says, and tells how many hash at a time."""

    gate = Event()
    lock = Lock()
    now = most = 0
    places: list[int] = []

    def encode(self, password: str, salt: str) -> str:
        with Slow.lock:
            Slow.now += 1
            Slow.most = max(Slow.most, Slow.now)
            Slow.places.append(_taken())
        assert Slow.gate.wait(LONG)
        with Slow.lock:
            Slow.now -= 1
        return super().encode(password, salt)


@pytest.fixture(autouse=True)
def _slow(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.PASSWORD_HASHERS = [f"{__name__}.Slow"]
    Slow.gate = Event()
    Slow.gate.set()
    Slow.now = Slow.most = 0
    Slow.places = []
    yield
    Slow.gate.set()
    password_checks.cache_clear()


def _queue(monkeypatch: pytest.MonkeyPatch, *, patience: float = LONG, most: int = PASSWORD_WAITERS) -> Queue:
    queue = Queue(places=PLACES, most=most, patience=patience)
    monkeypatch.setattr(password_queue, "password_checks", lambda: queue)
    return queue


def _taken() -> int:
    return password_queue.password_checks()._taken


# --- the queue


def test_who_came_first_goes_on_first() -> None:
    queue = Queue(places=1, most=3, patience=LONG)
    order: list[int] = []

    def go(number: int) -> None:
        assert queue.enter()
        order.append(number)
        queue.leave()

    assert queue.enter()
    with ThreadPoolExecutor(3) as threads:
        for number in range(3):
            threads.submit(go, number)
            until(lambda number=number: len(queue._waiting) == number + 1)  # type: ignore[misc]  # a default is its own
        queue.leave()
    assert order == [0, 1, 2]


def test_one_more_than_may_wait_is_told_at_once() -> None:
    queue = Queue(places=1, most=1, patience=LONG)
    assert queue.enter()
    with ThreadPoolExecutor(1) as threads:
        waiting: Future[bool] = threads.submit(queue.enter)
        until(lambda: len(queue._waiting) == 1)
        assert not queue.enter()
        queue.leave()
        assert waiting.result(LONG)


def test_who_gives_up_leaves_the_place_to_others() -> None:
    queue = Queue(places=1, most=1, patience=0.01)
    assert queue.enter()
    assert not queue.enter()
    queue.leave()
    assert queue.enter()


def test_a_place_that_comes_as_one_gives_up_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is handed on between the end of the wait and the look whether it came."""
    queue = Queue(places=1, most=1, patience=LONG)
    assert queue.enter()
    monkeypatch.setattr(Waiter, "wait", lambda waiter, seconds: queue.leave())
    assert queue.enter()


# --- people


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("people", [32, 100])
def test_everybody_whose_turn_comes_is_signed_in(monkeypatch: pytest.MonkeyPatch, people: int) -> None:
    queue = _queue(monkeypatch)
    User.objects.create_user("alice", "alice@example.org", PASSWORD)
    answers = _at_once(people, lambda: _post(Client(), LOGIN, {"login": "alice", "password": PASSWORD}))
    assert Slow.most <= PLACES
    assert [answer.content.decode() for answer in answers if answer.status_code != 303] == []
    assert queue._taken == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("people", [32, 100])
def test_of_many_at_once_each_is_signed_in_or_told_to_come_back(monkeypatch: pytest.MonkeyPatch, people: int) -> None:
    """The first checks end when everybody whose turn did not come has been answered."""
    User.objects.create_user("alice", "alice@example.org", PASSWORD)
    _queue(monkeypatch, patience=0.05)
    Slow.gate.clear()
    form = {"login": "alice", "password": PASSWORD}
    with ThreadPoolExecutor(people) as threads:
        waiting = [threads.submit(_post, Client(), LOGIN, form) for _ in range(people)]
        until(lambda: sum(each.done() for each in waiting) == people - PLACES)
        told = [each.result() for each in waiting if each.done()]
        Slow.gate.set()
        answers = [each.result(LONG) for each in waiting]
    assert sorted(answer.status_code for answer in answers) == [303] * PLACES + [503] * (people - PLACES)
    assert {answer["Retry-After"] for answer in told} == {RETRY_AFTER}
    assert all('value="alice"' in answer.content.decode() for answer in told)


@pytest.mark.django_db(transaction=True)
def test_whose_turn_does_not_come_is_told_when_to_come_back_and_the_rest_of_the_node_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The checks of the first take until the others have been answered."""
    User.objects.create_user("alice", "alice@example.org", PASSWORD)
    queue = _queue(monkeypatch, patience=0.05)
    Slow.gate.clear()
    form = {"login": "Alice <b>", "password": "xyzzy-not-shown", "remember": "on", "next": "/somewhere/?a=b"}
    with ThreadPoolExecutor(PLACES) as threads:
        first = [
            threads.submit(_post, Client(), LOGIN, {"login": "alice", "password": PASSWORD}) for _ in range(PLACES)
        ]
        until(lambda: Slow.now == PLACES)
        for _ in range(3):
            answer = Client().post(LOGIN, form)
            page = answer.content.decode()
            assert (answer.status_code, answer["Retry-After"]) == (503, RETRY_AFTER)
            assert 'value="Alice &lt;b&gt;"' in page
            assert re.search('<input[^>]* name="remember"[^>]* checked', page)
            assert 'name="next" value="/somewhere/?a=b"' in page
            assert "your password was not looked at" in page
            assert form["password"] not in page
        assert Client().get(LOGIN).status_code == 200
        assert Client().get("/.well-known/openid-configuration").status_code == 200
        Slow.gate.set()
        assert [each.result(LONG).status_code for each in first] == [303] * PLACES
    assert queue._taken == 0


def test_who_is_told_to_come_back_has_spent_nothing(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    person = User.objects.create_user("alice", "alice@example.org", PASSWORD)
    browser = Client()
    browser.force_login(person)
    link = reset_links.make(person, timezone.now()).partition("link=")[2]
    full = Queue(places=0, most=0, patience=0)
    monkeypatch.setattr(password_queue, "password_checks", lambda: full)
    change = {"current_password": PASSWORD, "new_password": GOOD}
    pages = [
        browser.post(CHANGE, change),
        browser.post(AGAIN, {"password": PASSWORD}),
        Client().post(NEW, {"link": link, "password": GOOD}),
    ]
    assert [(page.status_code, page["Retry-After"]) for page in pages] == [(503, RETRY_AFTER)] * 3
    assert not any(text in page.content.decode() for page in pages for text in (PASSWORD, GOOD))
    assert f'value="{link}"' in pages[2].content.decode()
    _queue(monkeypatch)
    assert Client().post(NEW, {"link": link, "password": GOOD}).status_code == 303


@pytest.mark.parametrize("page", [LOGIN, CHANGE, AGAIN, NEW, ADD])
def test_a_page_that_is_only_looked_at_waits_for_nobody(db: None, monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    full = Queue(places=0, most=0, patience=0)
    monkeypatch.setattr(password_queue, "password_checks", lambda: full)
    browser = Client()
    if page != LOGIN:
        browser.force_login(User.objects.create_superuser("root", password=PASSWORD))
    assert browser.get(page).status_code != 503


def test_in_the_admin_it_is_as_where_the_node_has_no_room(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    root = User.objects.create_superuser("root")
    browser = Client()
    browser.force_login(root)
    full = Queue(places=0, most=0, patience=0)
    monkeypatch.setattr(password_queue, "password_checks", lambda: full)
    answer = browser.post(f"/admin/accounts/user/{root.pk}/password/", {"password1": GOOD, "password2": GOOD})
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")


Way = Callable[[Client, User], Any]
WAYS: dict[str, Way] = {
    "right": lambda browser, person: Client().post(LOGIN, {"login": "alice", "password": PASSWORD}),
    "wrong": lambda browser, person: Client().post(LOGIN, {"login": "alice", "password": "x"}),
    "unknown": lambda browser, person: Client().post(LOGIN, {"login": "nobody", "password": "x"}),
    "again": lambda browser, person: browser.post(AGAIN, {"password": "x"}),
    "change": lambda browser, person: browser.post(CHANGE, {"current_password": PASSWORD, "new_password": GOOD}),
    "reset link": lambda browser, person: Client().post(
        NEW, {"link": reset_links.make(person, timezone.now()).partition("link=")[2], "password": GOOD}
    ),
    "admin: add": lambda browser, person: browser.post(
        ADD, {"username": "bob", "usable_password": "true", "password1": GOOD, "password2": GOOD}
    ),
    "admin: confirm": lambda browser, person: _when_signed_in_long_ago(browser, person).post(
        f"/admin/accounts/user/{person.pk}/change/", {"confirm-password": "x"}
    ),
    "admin: password": lambda browser, person: browser.post(
        f"/admin/accounts/user/{person.pk}/password/",
        {"usable_password": "true", "password1": GOOD, "password2": GOOD},
    ),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_whatever_hashes_has_a_place_and_gives_it_back(db: None, monkeypatch: pytest.MonkeyPatch, way: Way) -> None:
    queue = _queue(monkeypatch)
    person = User.objects.create_superuser("alice", "alice@example.org", PASSWORD)
    browser = Client()
    browser.force_login(person)
    Slow.places.clear()
    way(browser, person)
    assert Slow.places
    assert set(Slow.places) == {1}
    assert queue._taken == 0


RIGHT: dict[str, Way] = {
    **{name: way for name, way in WAYS.items() if name not in ("wrong", "unknown", "again", "admin: confirm")},
    "again": lambda browser, person: browser.post(AGAIN, {"password": PASSWORD}),
    "admin: confirm": lambda browser, person: _when_signed_in_long_ago(browser, person).post(
        "/admin/accounts/peoplegroup/add/", {"name": "bakers", "confirm-password": PASSWORD}
    ),
    "switched off": lambda browser, person: _switched_off(person).post(LOGIN, {"login": "alice", "password": PASSWORD}),
}


@pytest.mark.covers("S6")
@pytest.mark.parametrize("way", RIGHT.values(), ids=RIGHT)
def test_no_password_is_sent_on_to_where_its_answer_leads(db: None, way: Way) -> None:
    """RFC 9700 §4.12: 303, whatever judged it."""
    person = User.objects.create_superuser("alice", "alice@example.org", PASSWORD)
    browser = Client()
    browser.force_login(person)
    assert way(browser, person).status_code == 303


def test_a_view_that_breaks_gives_its_place_back(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = _queue(monkeypatch)

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(User.objects, "by_identifier", broken)
    answer = Client(raise_request_exception=False).post(LOGIN, {"login": "alice", "password": PASSWORD})
    assert (answer.status_code, queue._taken) == (500, 0)


# --- the node


@pytest.mark.parametrize("role", SIDES)
def test_who_waits_takes_no_thread_from_the_others(role: Any) -> None:
    """All who may wait and all others find a thread."""
    deployment = Deployment(role=role)
    others = deployment.database_pool * THREADS_PER_CONNECTION
    assert deployment.threads - others == (PASSWORD_WAITERS if "front" in deployment.sides else 0)
    assert django_settings.MOST_WAITING == PASSWORD_WAITERS


def test_the_cores_are_shared_among_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)))
    places = [Deployment(workers=workers).password_places for workers in (1, 2, 3, 8, 100)]
    assert places == [8, 4, 2, 1, 1]
    assert Deployment(password_checks=5, workers=8).password_places == 5


@pytest.mark.parametrize(("memory", "level"), [(1000, "ok"), (700, "warning")])
def test_doctor_says_what_memory_the_checks_take(monkeypatch: pytest.MonkeyPatch, memory: int, level: str) -> None:
    monkeypatch.setattr(doctor, "deployment", Deployment(password_checks=4))
    monkeypatch.setattr(doctor, "_memory", lambda: memory)
    monkeypatch.setattr(Argon2, "memory_cost", 46 * 1024)
    [found] = doctor.password_memory(Size(nodes=1, workers=2))
    assert found.level == level
    assert "2 workers x 4 password checks take 368 MiB" in found.text


def test_who_makes_no_pages_checks_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "deployment", Deployment(role="back"))
    assert not list(doctor.password_memory(Size(nodes=1, workers=1)))


def _post(browser: Client, path: str, form: dict[str, str]) -> Any:
    try:
        return browser.post(path, form)
    finally:
        connections.close_all()


def _switched_off(person: User) -> Client:
    User.objects.filter(pk=person.pk).update(is_active=False)
    return Client()


def _when_signed_in_long_ago(browser: Client, person: User) -> Client:
    LoginSession.objects.filter(user=person).update(auth_time=timezone.now() - timedelta(hours=1))
    return browser


def _at_once(number: int, call: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(number) as threads:
        return [each.result(LONG) for each in [threads.submit(call) for _ in range(number)]]
