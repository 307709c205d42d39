"""What `carries.py` asks: each request of people's pages and of programs, ready to be sent, with all that comes
before."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import urllib3

from tests.servers.nodes import Cluster
from tests.support.messages import (
    AUTHORIZE,
    FORM_TYPE,
    NOWHERE,
    SCOPE,
    TOKEN,
    USERINFO,
    Registered,
    authorization_request,
    basic,
    bearer,
    code_form,
)
from tests.support.people import EMAIL, PASSWORD, USERNAME
from tests.support.person import Page, Person

AT_ONCE = 4
"""Connections that ask; each is kept open, as a proxy's are."""
INTROSPECT = "/oauth2/introspect"
Given = TypeVar("Given")
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request. `good`: what is in a right answer's address or body. `form`: is posted."""

    url: str
    good: str
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    address: str
    """Where it leads, if it leads anywhere."""
    text: str


Case = Callable[[int], Sequence[Asked]]
"""So many requests, each with all done that comes before it."""


class Browser:
    """Sends requests over connections that it keeps. Knows no cookie but those that a request has."""

    def __init__(self) -> None:
        self._pool = urllib3.PoolManager(maxsize=AT_ONCE, block=True)
        self._threads = ThreadPoolExecutor(AT_ONCE)

    def send(self, asked: Asked) -> Answered:
        """Raises RuntimeError where the answer is not the right one."""
        method, body = ("GET", None) if asked.form is None else ("POST", urlencode(asked.form))
        headers = dict(asked.headers) if body is None else {"Content-Type": FORM_TYPE, **asked.headers}
        answer = self._pool.request(method, asked.url, headers=headers, body=body, redirect=False, retries=False)
        answered = Answered(answer.headers.get("Location", ""), answer.data.decode())
        if asked.good not in answered.address + answered.text:
            raise RuntimeError(f"{method} {asked.url}: {answer.status} {answered}")
        return answered

    def send_all(self, asked: Iterable[Asked]) -> list[Answered]:
        """Their answers, in this order."""
        return self.each(self.send, asked)

    def each(self, work: Callable[[Given], Made], given: Iterable[Given]) -> list[Made]:
        return list(self._threads.map(work, given))


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A node, and who asks it. `person`: is signed in, and has allowed `web` everything."""

    url: str
    web: Registered
    machine: Registered
    person: Person
    browser: Browser

    @property
    def signed_in(self) -> Mapping[str, str]:
        return {"Cookie": self.person.cookies()}

    def authorize(self, **changes: str) -> str:
        return f"{self.url}{AUTHORIZE}?{urlencode(authorization_request(self.web, scope=SCOPE, **changes))}"

    def post(self, path: str, form: Mapping[str, str], client: Registered, good: str) -> Asked:
        return Asked(url=self.url + path, form=form, headers=basic(client.client_id, client.client_secret), good=good)


def world(nodes: Cluster, person: Person) -> World:
    """Of a cluster's first node, once there is the person, and has signed in and consented."""
    nodes.superuser(USERNAME, EMAIL, PASSWORD)
    web = _client(nodes, "web", "--redirect-uri", NOWHERE, "--scope", *SCOPE.split())
    machine = _client(nodes, "machine", "--scope", "email")
    made = World(url=nodes.nodes[0].url, web=web, machine=machine, person=person, browser=Browser())
    person.go(made.authorize(), client=NOWHERE)
    return made


def _client(nodes: Cluster, kind: str, *arguments: str) -> Registered:
    made = nodes.client(kind, kind, more=arguments)
    return Registered(made["client_id"], made["client_secret"], NOWHERE)


def pages(world: World) -> dict[str, Case]:
    """Of people, by name."""
    return {
        "authorize, nobody is signed in": partial(_authorize_nobody, world),
        "sign-in page": partial(_sign_in_pages, world),
        "sign-in": partial(_sign_ins, world),
        "consent page": partial(_consent_pages, world),
        "consent, yes": partial(_yes, world),
        "back from the pages, with the code": partial(_back, world),
        "authorize, signed in": partial(_authorize, world),
    }


