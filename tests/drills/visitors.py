"""Everybody who asks a deployment at its door: applications with tokens, people who sign in and out, an administrator.
And what one build gave them and another has to take."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from tests.drills.codes import Codes
from tests.drills.deployed import Deployed
from tests.drills.drill import Turn
from tests.drills.ground import BOB
from tests.drills.history import Outcome
from tests.drills.load import WITHOUT_DATABASE, Worker
from tests.drills.recorded_browser import RecordedBrowser
from tests.drills.relying_party import RelyingParty
from tests.drills.repeating import Repeating
from tests.support.messages import AUTHORIZE, NOWHERE, Registered, authorization_request
from tests.support.people import PASSWORD, USERNAME
from tests.support.person import Page, Person

PAUSE = 0.1
"""Seconds between two requests of one of them, at the most: a lost request is looked for, not a full machine."""
ADMIN = ("/admin/", "/admin/tokens/client/", "/admin/accounts/user/")


@dataclass(slots=True)
class Visitors:
    turn: Turn
    at: Deployed
    faults: list[tuple[int | None, str]] = field(default_factory=list)
    """Status, where there was an answer, and what went wrong, of people who follow pages."""
    workers: list[Worker] = field(default_factory=list)
    _administrator: RecordedBrowser = field(init=False)

    def __post_init__(self) -> None:
        self._administrator = self.signed_in(BOB)
        self.workers = [self._worker(self.web, self.at.web), self._worker(self.spa, self.at.spa)]

    @property
    def web(self) -> RelyingParty:
        return RelyingParty(self.at.web["client_id"], self.at.web["client_secret"], self.turn.history)

    @property
    def spa(self) -> RelyingParty:
        return RelyingParty(self.at.spa["client_id"], "", self.turn.history)

    def coming(self) -> Repeating:
        """While its block runs, each of them comes again and again."""
        acts: list[Callable[[], object]] = [worker.work for worker in self.workers]
        acts += [self._sign_in_at_an_application, self._sign_in_and_out, self._administrate, self._read]
        return Repeating([(act, self._own()) for act in acts], PAUSE)

    def signed_in(self, username: str) -> RecordedBrowser:
        browser = RecordedBrowser(self.turn.history, username, PASSWORD, may_wait=self.turn.slack > 1)
        browser.sign_in(self.at.door)
        return browser

    def arrive(self, person: Person) -> Page | str:
        """At the page where the application's request leads who is not signed in."""
        client = Registered(self.at.spa["client_id"], redirect_uri=NOWHERE)
        query = authorization_request(client, scope="openid", state=None, nonce=None)
        return person.visit(f"{self.at.door.url}{AUTHORIZE}?{urlencode(query)}", client=NOWHERE)

    def finish(self, person: Person, place: Page | str) -> None:
        """From that page on until the application has its tokens."""
        redirected = person.obey(place, client=NOWHERE)
        answer = self.spa.redeem(self.at.door, parse_qs(urlsplit(redirected).query)["code"][0])
        if answer.outcome is Outcome.OK:
            self.spa.userinfo(self.at.door, answer.json["access_token"])

    def followed(self, follow: Callable[[], None]) -> None:
        """Notes where a page was none."""
        try:
            follow()
        except (AssertionError, requests.RequestException) as error:
            status = str(error).partition(" at ")[0]
            self.faults.append((int(status) if status.isdigit() else None, f"a page: {str(error)[:200]}"))

    def _sign_in_at_an_application(self) -> None:
        with Person(USERNAME, PASSWORD) as person:
            self.followed(lambda: self.finish(person, self.arrive(person)))

    def _sign_in_and_out(self) -> None:
        browser = self.signed_in(USERNAME)
        if browser.session:
            browser.who(self.at.door)
            browser.sign_out(self.at.door)

    def _administrate(self) -> None:
        for path in ADMIN:
            self._administrator.visit(self.at.door, path)

    def _read(self) -> None:
        for path in WITHOUT_DATABASE[1:]:
            self.spa.get(self.at.door, path)

    def _worker(self, client: RelyingParty, registered: dict[str, str]) -> Worker:
        with Person(USERNAME, PASSWORD) as person:
            codes = Codes(person, self.at.door, registered["client_id"])
            tokens, *families = [client.redeem(self.at.door, codes.new()).json for _ in range(3)]
            return Worker(client, (self.at.door,), self._own(), tokens, [codes.new(), codes.new()], families)

    def _own(self) -> Random:
        return Random(self.turn.random.random())  # noqa: S311 a seed makes its choices again, which is the point


@dataclass(frozen=True, slots=True)
class Carried:
    """What a build gave, each to be taken by another: a code, tokens, a session, a page that waits for a password."""

    code: str
    tokens: dict[str, str]
    browser: RecordedBrowser
    person: Person
    page: Page | str


def carry(visitors: Visitors) -> Carried:
    with Person(USERNAME, PASSWORD) as person:
        codes = Codes(person, visitors.at.door, visitors.at.web["client_id"])
        code, other = codes.new(), codes.new()
    waiting = Person(USERNAME, PASSWORD)
    tokens = visitors.web.redeem(visitors.at.door, other).json
    return Carried(code, tokens, visitors.signed_in(USERNAME), waiting, visitors.arrive(waiting))


def take(visitors: Visitors, carried: Carried) -> None:
    """By another build: what is refused is in the history, and among the faults."""
    door, web = visitors.at.door, visitors.web
    web.redeem(door, carried.code)
    web.introspect(door, carried.tokens["access_token"])
    web.userinfo(door, carried.tokens["access_token"])
    web.refresh(door, carried.tokens["refresh_token"])
    carried.browser.who(door)
    with carried.person:
        visitors.followed(partial(visitors.finish, carried.person, carried.page))
