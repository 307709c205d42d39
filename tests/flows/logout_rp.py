"""A relying party's back-channel logout endpoint: a real server, which verifies with a library that is not ours."""

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs

from jwcrypto.jwk import JWKSet
from jwcrypto.jwt import JWT

EVENTS: dict[str, dict[str, str]] = {"http://schemas.openid.net/event/backchannel-logout": {}}

Behave = Callable[[BaseHTTPRequestHandler], None]
"""How a request that was read is answered."""


def says(status: int, **headers: str) -> Behave:
    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return behave


OK = says(200)


@dataclass(slots=True)
class LogoutEndpoint:
    behave: Behave
    port: int = 0
    requests: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    """Path, headers in lower case, and body of each."""
    lock: Lock = field(default_factory=Lock)

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}/logout?tenant=a"

    @property
    def tokens(self) -> list[str]:
        """What was posted, each as the one parameter of a form."""
        forms = [parse_qs(body, strict_parsing=True) for _, _, body in self.requests]
        assert all(set(form) == {"logout_token"} and len(form["logout_token"]) == 1 for form in forms)
        return [form["logout_token"][0] for form in forms]

    def notices(self, jwks: str, issuer: str, client_id: str) -> list[tuple[str, str | None]]:
        """`sub` and `sid` of each notice, verified as §2.6 wants it."""
        return [verified(token, jwks, issuer, client_id) for token in self.tokens]


def verified(token: str, jwks: str, issuer: str, client_id: str) -> tuple[str, str | None]:
    read = JWT(algs=["RS256", "PS256", "ES256", "EdDSA"], expected_type="JWS")
    read.deserialize(token, JWKSet.from_json(jwks))
    header, claims = json.loads(read.header), json.loads(read.claims)
    now = time.time()
    assert header["typ"] == "logout+jwt"
    assert (claims["iss"], claims["aud"], claims["events"]) == (issuer, client_id, EVENTS)
    assert now - 30 < claims["iat"] <= now < claims["exp"] <= claims["iat"] + 120
    assert claims.keys() - {"sid"} == {"iss", "aud", "iat", "exp", "jti", "events", "sub"}
    return claims["sub"], claims.get("sid")


@contextlib.contextmanager
def logout_endpoint(behave: Behave = OK) -> Iterator[LogoutEndpoint]:
    endpoint = LogoutEndpoint(behave=behave)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            with endpoint.lock:
                headers = {name.lower(): value for name, value in self.headers.items()}
                endpoint.requests.append((self.path, headers, body))
            with contextlib.suppress(OSError):
                endpoint.behave(self)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        endpoint.port = server.server_port
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield endpoint
        finally:
            server.shutdown()
            thread.join(10)
