"""Somebody with an app, recovery codes and a passkey, whose address is verified, and the browsers in which they prove
that."""

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp

from tests.drills.drill import Turn
from tests.drills.history import Event, Issued, Op, Outcome, key_of
from tests.drills.recorded_browser import LOGIN, RecordedBrowser
from tests.drills.relying_party import Ready
from tests.drills.wire import Answer
from tests.servers.nodes import Node
from tests.support.people import PASSWORD

RESET = "/accounts/password/reset/"
OPTIONS = re.compile(r'data-passkey="get" data-options="([^"]+)"')
PERIOD, LEFT = 30.0, 10.0
"""Seconds for which an app shows a code; as many must be left, so that none is too old when it comes."""
LIVING = """SELECT sid FROM accounts_loginsession JOIN accounts_user ON accounts_user.id = user_id
    WHERE username = %s AND ended_at IS NULL"""
SECRET = 32
"""Characters of the secret by which a browser's forms are known."""

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Holder:
    """The administrator's process has the passkey."""

    turn: Turn
    username: str
    secret: str
    recovery_codes: list[str]

    def app_code(self) -> str:
        """What the app shows, once it shows it for a while."""
        if (left := PERIOD - time.time() % PERIOD) < LEFT:
            time.sleep(left)  # for the next code
        return pyotp.TOTP(self.secret).now()

    def sessions(self) -> int:
        """How many sign-ins of theirs live."""
        with self.turn.ground.database() as database:
            return len(database.execute(LIVING, [self.username]).fetchall())

    def say(self, verb: str, *words: object) -> Any:
        return self.turn.ground.admin.say(verb, *words)


def new_holder(turn: Turn) -> Holder:
    """A person of the round's own, before anything is counted."""
    turn.ground.admin.say("forget_throttles")
    username = f"holder{turn.random.getrandbits(40):x}"
    made = turn.ground.admin.say("holder", username)
    return Holder(turn, username, made["secret"], made["recovery_codes"])


@dataclass(slots=True)
class ProvingBrowser(RecordedBrowser):
    page: str = ""
    """That of the sign-in on its way: what is proven next is posted there."""

    def copy(self) -> "ProvingBrowser":
        return replace(self)

    def led(self, answer: Answer) -> None:
        """Goes on where the answer leads."""
        assert answer.status == 303, answer
        led = urlsplit(answer.headers["location"])
        self.page = f"{led.path}?{led.query}"

    def prove(self, node: Node, form: Form, ready: Ready | None = None) -> Answer:
        """Posts it: a consumption of what is in the form, for the session that begins or the page that it leads to."""
        start = time.monotonic()
        answer = self._post(node, self.page, ready, **form)
        self._take(node, answer)
        [key] = map(key_of, form.values())
        onward = answer.headers.get("location", "") if answer.status == 303 else ""
        successor = self.key if self.session else key_of(onward) if "sign_in=" in onward else ""
        outcome = Outcome.OK if successor else Outcome.REFUSED if onward else self._outcome(answer)
        place, end = f"{node.port}{urlsplit(self.page).path}", time.monotonic()
        proof = Event(Op.CONSUME, key, key, start, end, outcome, successor, place=place, status=answer.status)
        self.history.add(proof)
        if self.session:
            begun = replace(proof, op=Op.LOGIN, key=self.key, family=self.key, issued=(Issued(self.key),))
            self.history.add(begun)
        return answer

    def choose(self, node: Node, password: str, ready: Ready | None = None) -> Answer:
        [handle] = parse_qs(urlsplit(self.page).query)["sign_in"]
        answer = self._post(node, self.page, ready, sign_in=handle, password=password)
        self._take(node, answer)
        return answer

    def post(self, node: Node, path: str, **form: str) -> None:
        """A step that leads on."""
        self.led(self._post(node, path, None, **form))


def browser_of(holder: Holder) -> ProvingBrowser:
    secret = f"{holder.turn.random.getrandbits(100):0{SECRET}d}"[:SECRET]
    return ProvingBrowser(holder.turn.history, holder.username, PASSWORD, may_wait=True, secret=secret)


def by_password(holder: Holder, node: Node) -> ProvingBrowser:
    """At the second step."""
    browser = browser_of(holder)
    browser.post(node, LOGIN, login=holder.username, password=PASSWORD)
    return browser


def app(holder: Holder, node: Node) -> tuple[ProvingBrowser, Form]:
    return by_password(holder, node), {"code": holder.app_code()}


def recovery_code(holder: Holder, node: Node) -> tuple[ProvingBrowser, Form]:
    return by_password(holder, node), {"code": holder.recovery_codes.pop()}


def passkey(holder: Holder, node: Node) -> tuple[ProvingBrowser, Form]:
    browser = browser_of(holder)
    browser.page = LOGIN
    found = OPTIONS.search(browser.get(node, LOGIN).content.decode())
    assert found, "the sign-in page has no button for passkeys"
    return browser, {"passkey": holder.say("unlock", holder.username, json.loads(unescape(found[1])))}


def mailed_code(holder: Holder, node: Node) -> tuple[ProvingBrowser, Form]:
    browser = browser_of(holder)
    browser.post(node, RESET, login=holder.username)
    return browser, {"code": holder.say("mailed", "password_reset", holder.username)}


METHODS: Mapping[str, Callable[[Holder, Node], tuple[ProvingBrowser, Form]]] = {
    "app": app,
    "recovery code": recovery_code,
    "passkey": passkey,
    "mailed code": mailed_code,
}
"""By each, a browser at the page where it is proven, and the form that proves it."""
SECOND = ("app", "recovery code")
"""Those that come after a password."""
