"""A thread stays with its connection as long as there is more to answer on it, and no longer."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from gunicorn.config import Config
from gunicorn.workers.gthread import TConn, ThreadWorker

from idp.node import worker
from idp.node.worker import Worker

REQUEST = b"GET / HTTP/1.1\r\nHost: idp.example\r\n\r\n"


class Tried:
    """A worker of one thread, whose requests are answered by nobody, and one connection."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, answers: list[object]) -> None:
        self.client, server = socket.socketpair()
        self.conn = TConn(Config(), server, ("127.0.0.1", 1), ("127.0.0.1", 2))
        self.conn.init()
        self.worker = Worker.__new__(Worker)
        self.worker.alive = True
        self.worker.tpool = ThreadPoolExecutor(1)
        self.answered, self.has_answered = 0, Event()
        self._answers = answers
        monkeypatch.setattr(ThreadWorker, "handle", lambda _, conn: self._answer(conn))

    def _answer(self, conn: TConn) -> object:
        next(conn.parser)
        self.answered += 1
        self.has_answered.set()
        return self._answers.pop(0)

    def close(self) -> None:
        self.worker.tpool.shutdown()
        self.client.close()
        self.conn.sock.close()


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tried]:
    made = Tried(monkeypatch, [True, True, True])
    yield made
    made.close()


def test_requests_that_are_there_are_answered_one_after_another(tried: Tried, monkeypatch: pytest.MonkeyPatch) -> None:
    tried.client.sendall(REQUEST * 3)
    monkeypatch.setattr(worker, "LINGER", 0)
    assert tried.worker.handle(tried.conn) is True
    assert tried.answered == 3


def test_one_that_comes_in_time_is_waited_for(tried: Tried, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "LINGER", 10_000)
    tried.client.sendall(REQUEST)
    answers: list[object] = [True, False]
    tried._answers[:] = answers
    with ThreadPoolExecutor(1) as thread:
        done = thread.submit(tried.worker.handle, tried.conn)
        tried.has_answered.wait()
        tried.client.sendall(REQUEST)
        assert done.result() is False
    assert tried.answered == 2


def test_a_connection_without_more_is_given_back(tried: Tried, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "LINGER", 0)
    tried.client.sendall(REQUEST)
    assert tried.worker.handle(tried.conn) is True
    assert tried.answered == 1


@pytest.mark.parametrize("said", [False, object()], ids=["closed", "put off"])
def test_one_that_is_closed_or_put_off_is_not_asked_again(tried: Tried, said: object) -> None:
    tried._answers[0] = said
    tried.client.sendall(REQUEST * 2)
    assert tried.worker.handle(tried.conn) is said
    assert tried.answered == 1


def test_who_waits_for_a_thread_goes_first(tried: Tried) -> None:
    over = Event()
    for _ in range(2):
        tried.worker.tpool.submit(over.wait)
    tried.client.sendall(REQUEST * 2)
    try:
        assert tried.worker.handle(tried.conn) is True
    finally:
        over.set()
    assert tried.answered == 1


def test_a_worker_that_stops_takes_no_more(tried: Tried) -> None:
    tried.worker.alive = False
    tried.client.sendall(REQUEST * 2)
    assert tried.worker.handle(tried.conn) is True
    assert tried.answered == 1
