"""The link that the drills cut: it loses nothing, tells nobody, and gives all when it heals."""

import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from idp.local.processes import LOOPBACK
from tests.drills.link import BOTH, Link, Way, link

LONG, SHORT = 10.0, 0.2
"""Seconds for what comes, and for what does not."""


class Ends:
    """A client and its server, with the link between them."""

    def __init__(self, between: Link, server: socket.socket) -> None:
        self.link = between
        self.client = socket.create_connection((LOOPBACK, between.port), LONG)
        self.server, _ = server.accept()
        self.server.settimeout(LONG)


@pytest.fixture
def ends() -> Iterator[Ends]:
    with socket.create_server((LOOPBACK, 0)) as listener, link(listener.getsockname()[1]) as between:
        listener.settimeout(LONG)
        made = Ends(between, listener)
        with made.client, made.server:
            yield made


def silent(end: socket.socket) -> bool:
    end.settimeout(SHORT)
    try:
        end.recv(100)
    except TimeoutError:
        return True
    finally:
        end.settimeout(LONG)
    return False


def test_it_carries_what_is_sent_either_way_and_the_end_too(ends: Ends) -> None:
    ends.client.sendall(b"question")
    assert ends.server.recv(100) == b"question"
    ends.server.sendall(b"answer")
    assert ends.client.recv(100) == b"answer"
    assert ends.link.carried == len(b"answer")
    ends.client.shutdown(socket.SHUT_WR)
    assert ends.server.recv(100) == b""


@pytest.mark.parametrize("ways", [(Way.THERE,), (Way.BACK,), BOTH])
def test_cut_it_carries_nothing_on_these_ways_and_all_of_it_once_it_heals(ends: Ends, ways: tuple[Way, ...]) -> None:
    sides = ((ends.server, Way.THERE, b"question"), (ends.client, Way.BACK, b"answer"))
    ends.link.cut(ways)
    ends.client.sendall(b"question")
    ends.server.sendall(b"answer")
    for end, way, told in sides:
        assert silent(end) if way in ways else end.recv(100) == told
    ends.link.heal()
    for end, way, told in sides:
        assert way not in ways or end.recv(100) == told


def test_cut_it_takes_no_connection_and_refuses_none(ends: Ends) -> None:
    ends.link.cut(BOTH)
    with closing(socket.socket()) as late:
        late.settimeout(SHORT)
        with pytest.raises(TimeoutError):
            late.connect((LOOPBACK, ends.link.port))
    ends.link.heal()
    socket.create_connection((LOOPBACK, ends.link.port), LONG).close()


def test_who_went_away_while_it_was_cut_is_known_to_have_sent_something(ends: Ends) -> None:
    ends.link.cut(BOTH)
    ends.client.sendall(b"COMMIT")
    ends.client.close()
    assert silent(ends.server)
    ends.link.heal()
    assert ends.server.recv(100) == b"COMMIT"
    assert ends.server.recv(100) == b""
