"""What every endpoint does alike: methods, one clock reading, forms, client authentication, errors, caching, CORS."""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import wraps
from urllib.parse import parse_qsl

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt as exempt

from tokens.keys import NoSigningKey
from tokens.protocol import client_assertion, client_auth
from tokens.protocol.client_assertion import Assertion
from tokens.protocol.errors import InvalidClient, InvalidRequest, InvalidToken, OAuthError, TemporarilyUnavailable
from tokens.protocol.records import Client
from tokens.registration.client_keys import client_keys
from tokens.stores import store

logger = logging.getLogger(__name__)

View = Callable[[HttpRequest, datetime], HttpResponse]
Failure = Callable[[HttpRequest, OAuthError], HttpResponse]
Form = Mapping[str, str]

MAX_FIELDS = 100
MAX_QUERY = 8000  # bytes; gunicorn cuts a request line off at 8190
REPEATABLE = ("resource", "audience")
"""The parameters that may come more than once (RFC 8707 §2, RFC 8693 §2.1)."""
FORM_TYPE = "application/x-www-form-urlencoded"
CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "WWW-Authenticate"}
PREFLIGHT = {"Access-Control-Allow-Headers": "Authorization, Content-Type", "Access-Control-Max-Age": "3600"}


def json_failure(request: HttpRequest, error: OAuthError) -> HttpResponse:
    """RFC 6749 §5.2."""
    response = JsonResponse(error.parameters(), status=error.status)
    if isinstance(error, InvalidClient):
        response["WWW-Authenticate"] = f'Basic realm="{settings.ISSUER}"'
    return response


def bearer_failure(request: HttpRequest, error: OAuthError) -> HttpResponse:
    """RFC 6750 §3: the error goes into the challenge, and none where no token was shown."""
    response = JsonResponse(error.parameters(), status=error.status)
    shown = {} if isinstance(error, NoToken) else error.parameters()
    response["WWW-Authenticate"] = ", ".join(
        [f'Bearer realm="{settings.ISSUER}"', *(f'{name}="{value}"' for name, value in shown.items())]
    )
    return response


class NoToken(InvalidToken):
    """RFC 6750 §3.1: a request without any authentication gets a bare challenge."""


def endpoint(
    *methods: str, failure: Failure = json_failure, cors: bool = False, csrf_exempt: bool = True
) -> Callable[[View], Callable[[HttpRequest], HttpResponse]]:
    """Makes a view of a function of the request and of `now`, this node's clock, read once.

    An OAuthError becomes the answer that `failure` makes of it: here, and nowhere else.
    """
    # HEAD only where nothing but GET is: an authorization request that is answered has issued a code.
    allowed = [*methods, *(["HEAD"] if methods == ("GET",) else []), "OPTIONS"]
    preflight = {**PREFLIGHT, "Access-Control-Allow-Methods": ", ".join(allowed)} if cors else {}
    headers = {"Allow": ", ".join(allowed), "Cache-Control": "no-store", **(CORS if cors else {})}

    def decorate(view: View) -> Callable[[HttpRequest], HttpResponse]:
        @wraps(view)
        def answered(request: HttpRequest) -> HttpResponse:
            if request.method == "OPTIONS":
                response = HttpResponse(status=204, headers=preflight)
            elif request.method not in allowed:
                response = failure(request, InvalidRequest("this method is not allowed here"))
                response.status_code = 405
            else:
                response = _answer(view, request, failure)
            for name, value in headers.items():
                response.headers.setdefault(name, value)
            if response.headers["Cache-Control"] == "no-store":
                response.headers["Pragma"] = "no-cache"  # RFC 6749 §5.1
            return response

        return exempt(answered) if csrf_exempt else answered

    return decorate


def _answer(view: View, request: HttpRequest, failure: Failure) -> HttpResponse:
    try:
        return view(request, datetime.now(UTC))
    except OAuthError as error:
        return failure(request, error)
    except NoSigningKey as error:
        response = failure(request, TemporarilyUnavailable(str(error)))
        response.headers["Retry-After"] = "5"
        return response


def read_form(request: HttpRequest) -> Form:
    """The body's parameters. Raises InvalidRequest for another content type, broken text, repeats or too much of it."""
    if request.content_type != FORM_TYPE:
        raise InvalidRequest(f"the content type must be {FORM_TYPE}")
    if (request.content_params or {}).get("charset", "utf-8").lower() != "utf-8":
        raise InvalidRequest("the character set must be UTF-8")
    try:
        return _parameters(request.body)
    except (RequestDataTooBig, UnreadablePostError):
        raise InvalidRequest("the body is too large or was cut off") from None


