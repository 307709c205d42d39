"""What other people's code says of a failure, in our log: its kind and its place, and nothing of what it was given."""

import ast
import io
import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery.app.trace import LOG_FAILURE
from django.core.exceptions import SuspiciousOperation, ValidationError
from django.db import DatabaseError, connection, transaction
from django.forms import CharField
from django.http import QueryDict
from django.test import Client
from joserfc.errors import JoseError
from psycopg import errors
from redis.exceptions import ResponseError

from accounts.models import User
from idp.node import log_lines
from idp.node.log_lines import LineFormatter, told
from tests.support.builders import save_code
from tests.support.endpoints import post
from tests.support.messages import TOKEN, Registered, basic, code_form
from tokens import issuer
from tokens.fetch import FetchFailed

NEEDLE = "n33dle-in-a-haystack"

pytestmark = pytest.mark.covers("S77 logs")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the process writes, at every level, by the settings that a node has."""
    [console] = [each for each in logging.getLogger().handlers if isinstance(each.formatter, LineFormatter)]
    assert isinstance(console, logging.StreamHandler)
    written, root = io.StringIO(), logging.getLogger()
    before, level = console.setStream(written), root.level
    root.setLevel(logging.DEBUG)
    yield written
    root.setLevel(level)
    console.setStream(before)


# --- What may fail, with the needle in it


def _in_the_database() -> None:
    with transaction.atomic():
        for _ in range(2):
            User.objects.create(username=NEEDLE)


def _in_a_statement() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT '{NEEDLE}' FROM nowhere_{NEEDLE.replace('-', '_')}")  # noqa: S608 it is to fail


def _by_its_detail() -> None:
    raise errors.UniqueViolation(f"duplicate key\nDETAIL:  Key (username)=({NEEDLE}) already exists.")


def _in_redis() -> None:
    raise ResponseError(f"unknown command `{NEEDLE}`")


def _in_a_jwt() -> None:
    raise JoseError(f"Invalid claim: {NEEDLE}")


def _in_a_form() -> None:
    field = CharField(max_length=3, error_messages={"max_length": f"{NEEDLE} is too long"})
    field.clean(NEEDLE)


def _in_a_note() -> None:
    error = ValueError(NEEDLE)
    error.add_note(NEEDLE)
    raise error


def _in_a_chain() -> None:
    try:
        json.loads(f'{{"token": {NEEDLE}}}')
    except ValueError as error:
        raise FetchFailed("ours") from error


def _while_another_was_handled() -> None:
    try:
        _in_redis()
    except ResponseError:
        raise FetchFailed("ours")  # noqa: B904 the other is its context


def _in_a_group() -> None:
    raise ExceptionGroup(NEEDLE, [ValueError(NEEDLE), ExceptionGroup(NEEDLE, [KeyError(NEEDLE)])])


def _raises(error: BaseException) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


FAILURES: dict[str, Callable[[], Any]] = {
    "a row that is there already": _in_the_database,
    "a statement": _in_a_statement,
    "DETAIL of a row": _by_its_detail,
    "Redis": _in_redis,
    "a JWT": _in_a_jwt,
    "JSON": lambda: json.loads(f"{{{NEEDLE}"),
    "Django's form": _in_a_form,
    "Django's errors": _raises(ValidationError({"password": [NEEDLE]})),
    "a suspicious operation": _raises(SuspiciousOperation(NEEDLE)),
    "a member that is not there": lambda: QueryDict("")[NEEDLE],
    "a number": lambda: int(NEEDLE),
    "a literal": lambda: ast.literal_eval(f"{NEEDLE} ="),
    "an encoding": lambda: f"{NEEDLE}\udcff".encode(),
    "a file": lambda: open(f"/nowhere/{NEEDLE}"),  # noqa: SIM115 it is to fail
    "a host": _raises(socket.gaierror(-2, NEEDLE)),
    "a note": _in_a_note,
    "a cause": _in_a_chain,
    "a context": _while_another_was_handled,
    "a group": _in_a_group,
}


def raised(fail: Callable[[], Any]) -> BaseException:
    try:
        fail()
    except Exception as error:
        return error
    raise AssertionError("it does not fail")


# --- Where it may fail


def in_a_request(fail: Callable[[], Any], monkeypatch: pytest.MonkeyPatch, web: Registered, person: User) -> None:
    monkeypatch.setattr(issuer, "_id_token", lambda *_, **__: fail())
    code, _ = save_code(web.client_id, str(person.pk))
    sender = Client(raise_request_exception=False)
    assert post(sender, TOKEN, code_form(web, code), basic(web.client_id, web.client_secret)).status_code >= 400


def in_a_task(fail: Callable[[], Any], *_: Any) -> None:
    """As Celery tells of one."""
    error = raised(fail)
    context = {"name": "tokens.rotate_keys", "id": "1", "description": "raised unexpected", "exc": repr(error)}
    context |= {"args": NEEDLE, "kwargs": NEEDLE, "traceback": NEEDLE, "hostname": "worker"}
    exc_info = (type(error), error, error.__traceback__)
    logging.getLogger("celery.app.trace").error(LOG_FAILURE, context, exc_info=exc_info)


def in_a_thread(fail: Callable[[], Any], monkeypatch: pytest.MonkeyPatch, *_: Any) -> None:
    error = raised(fail)

    def end() -> None:
        raise error

    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    log_lines.tell_of_threads()
    thread = threading.Thread(target=end, name="a thread")
    thread.start()
    thread.join()


def by_a_library(fail: Callable[[], Any], *_: Any) -> None:
    error = raised(fail)
    logger = logging.getLogger("psycopg.pool")
    logger.warning("error connecting in %r: %s", NEEDLE, error)
    logger.warning(error)
    logger.warning(f"an f-string: {error} {NEEDLE}")
    logger.debug("Dispatching %(token)s", {"token": NEEDLE})
    logger.exception("it failed: %s", str(error), exc_info=error)


WHERE: dict[str, Callable[..., None]] = {
    "a request": in_a_request,
    "a task": in_a_task,
    "a thread": in_a_thread,
    "a library": by_a_library,
}


@pytest.mark.parametrize("what", FAILURES)
@pytest.mark.parametrize("where", WHERE)
def test_nothing_that_a_failure_says_of_what_it_was_given_reaches_the_log(
    log: io.StringIO, monkeypatch: pytest.MonkeyPatch, web: Registered, alice: User, where: str, what: str
) -> None:
    WHERE[where](FAILURES[what], monkeypatch, web, alice)
    written = log.getvalue()
    assert [line for line in written.splitlines() if NEEDLE in line] == []
    assert "refused at" in written or "Traceback" in written, "it is told all the same"


# --- What is told all the same


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (errors.UniqueViolation(NEEDLE), "psycopg.errors.UniqueViolation: SQLSTATE 23505"),
        (errors.InvalidPassword("wrong"), "psycopg.errors.InvalidPassword: SQLSTATE 28P01 wrong"),
        (errors.OperationalError("refused"), "psycopg.OperationalError: refused"),
        (ConnectionRefusedError(111, NEEDLE), "ConnectionRefusedError: Connection refused"),
        (DatabaseError(1062, NEEDLE), "django.db.utils.DatabaseError: 1062"),
        (FetchFailed("not https"), "accounts.ground.fetching.FetchFailed: not https"),
        (KeyError(NEEDLE), "KeyError"),
    ],
)
def test_its_kind_and_code_are_told_and_words_where_they_are_ours_or_about_a_connection(
    error: BaseException, line: str
) -> None:
    assert told(error) == line


def test_a_failure_that_others_caused_is_told_from_the_first_to_the_last(log: io.StringIO) -> None:
    error = raised(_in_a_chain)
    logging.getLogger("tokens.x").error("it failed", exc_info=error)
    raised_in_order = [line for line in log.getvalue().splitlines() if line.startswith(("json", "accounts"))]
    assert raised_in_order == ["json.decoder.JSONDecodeError", "accounts.ground.fetching.FetchFailed: ours"]
    assert log.getvalue().count("Traceback") == 2


def test_a_chain_that_bites_its_tail_ends(log: io.StringIO) -> None:
    one, two = ValueError(NEEDLE), ValueError(NEEDLE)
    one.__cause__, two.__cause__ = two, one
    logging.getLogger("tokens.x").error("it failed", exc_info=one)
    assert log.getvalue().count("ValueError") == 2


def test_what_another_handler_made_of_it_is_not_taken_over() -> None:
    error = raised(_in_redis)
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, "m", (), (type(error), error, error.__traceback__))
    assert NEEDLE in logging.Formatter().format(record)
    assert NEEDLE not in LineFormatter().format(record)


@pytest.mark.parametrize(
    ("name", "message", "given", "line"),
    [
        ("celery.beat", "beat: leading %s", ("here",), "beat: leading here"),
        ("celery.worker", "ready", (), "ready"),
        ("django.request", "Internal Server Error: %s", ("/oauth2/token",), "Internal Server Error: /oauth2/token"),
        ("psycopg.pool", "waited %d ms for %r", (5, NEEDLE), "waited 5 ms for '…'"),
        ("oauthlib", f"token {NEEDLE}", (), "a line whose words may hold anything, at test_foreign_words.py:1"),
        ("tokens.x", "client %s", ("0.client",), "client 0.client"),
        ("idpx", "client %s", (NEEDLE,), "client …"),
    ],
)
def test_of_a_line_of_others_what_is_known_to_be_a_name_or_a_number_stays(
    name: str, message: str, given: tuple[object, ...], line: str
) -> None:
    record = logging.LogRecord(name, logging.INFO, __file__, 1, message, given, None)
    assert log_lines.ForeignFilter().filter(record)
    assert record.getMessage() == line
