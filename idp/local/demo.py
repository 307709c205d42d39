"""A small relying party to sign in with: `python -m idp.local.demo`. Authlib does the protocol.

It reads DEMO_ISSUER, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET (none for a public client), DEMO_HOST (127.0.0.1) and DEMO_PORT
(8001), and its redirect URI is http://DEMO_HOST:DEMO_PORT/callback; after a sign-out it is come back to at
http://DEMO_HOST:DEMO_PORT/, where /backchannel-logout is told who signed out elsewhere. Who is signed in is forgotten
when it stops.
"""

import json
import os
import secrets
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from http.cookies import SimpleCookie
from socketserver import ThreadingMixIn
from typing import Any
from urllib.parse import parse_qsl, urlencode
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from idp.conf import Deployment

CALLBACK = "/callback"
TOLD = "/backchannel-logout"
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
MOST_TOLD = 16 * 1024  # bytes
COOKIE = "demo"
SCOPE = "openid profile email"
ALGORITHMS = ["RS256", "ES256"]
PROMPTS = ("login", "consent", "none")
TIMEOUT = 10  # seconds
MAX_VISITORS = 1000
POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
STYLE = """:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 40rem; margin: 0 auto; padding: 2rem 1rem; }
a, button { display: inline-block; padding: .6rem 1.2rem; margin: .25rem 0; border: 1px solid; border-radius: .4rem;
  background: none; color: inherit; font: inherit; text-decoration: none; cursor: pointer; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .3rem 1rem; }
dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; } }
"""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the demo was told."""

    issuer: str
    client_id: str
    client_secret: str | None
    host: str
    port: int
    brand: str

    @property
    def origin(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def redirect_uri(self) -> str:
        return self.origin + CALLBACK


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that was begun: what its end is compared with."""

    state: str
    nonce: str
    code_verifier: str


@dataclass(slots=True)
class Visitor:
    """One browser."""

    begun: Begun | None = None
    hint: str = ""
    """The ID token as it came."""
    id_token: Mapping[str, Any] = field(default_factory=dict)
    userinfo: Mapping[str, Any] = field(default_factory=dict)

    def forget(self) -> None:
        self.hint, self.id_token, self.userinfo = "", {}, {}


@dataclass(frozen=True, slots=True)
class Request:
    visitor: Visitor
    query: Mapping[str, str]
    url: str
    body: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    status: str
    body: str = ""
    content_type: str = "text/html; charset=utf-8"
    location: str | None = None


class SignInFailed(Exception):
    """Why nobody is signed in, in plain words."""


