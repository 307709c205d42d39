"""The WSGI application that gunicorn serves."""

from collections.abc import Mapping
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.handlers.wsgi import LimitedStream, WSGIHandler, WSGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase
from gunicorn.http.errors import ParseException

from idp.start import CANNOT_LOAD, begin, set_up

begin()


class Chunks(LimitedStream):
    """A body that came in chunks (RFC 9112 §7.1), which gunicorn has taken apart: nobody said how long it would be, so
    it is judged as it is read."""

    def __init__(self, stream: Any) -> None:
        super().__init__(stream, settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        self._left = settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    def read(self, size: int | None = -1, /) -> bytes:
        try:
            data: bytes = super().read(size)
        except ParseException:
            # What is no chunk says what stood there: nobody is to repeat it.
            raise UnreadablePostError("the chunks cannot be read") from None
        self._left -= len(data)
        if self._left < 0:
            raise RequestDataTooBig("the chunks are longer than DATA_UPLOAD_MAX_MEMORY_SIZE")
        return data


class Request(WSGIRequest):
    """Text is UTF-8; the charset that a request claims changes nothing. A body may come in chunks.

    Django would parse the query with that charset here, before its handler: a charset that is no text encoding, or too
    many fields, would leave the application instead of becoming a 400. And it takes a body without a length for none.
    No name of a charset that came is looked up: Python keeps each that it does not know for as long as it runs.
    """

    def __init__(self, environ: dict[str, Any]) -> None:
        super().__init__(environ)
        self._unreadable: Exception | None = None
        # The server's word that its input ends where the body does: a stream that does not would never be read through.
        if "HTTP_TRANSFER_ENCODING" in environ and environ.get("wsgi.input_terminated"):
            self._stream = cast(BinaryIO, Chunks(environ["wsgi.input"]))

    @property
    def body(self) -> bytes:
        """The same answer however often it is asked for: what could not be read stays so, and is never taken for a
        body that ended early."""
        if self._unreadable is not None:
            raise self._unreadable
        try:
            return super().body
        except (RequestDataTooBig, UnreadablePostError) as error:
            self._unreadable = error
            raise

    def _set_content_type_params(self, meta: Mapping[str, Any]) -> None:
        self.content_type, self.content_params = meta.get("CONTENT_TYPE", "").partition(";")[0].strip().lower(), {}


class Application(WSGIHandler):
    request_class = Request

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        """What answers GET answers HEAD, with the same headers and no body (RFC 9110 §9.3.2): gunicorn would take it
        off, with a warning each time."""
        response = super().get_response(request)
        if request.method == "HEAD" and isinstance(response, HttpResponse):
            response.content = b""
        if request.method == "HEAD" and isinstance(response, StreamingHttpResponse):
            response.streaming_content = ()
        return response


set_up(CANNOT_LOAD)
application = Application()
