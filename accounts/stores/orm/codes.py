"""Codes that are mailed to people: a row a holder, and an attempt is one UPDATE, which judges it too."""

import secrets
from datetime import datetime

from accounts.ground.dialects import can_return
from accounts.ground.taken_back import once_more
from accounts.stores.base.codes import Attempt, Code
from accounts.stores.orm.statements import codes

ATTEMPT_BYTES = 12


class Codes:
    def put(self, holder: str, code: Code) -> None:
        once_more(lambda: codes.put(holder, code).run())

    def attempt(self, holder: str, digest: str, now: datetime) -> Attempt:
        attempt = secrets.token_hex(ATTEMPT_BYTES)
        if not can_return():
            return _read_after(holder, digest, attempt, now)
        for is_right, bound in once_more(lambda: list(codes.attempt_returning(holder, digest, attempt, now).all())):
            return Attempt(outcome="right", bound=bound) if is_right else Attempt(outcome="wrong")
        return Attempt(outcome="over")


def _read_after(holder: str, digest: str, attempt: str, now: datetime) -> Attempt:
    if once_more(lambda: codes.attempt(holder, digest, attempt, now).run()) == 0:
        return Attempt(outcome="over")
    for (bound,) in codes.of_attempt(holder, attempt):
        return Attempt(outcome="right", bound=bound)
    return Attempt(outcome="wrong")