class Demo:
    """The WSGI application. Visitors are found by an unguessable cookie, the oldest forgotten first."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._visitors: OrderedDict[str, Visitor] = OrderedDict()
        self._routes: Mapping[tuple[str, str], Callable[[Request], Answer]] = {
            ("GET", "/"): self._home,
            ("GET", "/login"): self._login,
            ("GET", CALLBACK): self._callback,
            ("GET", "/logout"): self._logout,
            ("POST", "/forget"): self._forget,
            ("POST", TOLD): self._told,
            ("GET", "/style.css"): lambda request: Answer("200 OK", STYLE, "text/css"),
            ("GET", "/favicon.ico"): lambda request: Answer("204 No Content"),
        }

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        cookie, visitor = self._visitor(environ.get("HTTP_COOKIE", ""))
        answer = self._answer(environ, visitor)
        headers = [
            ("Content-Type", answer.content_type),
            ("Content-Security-Policy", POLICY),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            ("Set-Cookie", f"{COOKIE}={cookie}; Path=/; HttpOnly; SameSite=Lax"),
        ]
        if answer.location is not None:
            headers.append(("Location", answer.location))
        start_response(answer.status, headers)
        return [answer.body.encode()]

    def _answer(self, environ: Mapping[str, Any], visitor: Visitor) -> Answer:
        route = self._routes.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        if route is None:
            return self._page("There is nothing here", "<p><a href='/'>To the start</a></p>", "404 Not Found")
        query = environ.get("QUERY_STRING", "")
        url = f"{self.settings.origin}{environ['PATH_INFO']}?{query}"
        try:
            return route(Request(visitor, dict(parse_qsl(query)), url, _body(environ)))
        except SignInFailed as failed:
            message = f"<p>{escape(str(failed))}</p><p><a href='/login'>Try again</a></p>"
            return self._page("You are not signed in", message, "400 Bad Request")

    def _visitor(self, cookies: str) -> tuple[str, Visitor]:
        shown = SimpleCookie(cookies).get(COOKIE)
        if shown is not None and (visitor := self._visitors.get(shown.value)):
            return shown.value, visitor
        cookie, visitor = secrets.token_urlsafe(32), Visitor()
        self._visitors[cookie] = visitor
        if len(self._visitors) > MAX_VISITORS:
            self._visitors.popitem(last=False)
        return cookie, visitor

    def _home(self, request: Request) -> Answer:
        brand = escape(self.settings.brand)
        if not request.visitor.id_token:
            offer = f"<p><a href='/login'>Sign in with {brand}</a></p>"
            return self._page("Demo application", f"<p>It knows nothing of you yet.</p>{offer}")
        body = (
            "<p><a href='/login?prompt=login'>Ask for the password again</a></p>"
            f"<p><a href='/logout'>Sign out, here and at {brand}</a></p>"
            "<form method='post' action='/forget'><button>Forget me here alone</button></form>"
            f"<p>{brand} told this application:</p><h2>ID token</h2>{_claims(request.visitor.id_token)}"
            f"<h2>Userinfo</h2>{_claims(request.visitor.userinfo)}"
        )
        return self._page("You are signed in", body)

    def _login(self, request: Request) -> Answer:
        """The authorization request, with state, nonce and PKCE (RFC 9700 §2.1)."""
        begun = Begun(*(secrets.token_urlsafe(32) for _ in range(3)))
        request.visitor.begun = begun
        prompt = {"prompt": request.query["prompt"]} if request.query.get("prompt") in PROMPTS else {}
        with self._session() as session:
            url, _ = session.create_authorization_url(
                self._metadata()["authorization_endpoint"],
                state=begun.state,
                nonce=begun.nonce,
                code_verifier=begun.code_verifier,
                **prompt,
            )
        return Answer("303 See Other", location=url)

    def _callback(self, request: Request) -> Answer:
        begun, request.visitor.begun = request.visitor.begun, None
        if begun is None or not secrets.compare_digest(request.query.get("state", "").encode(), begun.state.encode()):
            raise SignInFailed("This answer belongs to no sign-in that was begun in this browser, or came twice.")
        if request.query.get("iss") != self.settings.issuer:
            raise SignInFailed("This answer came from another server than the one that was asked.")
        if "error" in request.query:
            raise SignInFailed(_words(request.query))
        visitor = request.visitor
        visitor.hint, visitor.id_token, visitor.userinfo = self._exchange(request.url, begun)
        # On to a page whose address has no code, and which can be reloaded.
        return Answer("303 See Other", location="/")

    def _forget(self, request: Request) -> Answer:
        request.visitor.forget()
        return Answer("303 See Other", location="/")

    def _logout(self, request: Request) -> Answer:
        """OpenID Connect RP-Initiated Logout 1.0 §2."""
        asked = {"id_token_hint": request.visitor.hint, "post_logout_redirect_uri": f"{self.settings.origin}/"}
        address = f"{self._metadata()['end_session_endpoint']}?{urlencode(asked)}"
        self._forget(request)
        return Answer("303 See Other", location=address)

    def _told(self, request: Request) -> Answer:
        """OpenID Connect Back-Channel Logout 1.0 §2.6: whose session ended at the provider is nobody here."""
        try:
            claims = self._logout_token(dict(parse_qsl(request.body)).get("logout_token", ""))
        except (JoseError, AuthlibBaseError, ValueError, KeyError):
            return Answer("400 Bad Request")
        whose = "sid" if "sid" in claims else "sub"  # without a session all of the person's ended
        for visitor in [*self._visitors.values()]:
            if visitor.id_token.get(whose) == claims[whose]:
                visitor.forget()
        return Answer("200 OK")

    def _logout_token(self, token: str) -> Mapping[str, Any]:
        """Its claims (§2.4). Raises where it is none for us."""
        decoded = jwt.decode(token, KeySet.import_key_set(_get(self._metadata()["jwks_uri"])), algorithms=ALGORITHMS)
        claims: Mapping[str, Any] = decoded.claims
        meant = {"iss": self.settings.issuer, "aud": self.settings.client_id}
        if any(claims.get(name) != value for name, value in meant.items()) or "nonce" in claims:
            raise ValueError(claims)
        is_over = claims["exp"] < time.time()  # this machine's clock: the demo is an application, and has no other
        if is_over or LOGOUT_EVENT not in claims["events"]:
            raise ValueError(claims)
        return claims

    def _exchange(self, url: str, begun: Begun) -> tuple[str, Mapping[str, Any], Mapping[str, Any]]:
        metadata = self._metadata()
        try:
            with self._session() as session:
                token = session.fetch_token(
                    metadata["token_endpoint"],
                    authorization_response=url,
                    state=begun.state,
                    code_verifier=begun.code_verifier,
                )
                id_token = self._validated(token, _get(metadata["jwks_uri"]), begun.nonce)
                userinfo = session.get(metadata["userinfo_endpoint"])
                userinfo.raise_for_status()
        except (AuthlibBaseError, JoseError, ValueError, requests.RequestException) as error:
            raise SignInFailed(f"The server's answer was no good: {error}.") from error
        if userinfo.json().get("sub") != id_token["sub"]:
            raise SignInFailed("The server's two answers speak of different people.")
        return token["id_token"], id_token, userinfo.json()

    def _validated(self, token: Mapping[str, Any], jwks: Any, nonce: str) -> Mapping[str, Any]:
        """OpenID Connect Core §3.1.3.7."""
        decoded = jwt.decode(token["id_token"], KeySet.import_key_set(jwks), algorithms=ALGORITHMS)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            options={
                "iss": {"essential": True, "value": self.settings.issuer},
                "aud": {"essential": True, "value": self.settings.client_id},
                "at_hash": {"essential": True},
            },
            params={"nonce": nonce, "client_id": self.settings.client_id, "access_token": token["access_token"]},
        )
        claims.validate(leeway=10)
        return dict(claims)

    def _metadata(self) -> Mapping[str, str]:
        """OpenID Connect Discovery §4, asked each time: a demo's server is often restarted with other settings."""
        metadata: Mapping[str, str] = _get(f"{self.settings.issuer}/.well-known/openid-configuration")
        if metadata.get("issuer") != self.settings.issuer:
            raise SignInFailed(f"The server does not say that it is {self.settings.issuer}.")
        return metadata

    def _session(self) -> OAuth2Session:
        return OAuth2Session(
            self.settings.client_id,
            self.settings.client_secret,
            scope=SCOPE,
            redirect_uri=self.settings.redirect_uri,
            code_challenge_method="S256",
            default_timeout=TIMEOUT,
        )

    def _page(self, title: str, body: str, status: str = "200 OK") -> Answer:
        head = (
            "<meta charset='utf-8'><meta name='viewport' content='width=device-width, initial-scale=1'>"
            f"<title>{escape(title)}</title><link rel='stylesheet' href='/style.css'>"
        )
        main = f"<main><h1>{escape(title)}</h1>{body}</main>"
        return Answer(status, f"<!doctype html><html lang='en'><head>{head}</head><body>{main}</body></html>")


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class QuietHandler(WSGIRequestHandler):
    """Its log would have codes in it, from the callback's address."""

    def log_message(self, format: str, *arguments: object) -> None:
        pass


