"""The one line in the log of each request that is refused. Its number stands in front of it."""

import logging

from django.forms import BaseForm
from django.http import HttpRequest

from accounts.ground.unavailable import Unavailable

LINE = "refused at %s: client %s, error %s, reason %s"
NOBODY = "-"
"""Where no client was named, or nothing else is known."""
REASONS = {
    401: "unauthenticated",
    403: "forbidden",
    404: "path_unknown",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "not_a_form",
    422: "form_refused",
}
"""Of answers whose status says it all."""
MOST = 250  # characters


def give_reason(request: HttpRequest, reason: str) -> None:
    """Says why a page refuses the request: a name of ours, with nothing of what came."""
    request.refusal_reason = reason  # type: ignore[attr-defined]  # ours


def reason_of(form: BaseForm) -> str:
    """The codes of its errors, which are words of the code and nothing that was typed."""
    found = {str(error.code or "invalid") for errors in form.errors.as_data().values() for error in errors}
    return ",".join(sorted(found))


def mark_told(request: HttpRequest) -> None:
    """Notes that whoever refused the request wrote the line."""
    request.refusal_told = True  # type: ignore[attr-defined]  # ours


class RefusalFilter(logging.Filter):
    """Django tells of every answer with a status of 4xx in words of its own: of one that was told already nothing is
    added, and all others are put like it, the status in the place of an error that they do not have. Of a store that
    cannot answer it would show where we were: the store has said why, in a line."""

    def filter(self, record: logging.LogRecord) -> bool:
        request, status = getattr(record, "request", None), getattr(record, "status_code", 0)
        if record.exc_info and isinstance(record.exc_info[1], Unavailable):
            record.exc_info = record.exc_text = None
        if not isinstance(request, HttpRequest) or not 400 <= status < 500:
            return True
        if getattr(request, "refusal_told", False):
            return False
        reason = getattr(request, "refusal_reason", REASONS.get(status, NOBODY))
        record.msg, record.args = LINE, (_plain(request.path), _client_id(request), status, reason)
        record.levelno, record.levelname, record.exc_info, record.exc_text = logging.INFO, "INFO", None, None
        return logging.getLogger(record.name).isEnabledFor(logging.INFO)


def _client_id(request: HttpRequest) -> str:
    """Of the client for which the page was opened, where somebody looked for it."""
    return _plain(getattr(getattr(request, "named_client", None), "client_id", NOBODY))


def _plain(text: str) -> str:
    """In one line, of ASCII."""
    return text[:MOST].encode("unicode_escape").decode("ascii").replace(" ", "?")