def read_query(request: HttpRequest) -> Form:
    """The query's parameters, judged like a form's."""
    query = request.META.get("QUERY_STRING", "").encode("latin-1", "replace")
    if len(query) > MAX_QUERY:
        raise InvalidRequest("the query is too long")
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
        raise InvalidRequest("the parameters are not UTF-8") from None
    except ValueError:
        raise InvalidRequest(f"more than {MAX_FIELDS} parameters") from None
    if any("\x00" in name or "\x00" in value for name, value in pairs):
        raise InvalidRequest("a parameter has a NUL character")
    repeatable = [pair for pair in pairs if pair[0] in REPEATABLE]
    once = [pair for pair in pairs if pair[0] not in REPEATABLE]
    if len(dict(once)) < len(once):
        raise InvalidRequest("a parameter is repeated")
    return {name: value for name, value in [*once, *_joined(repeatable)] if value}


def _joined(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The values of each parameter as one text with spaces between them, which none of them can have: a resource is a
    URI."""
    if any(" " in value for _, value in pairs):
        raise InvalidRequest("a resource or audience has a space in it")
    given = {name: [value for held, value in pairs if held == name and value] for name, _ in pairs}
    return [(name, " ".join(values)) for name, values in given.items()]


def authenticate_client(request: HttpRequest, form: Form, now: datetime) -> Client:
    """The client that the request comes from. Raises InvalidClient, or InvalidRequest for two methods at once."""
    proof = client_auth.presented(request.headers.get("Authorization"), form)
    if proof.assertion is not None:
        return _authenticate_by_assertion(request, proof, proof.assertion, now)
    client = client_auth.check(proof, store().clients.get(proof.client_id), settings.PEPPERS, now)
    _note_use(proof, client, now)
    return client


def _note_use(proof: client_auth.Presented, client: Client, now: datetime) -> None:
    """For whoever rotates secrets. A request goes on where it cannot be written: a database that is read-only for a
    while can still answer. `unit`: what fails here must spoil nobody's transaction."""
    due = client_auth.unnoted(client, now)
    # Mostly none is: what the check has just reckoned is not reckoned again.
    secret = client_auth.matched(proof.client_secret, due, settings.PEPPERS, now) if due else None
    if secret is None:
        return
    try:
        with store().unit():
            store().clients.note_secret_use(client.client_id, secret.digest, now, client_auth.NOTED_EVERY)
    except Error as error:
        logger.warning("the use of a secret of client %s was not noted: %s", client.client_id, type(error).__name__)


def _authenticate_by_assertion(
    request: HttpRequest, proof: client_auth.Presented, assertion: Assertion, now: datetime
) -> Client:
    """What it says, who signed it, and at last that it is new: nothing but a good assertion is remembered as used. No
    transaction is open here, neither while a `jwks_uri` is fetched nor when the `jti` is spent."""
    called = {settings.ISSUER + path for path in (reverse("token"), request.path)}
    client_assertion.check(assertion, {settings.ISSUER} | called, now)
    client = store().clients.get(proof.client_id)
    known = client_auth.known(proof, client)
    keys = client_keys(known, assertion.jws) if known else ()
    authenticated = client_auth.check(proof, client, settings.PEPPERS, now, keys)
    if not store().client_assertions.use(authenticated.client_id, assertion.jti, assertion.remembered):
        raise InvalidClient("the client assertion was used before")
    return authenticated


def bearer_token(request: HttpRequest) -> str:
    """The access token of the header or the form body (RFC 6750 §2.1, §2.2). One in the query is refused (RFC 9700
    §4.3.2)."""
    if "access_token" in read_query(request):
        raise InvalidRequest("an access token does not belong into a URL")
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    in_header = shown.strip() if scheme.lower() == "bearer" else None
    is_form = request.method == "POST" and request.content_type == FORM_TYPE
    in_body = read_form(request).get("access_token") if is_form else None
    if in_header is not None and in_body is not None:
        raise InvalidRequest("the access token was sent twice")
    token = in_header or in_body
    if not token:
        raise NoToken("an access token is needed")
    return token
