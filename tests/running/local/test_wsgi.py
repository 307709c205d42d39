"""The WSGI application itself, as gunicorn calls it: nothing that a client sends makes it raise. And what it logs."""

import io
import logging
from collections.abc import Callable, Iterator

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from accounts.site.request_id import RequestIdMiddleware
from idp.wsgi import application
from tests.support.messages import FORM_TYPE

MANY = "&".join(f"p{number}=1" for number in range(1002))
PATHS = ["/", "/oauth2/authorize", "/oauth2/token", "/oauth2/userinfo", "/accounts/login/", "/admin/login/", "/nowhere"]


def ask(path: str, *, method: str = "GET", query: str = "", content_type: str = "") -> tuple[int, dict[str, str], str]:
    """Status, headers and body."""
    environ = RequestFactory().generic(method, path, b"", content_type, SERVER_NAME="localhost").environ
    environ |= {"QUERY_STRING": query, "CONTENT_TYPE": content_type, "HTTP_HOST": "localhost"}
    told: list[tuple[int, dict[str, str]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], failed: object = None) -> Callable[[bytes], object]:
        told.append((int(status.partition(" ")[0]), dict(headers)))
        return lambda written: None

    body = b"".join(application(environ, start_response)).decode()
    return *told[0], body


@pytest.fixture
def kept_open(db: None) -> Iterator[None]:
    """The test's transaction outlives its requests, as with Django's test client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("kept_open")
@pytest.mark.covers("S78", "own findings")
@pytest.mark.parametrize("charset", ["rot13", "zlib", "base64", "undefined", "idna", "utf-16", "utf-8", "x", "\xff"])
@pytest.mark.parametrize("query", ["a=b", MANY])
@pytest.mark.parametrize("path", PATHS)
def test_no_charset_and_no_query_makes_it_raise(path: str, query: str, charset: str) -> None:
    for method in ("GET", "POST"):
        status, headers, _ = ask(path, method=method, query=query, content_type=f"{FORM_TYPE}; charset={charset}")
        assert status < 500
        assert headers["X-Request-Id"]
        assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.usefixtures("kept_open")
@pytest.mark.covers("S78")
@pytest.mark.parametrize("content_type", [f"{FORM_TYPE}; charset=rot13", f"{FORM_TYPE}; charset=utf-16"])
def test_a_form_in_another_charset_is_still_refused_in_words(content_type: str) -> None:
    status, headers, body = ask("/oauth2/token", method="POST", query="a=b", content_type=content_type)
    assert (status, headers["Cache-Control"], headers["Pragma"]) == (400, "no-store", "no-cache")
    assert "the character set must be UTF-8" in body


@pytest.mark.usefixtures("kept_open")
@pytest.mark.parametrize("parameter", ["x*=none''y", "charset*=undefined''y", "charset*=\x00''y"])
def test_a_content_type_that_cannot_be_read_is_none(parameter: str) -> None:
    status, _, body = ask("/oauth2/token", method="POST", content_type=f"{FORM_TYPE}; {parameter}")
    assert (status, "the content type must be" in body) == (400, True)


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the handler of our settings writes."""
    [console] = [handler for handler in logging.getLogger().handlers if handler.get_name() == "console"]
    written = io.StringIO()
    monkeypatch.setattr(console, "stream", written)
    return written


@pytest.mark.usefixtures("kept_open")
def test_the_id_that_a_person_is_told_is_in_the_log(logged: io.StringIO) -> None:
    _, headers, _ = ask("/nowhere")
    [line] = logged.getvalue().splitlines()
    assert line.endswith(f"WARNING django.request [{headers['X-Request-Id']}] Not Found: /nowhere")


def test_every_line_of_a_request_has_its_id_and_others_have_none(logged: io.StringIO) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        logging.getLogger("inside").warning("while it is answered")
        return HttpResponse()

    ids = [RequestIdMiddleware(view)(RequestFactory().get("/"))["X-Request-Id"] for _ in range(2)]
    logging.getLogger("outside").warning("afterwards")
    assert [line.split(" ", 3)[3] for line in logged.getvalue().splitlines()] == [
        f"inside [{ids[0]}] while it is answered",
        f"inside [{ids[1]}] while it is answered",
        "outside [-] afterwards",
    ]