def read(environ: Mapping[str, str]) -> Settings:
    """Raises KeyError or ValueError."""
    return Settings(
        issuer=environ["DEMO_ISSUER"].rstrip("/"),
        client_id=environ["DEMO_CLIENT_ID"],
        client_secret=environ.get("DEMO_CLIENT_SECRET") or None,
        host=environ.get("DEMO_HOST", "127.0.0.1"),
        port=int(environ.get("DEMO_PORT", "8001")),
        brand=environ.get("IDP_BRAND") or Deployment().brand,
    )


def main() -> int:
    try:
        settings = read(os.environ)
    except KeyError as missing:
        print(f"demo: set {missing.args[0]}", file=sys.stderr)
        return 2
    except ValueError as error:
        print(f"demo: DEMO_PORT: {error}", file=sys.stderr)
        return 2
    try:
        server = make_server(settings.host, settings.port, Demo(settings), Server, QuietHandler)
    except OSError as error:
        print(f"demo: {settings.host}:{settings.port}: {error.strerror}; set DEMO_PORT to a free one", file=sys.stderr)
        return 1
    with server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0


def _get(url: str) -> Any:
    try:
        response = requests.get(url, timeout=TIMEOUT)
        response.raise_for_status()
        return response.json()
    except (requests.RequestException, ValueError) as error:
        raise SignInFailed(f"The server cannot be asked at {url}: {error}.") from error


def _body(environ: Mapping[str, Any]) -> str:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    sent: bytes = environ["wsgi.input"].read(length) if 0 < length <= MOST_TOLD else b""
    return sent.decode(errors="replace")


def _words(query: Mapping[str, str]) -> str:
    said = {
        "access_denied": "You did not allow it.",
        "login_required": "You would have to sign in first.",
        "consent_required": "You would have to allow it first.",
    }
    error = query["error"]
    return said.get(error, f"The server refused: {query.get('error_description', error)} ({error}).")


def _claims(claims: Mapping[str, Any]) -> str:
    rows = (f"<dt>{escape(name)}</dt><dd>{escape(_text(value))}</dd>" for name, value in claims.items())
    return f"<dl>{''.join(rows)}</dl>"


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


if __name__ == "__main__":
    sys.exit(main())
