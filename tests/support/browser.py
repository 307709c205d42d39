"""A browser in this process, without sockets, for what needs no server: cookies of its own, redirects among our pages,
forms with their CSRF token. `person.Person` is the one for live providers."""

from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from django.conf import settings
from django.test import Client

from tests.support import endpoints
from tests.support.messages import (
    AUTHORIZE,
    CONSENT,
    FORM_TYPE,
    REDIRECT_URI,
    TOKEN,
    USERINFO,
    Registered,
    authorization_request,
    bearer,
    code_form,
    secret_post,
)
from tests.support.people import PASSWORD

LOGIN, REAUTHENTICATE = "/accounts/login/", "/accounts/reauthenticate/"


class Browser:
    def __init__(self) -> None:
        self.http = Client(enforce_csrf_checks=True)
        self.place = ""
        """Path and query of the page that is shown."""

    def open(self, url: str, **query: str) -> Any:
        """The page, or the redirect that leaves for the client."""
        return self._follow(self.http.get(f"{url}?{urlencode(query)}" if query else url), url)

    def send(self, path: str, fields: dict[str, str] | list[tuple[str, str]], *, follow: bool = True) -> Any:
        held = self.http.cookies.get(settings.CSRF_COOKIE_NAME)
        token = held.value if held else ""
        pairs = [*(fields.items() if isinstance(fields, dict) else fields), ("csrfmiddlewaretoken", token)]
        response: Any = self.http.post(path, urlencode(pairs), content_type=FORM_TYPE)
        return self._follow(response, path) if follow else response

    def authorize(self, client: Registered, **changes: str | None) -> Any:
        return self.open(AUTHORIZE, **authorization_request(client, **changes))

    def sign_in(self, username: str = "alice", password: str = PASSWORD) -> Any:
        """On the sign-in page that is shown, or on one without a request."""
        if self.path != LOGIN:
            self.open(LOGIN)
        return self.send(LOGIN, {"login": username, "password": password, "next": self.query.get("next", "")})

    def reauthenticate(self, password: str = PASSWORD) -> Any:
        return self.send(REAUTHENTICATE, {"password": password, "next": self.query["next"]})

    def sign_out(self) -> None:
        self.open("/accounts/logout/")
        self.send("/accounts/logout/", {})

    def answer(self, word: str = "allow", *, follow: bool = True) -> Any:
        """On the consent page that is shown."""
        return self.send(CONSENT, endpoints.consent_form(self.http, self.query["interaction"], word), follow=follow)

    def walk(self, client: Registered, **changes: str | None) -> dict[str, str]:
        """Signs in and consents as far as it is asked; what the client is told."""
        response = self.authorize(client, **changes)
        if self.path == LOGIN:
            response = self.sign_in()
        if self.path == CONSENT:
            response = self.answer()
        return parameters_of(response)

    @property
    def path(self) -> str:
        return urlsplit(self.place).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.place).query))

    @property
    def interaction(self) -> str:
        """The id in the address of the page that is shown, wherever it stands there."""
        inner = urlsplit(self.query.get("next", "")).query
        return self.query.get("interaction") or parse_qs(inner)["interaction"][0]

    def _follow(self, response: Any, place: str) -> Any:
        for _ in range(10):
            self.place = place
            location = response.headers.get("Location", "")
            if not location.startswith("/"):
                self.place = place if response.status_code < 300 or response.status_code >= 400 else ""
                return response
            place, response = location, self.http.get(location)
        raise AssertionError(f"redirects without end: {place}")


def parameters_of(response: Any) -> dict[str, str]:
    """The authorization response: a 303 to the client, no parameter twice."""
    assert response.status_code == 303, response.content.decode()
    location = response.headers["Location"]
    assert location.startswith(f"{REDIRECT_URI}?"), location
    given = parse_qs(urlsplit(location).query, strict_parsing=True)
    assert all(len(values) == 1 for values in given.values())
    return {name: values[0] for name, values in given.items()}


def exchange(client: Registered, code: str) -> Any:
    """The token endpoint's answer to the client's own server."""
    return endpoints.post(Client(), TOKEN, code_form(client, code) | secret_post(client))


def userinfo(access_token: str) -> Any:
    return Client().get(USERINFO, headers=bearer(access_token))


def is_refusal(response: Any) -> bool:
    """A page that says what is wrong, and sends nobody anywhere."""
    return response.status_code == 400 and "Location" not in response.headers and b"<h1>" in response.content
