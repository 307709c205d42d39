"""A browser that somebody signs in with, for drills: all that it does is in the history, a cut connection too."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.drills.history import Event, History, Issued, Op, Outcome, key_of
from tests.drills.wire import Answer, ask
from tests.servers.nodes import Node
from tokens.protocol import handles

LOGIN, LOGOUT, PASSWORD = "/accounts/login/", "/accounts/logout/", "/accounts/password/change/"
FORGERY = "A" * 32
"""What a form and the cookie have to agree upon."""


@dataclass(slots=True)
class RecordedBrowser:
    """It holds at most one session; its copies are other browsers with the same."""

    history: History
    username: str
    password: str
    session: str = ""
    may_wait: bool = False
    """Whether a page that says when to come back is as good an answer to it as to a program."""
    secret: str = FORGERY
    """By which its forms are known, and a sign-in on its way."""

    @property
    def key(self) -> str:
        """The history's name of the session."""
        return key_of(self.session)

    @property
    def key_hash(self) -> str:
        """The database's."""
        return handles.key(handles.Handle(self.session))

    def sign_in(self, node: Node) -> Answer:
        start = time.monotonic()
        answer = self._post(node, LOGIN, login=self.username, password=self.password)
        self._take(node, answer)
        self._note(Op.LOGIN, node, LOGIN, start, answer, issues=answer.outcome is Outcome.OK)
        return answer

    def who(self, node: Node) -> bool:
        """Whether the home page knows the person."""
        start = time.monotonic()
        answer = ask(node.port, "GET", "/", headers=self._cookies(node))
        known = f"<dd><bdi>{self.username}</bdi></dd>".encode() in answer.content
        self._note(Op.USE, node, "/", start, answer, refused=answer.outcome is Outcome.OK and not known)
        return known

    def visit(self, node: Node, path: str) -> Answer:
        """A page that is only for who is signed in: who is led away from it is refused."""
        start = time.monotonic()
        answer = ask(node.port, "GET", path, headers=self._cookies(node))
        self._note(Op.USE, node, path, start, answer, refused=answer.status in (302, 303))
        return answer

    def get(self, node: Node, path: str) -> Answer:
        """A page that is for anybody."""
        return ask(node.port, "GET", path, headers=self._cookies(node))

    def sign_out(self, node: Node, ready: Callable[[], object] | None = None) -> Answer:
        start = time.monotonic()
        answer = self._post(node, LOGOUT, ready)
        self._note(Op.REVOKE, node, LOGOUT, start, answer)
        return answer

    def change_password(self, node: Node, new: str) -> Answer:
        """The session goes on under another key."""
        start, old = time.monotonic(), self.key
        answer = self._post(node, PASSWORD, current_password=self.password, new_password=new)
        self.password = new
        self._take(node, answer)
        outcome = self._outcome(answer)
        self.history.add(Event(Op.REVOKE, old, old, start, time.monotonic(), outcome, status=answer.status))
        self._note(Op.LOGIN, node, PASSWORD, start, answer, issues=answer.outcome is Outcome.OK)
        return answer

    def _outcome(self, answer: Answer) -> Outcome:
        return Outcome.UNAVAILABLE if self.may_wait and answer.is_page_for_later else answer.outcome

    def _take(self, node: Node, answer: Answer) -> None:
        self.session = answer.cookies.get(f"{node.cookie_prefix}session", self.session)

    def _cookies(self, node: Node) -> dict[str, str]:
        ours = {"csrf": self.secret, "session": self.session}
        return {"Cookie": "; ".join(f"{node.cookie_prefix}{name}={value}" for name, value in ours.items())}

    def _post(self, node: Node, path: str, ready: Callable[[], object] | None = None, **form: str) -> Answer:
        return ask(node.port, "POST", path, {"csrfmiddlewaretoken": self.secret, **form}, self._cookies(node), ready)

    def _note(
        self,
        op: Op,
        node: Node,
        path: str,
        start: float,
        answer: Answer,
        *,
        issues: bool = False,
        refused: bool = False,
    ) -> None:
        self.history.add(
            Event(
                op,
                self.key,
                self.key,
                start,
                time.monotonic(),
                Outcome.REFUSED if refused else self._outcome(answer),
                issued=(Issued(self.key),) if issues else (),
                place=f"{node.port}{path}",
                status=answer.status,
            )
        )
