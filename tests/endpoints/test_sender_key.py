"""The key of a sender travels from the request through code, tokens and introspection (RFC 7800 §3, RFC 8705 §3, RFC
9449 §5 to §7). How one is shown is made up here: a header says it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from accounts.models import User
from tests.support import builders
from tests.support.endpoints import exchange, post
from tests.support.messages import INTROSPECT, TOKEN, USERINFO, Registered, basic, code_form
from tokens.endpoint import endpoint
from tokens.endpoint.sender import SENDER_CONSTRAINTS, SenderConstraint
from tokens.protocol.records import NO_KEY, Confirmation
from tokens.verifier import ShownAccessToken, read_access_token, verify_access_token
