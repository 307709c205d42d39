"""What is refused before anything reads it: a body that is too long, or of another type than a form's, at every URL."""

import io
from itertools import product
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests.support.messages import FORM_TYPE

LIMIT = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
PAGES = (
    "/",
    "/accounts/login/",
    "/accounts/logout/",
    "/accounts/reauthenticate/",
    "/accounts/password/change/",
    "/admin/",
    "/admin/login/",
    "/admin/accounts/user/add/",
    "/admin/accounts/user/",
    "/admin/tokens/client/add/",
    "/admin/nowhere/",
    "/oauth2/consent",
    "/oauth2/select_account",
    "/oauth2/sign_out",
)
"""Whose forms Django reads before their view is called."""
ENDPOINTS = (
    "/oauth2/authorize",
    "/oauth2/logout",
    "/oauth2/token",
    "/oauth2/introspect",
    "/oauth2/revoke",
    "/oauth2/userinfo",
    "/oauth2/jwks",
    "/.well-known/openid-configuration",
)
NOWHERE = ("/nowhere", "/oauth2/nowhere", "/static/nowhere.css")
OTHER_TYPES = (
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "Multipart/Form-Data; boundary=x",
    "multipart/mixed; boundary=x",
    "application/json",
    "text/plain",
    "application/octet-stream",
    f"{FORM_TYPE}x",
    "",
)
LENGTHS: dict[str, dict[str, Any]] = {
    "short": {"CONTENT_LENGTH": "10"},
    "at the limit": {"CONTENT_LENGTH": str(LIMIT)},
    "a terabyte": {"CONTENT_LENGTH": str(10**12)},
    "in chunks": {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True},
    "both": {"CONTENT_LENGTH": "10", "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True},
}


class Unread(io.BytesIO):
    """A body that nobody may read."""

    def read(self, *_: Any) -> bytes:
        raise AssertionError("it was read")

    readline = read


@pytest.fixture
def strict(alice: Any) -> Client:
    """Signed in, and without the token of a form: nobody is spared its check."""
    alice.password = "one that nobody has"
    alice.is_staff = alice.is_superuser = True
    alice.save()
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, backend="accounts.sign_in.backends.PasswordBackend")
    return client


def send(client: Client, path: str, content_type: str, how: dict[str, Any]) -> Any:
    return client.generic(
        "POST", path, b"", content_type, **{"CONTENT_TYPE": content_type, "wsgi.input": Unread(), **how}
    )


@pytest.mark.covers("S78 body")
@pytest.mark.parametrize("path", PAGES)
def test_a_page_refuses_what_is_no_form_before_anything_reads_it(strict: Client, path: str) -> None:
    for (length, how), content_type in product(LENGTHS.items(), OTHER_TYPES):
        answer = send(strict, path, content_type, how)
        assert answer.status_code == (413 if length == "a terabyte" else 415), (length, content_type)
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["X-Request-Id"].encode() in answer.content


@pytest.mark.covers("S78 body")
@pytest.mark.parametrize("path", [*ENDPOINTS, *NOWHERE])
def test_nor_does_anything_else_read_it(strict: Client, path: str) -> None:
    for (length, how), content_type in product(LENGTHS.items(), OTHER_TYPES):
        answer = send(strict, path, content_type, how)
        assert answer.status_code in (400, 401, 404, 405), (length, content_type)


@pytest.mark.covers("S78 body")
@pytest.mark.parametrize("path", [*PAGES, *ENDPOINTS, *NOWHERE])
def test_a_form_that_says_that_it_is_too_long_is_not_read(strict: Client, path: str) -> None:
    for content_type in (FORM_TYPE, f"{FORM_TYPE}; charset=UTF-8"):
        answer = send(strict, path, content_type, {"CONTENT_LENGTH": str(LIMIT + 1)})
        assert answer.status_code == 413 if path in PAGES else answer.status_code in (400, 404, 405)


@pytest.mark.parametrize("path", [*PAGES, *ENDPOINTS])
def test_what_comes_with_a_get_is_not_read_either(strict: Client, path: str) -> None:
    for content_type in (OTHER_TYPES[0], FORM_TYPE):
        answer: Any = strict.generic(
            "GET", path, b"", content_type, **{"wsgi.input": Unread(), **LENGTHS["a terabyte"]}
        )
        assert answer.status_code == 413 if path in PAGES else answer.status_code < 500


def test_a_form_of_a_page_is_read_whatever_its_type_says_besides(anybody: Client) -> None:
    for content_type in (FORM_TYPE, f"{FORM_TYPE}; charset=UTF-8", FORM_TYPE.upper()):
        answer = anybody.post("/accounts/login/", "login=%3Cwhat+came%3E&asked=password", content_type=content_type)
        assert answer.status_code == 422
        assert b"&lt;what came&gt;" in answer.content


def test_no_form_of_ours_sends_anything_else(strict: Client) -> None:
    for path in PAGES:
        assert b"enctype" not in strict.get(path, follow=True).content
