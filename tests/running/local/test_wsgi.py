"""The WSGI application itself, as gunicorn calls it: nothing that a client sends makes it raise. And what it logs."""

import io
import json
import logging
from collections.abc import Callable, Mapping
from types import MappingProxyType

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from gunicorn.http.errors import ChunkMissingTerminator, InvalidChunkSize

from accounts.site.request_id import RequestIdMiddleware
from idp.settings import DATA_UPLOAD_MAX_MEMORY_SIZE
from idp.wsgi import application
from tests.support.fixtures import kept_open
from tests.support.messages import FORM_TYPE

__all__ = ["kept_open"]  # a fixture that holds here too

MANY = "&".join(f"p{number}=1" for number in range(1002))
PATHS = ["/", "/oauth2/authorize", "/oauth2/token", "/oauth2/userinfo", "/accounts/login/", "/admin/login/", "/nowhere"]


def ask(
    path: str,
    *,
    method: str = "GET",
    query: str = "",
    content_type: str = "",
    body: bytes = b"",
    environment: Mapping[str, object] = MappingProxyType({}),
) -> tuple[int, dict[str, str], str]:
    """Status, headers and body."""
    environ = RequestFactory().generic(method, path, SERVER_NAME="localhost").environ
    environ |= {"QUERY_STRING": query, "CONTENT_TYPE": content_type, "HTTP_HOST": "localhost"}
    environ |= {"CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body), **environment}
    told: list[tuple[int, dict[str, str]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], failed: object = None) -> Callable[[bytes], object]:
        told.append((int(status.partition(" ")[0]), dict(headers)))
        return lambda written: None

    answer = b"".join(application(environ, start_response)).decode()
    return *told[0], answer


@pytest.mark.usefixtures("kept_open")
@pytest.mark.covers("S78 garbage", "own findings NUL")
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
@pytest.mark.parametrize(
    "parameter",
    [
        *("charset=ISO-8859-1", "charset=UTF-8", 'charset="utf-8"', "charset=rot13", "charset=utf-16", "charset", ""),
        *("x*=none''y", "charset*=undefined''y", "charset*=\x00''y", "charset=\xff", "boundary=x", ";;"),
    ],
)
def test_the_parameters_of_a_form_s_media_type_change_nothing(parameter: str) -> None:
    """RFC 6749 B: the type has none, and the text is UTF-8."""
    for form_type in (FORM_TYPE, FORM_TYPE.title()):
        said = ask("/oauth2/token", method="POST", body=b"client_id=0.x", content_type=f"{form_type}; {parameter}")
        assert (said[0], json.loads(said[2])["error"]) == (400, "invalid_client")


@pytest.mark.usefixtures("kept_open")
@pytest.mark.covers("S78 garbage")
@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "utf-16"])
def test_bytes_that_are_no_utf_8_are_refused_whatever_the_type_says(charset: str) -> None:
    status, headers, body = ask(
        "/oauth2/token",
        method="POST",
        body="client_id=\xe9".encode("latin-1"),
        content_type=f"{FORM_TYPE}; charset={charset}",
    )
    assert (status, headers["Cache-Control"], headers["Pragma"]) == (400, "no-store", "no-cache")
    assert "the parameters are not UTF-8" in body


@pytest.mark.usefixtures("kept_open")
@pytest.mark.parametrize(
    "content_type", ["x*=none''y", "multipart/form-data; x*=none''y", f"{FORM_TYPE}x; x*=none''y", ";;"]
)
def test_a_content_type_that_cannot_be_read_is_no_form(content_type: str) -> None:
    status, _, body = ask("/oauth2/token", method="POST", content_type=content_type)
    assert (status, "this endpoint takes application/x-www-form-urlencoded" in body) == (400, True)


CHUNKED = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
FORM = b"client_id=0.x&x="


@pytest.mark.usefixtures("kept_open")
@pytest.mark.covers("S78 body")
@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (FORM, "invalid_client"),
        (FORM + b"y" * (DATA_UPLOAD_MAX_MEMORY_SIZE - len(FORM)), "invalid_client"),
        (FORM + b"y" * (DATA_UPLOAD_MAX_MEMORY_SIZE - len(FORM) + 1), "invalid_request"),
        (FORM + b"y" * 10_000_000, "invalid_request"),
        (b"", "invalid_client"),
    ],
)
def test_a_body_in_chunks_is_read_as_far_as_any_other_may_go(body: bytes, outcome: str) -> None:
    for how in ({**CHUNKED, "CONTENT_LENGTH": ""}, {}):
        said = ask("/oauth2/token", method="POST", body=body, content_type=FORM_TYPE, environment=how)
        assert json.loads(said[2])["error"] == outcome


@pytest.mark.usefixtures("kept_open")
@pytest.mark.covers("S78 garbage")
@pytest.mark.parametrize(
    "error", [OSError("the chunks end early"), InvalidChunkSize(b"x"), ChunkMissingTerminator(b"x")]
)
def test_chunks_that_end_early_are_refused_and_those_of_an_endless_stream_not_read(error: Exception) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise error

    status, _, body = ask(
        "/oauth2/token", method="POST", content_type=FORM_TYPE, environment={**CHUNKED, "wsgi.input": Broken()}
    )
    assert (status, "the body is too large or was cut off" in body) == (400, True)
    endless = {**CHUNKED, "CONTENT_LENGTH": "", "wsgi.input_terminated": False, "wsgi.input": Broken()}
    status, _, body = ask("/oauth2/token", method="POST", content_type=FORM_TYPE, environment=endless)
    assert (status, json.loads(body)["error"]) == (400, "invalid_client")


@pytest.mark.usefixtures("kept_open")
@pytest.mark.parametrize("path", [*PATHS, "/oauth2/jwks", "/.well-known/openid-configuration", "/healthz"])
def test_head_is_answered_without_a_body(path: str) -> None:
    """gunicorn writes a warning for each body that it has to take off."""
    whole, bare = ask(path), ask(path, method="HEAD")
    assert bare[2] == ""
    # What answers no HEAD, or no GET either, names the method that came.
    if bare[0] == whole[0] == 200:
        assert bare[1].get("Content-Length") == whole[1].get("Content-Length")


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
    told = "refused at /nowhere: client -, error not_found, reason path_unknown"
    assert line.endswith(f"INFO tokens.endpoint.refusals [{headers['X-Request-Id']}] {told}")


def test_every_line_of_a_request_has_its_id_and_others_have_none(logged: io.StringIO) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        logging.getLogger("idp.inside").warning("while it is answered")
        return HttpResponse()

    ids = [RequestIdMiddleware(view)(RequestFactory().get("/"))["X-Request-Id"] for _ in range(2)]
    logging.getLogger("idp.outside").warning("afterwards")
    assert [line.split(" ", 3)[3] for line in logged.getvalue().splitlines()] == [
        f"idp.inside [{ids[0]}] while it is answered",
        f"idp.inside [{ids[1]}] while it is answered",
        "idp.outside [-] afterwards",
    ]
