"""Sign-ins that are not finished: an item each, and every verb one conditional write of it."""

from datetime import datetime

from accounts.ground.dynamodb.items import EXPIRES, Expression, Item, Value, instant, micros, number
from accounts.ground.dynamodb.state import State
from accounts.ground.dynamodb.unit import Condition, Place
from accounts.stores.base.unfinished import MOST_PROOFS, Proof, UnfinishedSignIn, proofs_of
from accounts.stores.dynamodb.ending import ending

BROWSER, IDENTIFIER, FOLLOWING, REMEMBERED, CREATED = "browser", "identifier", "following", "remembered", "created"
SUBJECT, EPOCH, PROOFS, FINISHED = "subject", "epoch", "proofs", "finished"


class Unfinished:
    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, sign_in: UnfinishedSignIn) -> None:
        held: dict[str, Value] = {
            BROWSER: sign_in.browser,
            IDENTIFIER: sign_in.identifier,
            FOLLOWING: sign_in.following,
            REMEMBERED: sign_in.remembered,
            CREATED: micros(sign_in.created),
            **ending(sign_in.expires),
        }
        self._state.add(_place(sign_in.key), held)

    def get(self, key: str, browser: str, now: datetime) -> UnfinishedSignIn | None:
        item = self._state.get(_place(key))
        if item is None or item[BROWSER] != browser or FINISHED in item or number(item, EXPIRES) <= micros(now):
            return None
        return _record_of(key, item)

    def prove(self, key: str, browser: str, proof: Proof, subject: str, epoch: int, now: datetime) -> bool:
        expression = Expression()
        is_alive = expression.all_of(_alive(browser, now))
        is_theirs = expression.all_of([(SUBJECT, "=", subject), (EPOCH, "=", epoch)])
        is_nobodys = expression.all_of([(SUBJECT, "absent", None)])
        has_room = expression.all_of([(PROOFS, "absent", None)])
        has_room += f" OR size({expression.name(PROOFS)}) < {expression.value(MOST_PROOFS)}"
        is_proven, _ = self._state.change(
            _place(key),
            f"{is_alive} AND ({is_nobodys} OR ({is_theirs})) AND ({has_room})",
            expression,
            sets={SUBJECT: subject, EPOCH: epoch},
            adds={PROOFS: frozenset([proof.as_text()])},
        )
        return is_proven

    def finish(self, key: str, browser: str, now: datetime) -> bool:
        return self._state.decide(_place(key), _alive(browser, now), {FINISHED: True})


def _alive(browser: str, now: datetime) -> list[Condition]:
    return [(BROWSER, "=", browser), (FINISHED, "absent", None), (EXPIRES, ">", micros(now))]


def _record_of(key: str, item: Item) -> UnfinishedSignIn:
    proofs = item.get(PROOFS, frozenset())
    assert isinstance(proofs, frozenset)  # noqa: S101 as we write it
    return UnfinishedSignIn(
        key=key,
        browser=str(item[BROWSER]),
        identifier=str(item[IDENTIFIER]),
        following=str(item[FOLLOWING]),
        remembered=item[REMEMBERED] is True,
        created=instant(number(item, CREATED)),
        expires=instant(number(item, EXPIRES)),
        subject=str(item[SUBJECT]) if SUBJECT in item else None,
        epoch=number(item, EPOCH) if EPOCH in item else 0,
        proofs=proofs_of(proofs),
    )


def _place(key: str) -> Place:
    return "one_time", f"sign-in:{key}", ""
