"""A client that writes down what it asked and was told."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from tests.drills.history import Event, History, Issued, Op, Outcome, key_of
from tests.drills.wire import Answer, Server, ask
from tests.support.messages import NOWHERE, Registered, basic, bearer, code_form

Ready = Callable[[], object]
RECKONED = 2.0
"""Seconds that a node's reckoning of the database's time may be off: half of what it waits for an answer to it."""


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """A public client, or one with a secret. A node may be named by another port that leads to it."""

    client_id: str
    client_secret: str
    history: History

    def redeem(self, node: Server, code: str, ready: Ready | None = None, *, port: int | None = None) -> Answer:
        form = code_form(Registered(self.client_id, redirect_uri=NOWHERE), code)
        return self._consume(node, code, form, ready, port)

    def refresh(self, node: Server, token: str, ready: Ready | None = None, *, port: int | None = None) -> Answer:
        form = {"grant_type": "refresh_token", "refresh_token": token}
        return self._consume(node, token, form, ready, port)

    def revoke(self, node: Server, token: str, ready: Ready | None = None) -> Answer:
        """RFC 7009."""
        return self._post(Op.REVOKE, node, "/oauth2/revoke", token, {"token": token}, ready)

    def introspect(self, node: Server, token: str) -> Answer:
        """RFC 7662; only a client with a secret may."""
        return self._post(Op.USE, node, "/oauth2/introspect", token, {"token": token})

    def userinfo(self, node: Server, token: str) -> Answer:
        start = time.monotonic()
        answer = ask(node.port, "GET", "/oauth2/userinfo", headers=bearer(token))
        self._note(Op.USE, node, "/oauth2/userinfo", token, start, answer)
        return answer

    def get(self, node: Server, path: str) -> Answer:
        start = time.monotonic()
        answer = ask(node.port, "GET", path)
        self._note(Op.ASK, node, path, path, start, answer)
        return answer

    def alive(self, nodes: tuple[Server, ...], *answers: Answer) -> list[str]:
        """Where something of these token responses still works, at whichever node. It spends what does."""
        found = []
        for node in nodes:
            for tokens in (answer.json for answer in answers):
                if self.userinfo(node, tokens["access_token"]).outcome is Outcome.OK:
                    found.append(f"an access token at {node.url}")
                if "refresh_token" in tokens and self.refresh(node, tokens["refresh_token"]).outcome is Outcome.OK:
                    found.append(f"a refresh token at {node.url}")
        return found

    def _consume(self, node: Server, token: str, form: dict[str, str], ready: Ready | None, port: int | None) -> Answer:
        return self._post(Op.CONSUME, node, "/oauth2/token", token, form, ready, port)

    def _post(
        self,
        op: Op,
        node: Server,
        path: str,
        token: str,
        form: dict[str, str],
        ready: Ready | None = None,
        port: int | None = None,
    ) -> Answer:
        start = time.monotonic()
        answer = ask(port or node.port, "POST", path, {**form, **self._named()}, self._authenticated(), ready)
        self._note(op, node, path, token, start, answer)
        return answer

    def _named(self) -> dict[str, str]:
        return {} if self.client_secret else {"client_id": self.client_id}

    def _authenticated(self) -> dict[str, str]:
        if not self.client_secret:
            return {}
        return basic(self.client_id, self.client_secret)

    def _note(self, op: Op, node: Server, path: str, token: str, start: float, answer: Answer) -> None:
        end, key = time.monotonic(), key_of(token)
        tokens = answer.json if op is Op.CONSUME and answer.outcome is Outcome.OK else {}
        self.history.add(
            Event(
                op,
                key,
                self.history.family(key),
                start,
                end,
                _judged(answer),
                successor=key_of(tokens.get("refresh_token", tokens.get("access_token", ""))) if tokens else "",
                issued=_issued(tokens, end),
                place=f"{node.port}{path}",
                status=answer.status,
            )
        )


def _judged(answer: Answer) -> Outcome:
    """To be told that a token is inactive is to be refused."""
    inactive = answer.outcome is Outcome.OK and answer.json.get("active", True) is False
    return Outcome.REFUSED if inactive else answer.outcome


def _issued(tokens: dict[str, str], end: float) -> tuple[Issued, ...]:
    if not tokens:
        return ()
    over = end + int(tokens["expires_in"])
    # A second early: whole seconds are told, and the request took some of them.
    access = Issued(key_of(tokens["access_token"]), over - 1, over + RECKONED)
    return (access, *([Issued(key_of(tokens["refresh_token"]), inf)] if "refresh_token" in tokens else []))
