"""The WSGI application that gunicorn serves."""

import os
from collections.abc import Mapping
from typing import Any

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "idp.settings")


class Request(WSGIRequest):
    """Text is UTF-8; the charset that a request claims changes nothing.

    Django would parse the query with that charset here, before its handler: a charset that is no text encoding, or too
    many fields, would leave the application instead of becoming a 400.
    """

    def _set_content_type_params(self, meta: Mapping[str, Any]) -> None:
        try:
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except ValueError:  # a parameter in an encoding that is none (RFC 2231), or far too long
            self.content_type, self.content_params = "", {}


class Application(WSGIHandler):
    request_class = Request


django.setup(set_prefix=False)
application = Application()
