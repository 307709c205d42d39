"""A name for every request, shown on error pages and in X-Request-Id, so that an operator finds it in the log."""

import logging
import secrets
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

_current = ContextVar("request_id", default="-")


class RequestIdMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = secrets.token_hex(8)
        request.request_id = request_id  # type: ignore[attr-defined]  # ours
        before = _current.set(request_id)
        try:
            response = self.get_response(request)
        finally:
            _current.reset(before)
        response.headers["X-Request-Id"] = request_id
        return response


class RequestIdFilter(logging.Filter):
    """Gives every log record its `request_id`; "-" where no request is being answered."""

    def filter(self, record: logging.LogRecord) -> bool:
        # Django logs a refusal after the middleware have ended, and names the request in the record.
        record.request_id = getattr(getattr(record, "request", None), "request_id", _current.get())
        return True
