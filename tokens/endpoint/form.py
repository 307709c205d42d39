"""Forms and queries (RFC 6749 §3.1, §3.2): parameters that come once, in UTF-8, and not too many of them."""

from collections import Counter
from collections.abc import Mapping
from urllib.parse import parse_qsl

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.request import UnreadablePostError

from accounts.site.form_type import FORM_TYPE
from tokens.protocol.reasons import refusal

Form = Mapping[str, str]

MAX_FIELDS = 100
MAX_REQUEST = 8000
"""Bytes of a request that a browser brings, by query or by form: gunicorn cuts a request line off at 8190, and what
comes by form has to go into one on its way. Nothing that an answer only repeats has a bound of its own."""
REPEATABLE = ("resource", "audience")
"""The parameters that may come more than once (RFC 8707 §2, RFC 8693 §2.1)."""


def read_form(request: HttpRequest, most: int | None = None) -> Form:
    """The body's parameters, of at most `most` bytes. Raises InvalidRequest for another content type, broken text,
    repeats or too much of it.

    The type has no parameters: one that names a character set changes nothing, for the text is UTF-8 (RFC 6749 B)."""
    if request.content_type != FORM_TYPE:
        raise refusal("content_type", came=request.content_type or "absent")
    try:
        body = request.body
    except (RequestDataTooBig, UnreadablePostError):
        raise refusal("body_unreadable") from None
    if most is not None and len(body) > most:
        raise refusal("request_too_long", most=most)
    return _parameters(body)


def read_query(request: HttpRequest) -> Form:
    """The query's parameters, judged like a form's."""
    query = request.META.get("QUERY_STRING", "").encode("latin-1", "replace")
    if len(query) > MAX_REQUEST:
        raise refusal("request_too_long", most=MAX_REQUEST)
    return _parameters(query)


def _parameters(encoded: bytes) -> Form:
    """RFC 6749 §3.1, §3.2: one without a value is as if it were not sent, and none but REPEATABLE comes twice."""
    try:
        pairs = parse_qsl(
            encoded.decode("utf-8"),
            keep_blank_values=True,
            max_num_fields=MAX_FIELDS,
            encoding="utf-8",
            errors="strict",
        )
    except UnicodeDecodeError:
        raise refusal("not_utf8") from None
    except ValueError:
        raise refusal("too_many_parameters", most=MAX_FIELDS) from None
    if any("\x00" in name or "\x00" in value for name, value in pairs):
        raise refusal("nul_character")
    repeatable = [pair for pair in pairs if pair[0] in REPEATABLE]
    once = [pair for pair in pairs if pair[0] not in REPEATABLE]
    if repeated := [name for name, times in Counter(name for name, _ in once).items() if times > 1]:
        raise refusal("parameter_repeated", name=repeated[0])
    return {name: value for name, value in [*once, *_joined(repeatable)] if value}


def _joined(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The values of each parameter as one text with spaces between them, which none of them can have: a resource is a
    URI."""
    if any(" " in value for _, value in pairs):
        raise refusal("space_in_resource")
    values_of = {name: [value for held, value in pairs if held == name and value] for name, _ in pairs}
    return [(name, " ".join(values)) for name, values in values_of.items()]