def programs(world: World) -> dict[str, Case]:
    """Of applications and APIs, by name."""
    machine = {"grant_type": "client_credentials", "scope": "email"}
    return {
        "code exchange": partial(_exchanges, world),
        "refresh": partial(_with_tokens, world, _refresh),
        "userinfo": partial(_with_tokens, world, _userinfo),
        "introspection": partial(_with_tokens, world, _introspection),
        "client_credentials": lambda number: [world.post(TOKEN, machine, world.machine, "access_token")] * number,
    }


def _authorize_nobody(world: World, number: int) -> Sequence[Asked]:
    return [Asked(url=world.authorize(), good="/accounts/login/")] * number


def _authorize(world: World, number: int) -> Sequence[Asked]:
    return [Asked(url=world.authorize(), headers=world.signed_in, good="code=")] * number


def _strangers(world: World, number: int) -> Sequence[tuple[Person, Page]]:
    """People at the sign-in page, each with a browser of their own."""

    def led(person: Person) -> tuple[Person, Page]:
        page = person.visit(world.authorize(), client=NOWHERE)
        assert isinstance(page, Page), page
        return person, page

    return world.browser.each(led, [Person(USERNAME, PASSWORD) for _ in range(number)])


def _sign_in_pages(world: World, number: int) -> Sequence[Asked]:
    return [
        Asked(url=page.url, headers={"Cookie": person.cookies()}, good='name="password"')
        for person, page in _strangers(world, number)
    ]


def _sign_ins(world: World, number: int) -> Sequence[Asked]:
    typed = {"login": USERNAME, "password": PASSWORD}
    return [_filled(world, page, person.cookies(), typed, AUTHORIZE) for person, page in _strangers(world, number)]


def _filled(world: World, page: Page, cookies: str, typed: Mapping[str, str], good: str) -> Asked:
    form = page.form()
    headers = {"Cookie": cookies, "Origin": world.url, "Referer": page.url}
    return Asked(url=form.action, form={**form.fields, **typed}, headers=headers, good=good)


def _consent_pages(world: World, number: int) -> Sequence[Asked]:
    asked = [Asked(url=world.authorize(prompt="consent"), headers=world.signed_in, good="/oauth2/consent")] * number
    return [
        Asked(url=urljoin(world.url, led.address), headers=world.signed_in, good='name="shown"')
        for led in world.browser.send_all(asked)
    ]


def _yes(world: World, number: int) -> Sequence[Asked]:
    asked = _consent_pages(world, number)
    shown = world.browser.send_all(asked)
    pages = [Page(each.url, 200, answer.text) for each, answer in zip(asked, shown, strict=True)]
    return [_filled(world, page, world.person.cookies(), {"answer": "allow"}, AUTHORIZE) for page in pages]


def _back(world: World, number: int) -> Sequence[Asked]:
    return [
        Asked(url=urljoin(world.url, led.address), headers=world.signed_in, good="code=")
        for led in world.browser.send_all(_yes(world, number))
    ]


def _exchanges(world: World, number: int) -> Sequence[Asked]:
    led = world.browser.send_all(_authorize(world, number))
    codes = [parse_qs(urlsplit(each.address).query)["code"][0] for each in led]
    return [world.post(TOKEN, code_form(world.web, code), world.web, "access_token") for code in codes]


def _with_tokens(world: World, ask: Callable[[World, Mapping[str, str]], Asked], number: int) -> Sequence[Asked]:
    """With the tokens of a few, over and over."""
    few = [_tokens(answer) for answer in world.browser.send_all(_exchanges(world, AT_ONCE))]
    return [ask(world, few[place % AT_ONCE]) for place in range(number)]


def _tokens(answer: Answered) -> Mapping[str, str]:
    tokens: dict[str, str] = json.loads(answer.text)
    return tokens


def _refresh(world: World, tokens: Mapping[str, str]) -> Asked:
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    return world.post(TOKEN, form, world.web, "access_token")


def _userinfo(world: World, tokens: Mapping[str, str]) -> Asked:
    return Asked(url=world.url + USERINFO, headers=bearer(tokens["access_token"]), good='"sub"')


def _introspection(world: World, tokens: Mapping[str, str]) -> Asked:
    return world.post(INTROSPECT, {"token": tokens["access_token"]}, world.web, '"active": true')
