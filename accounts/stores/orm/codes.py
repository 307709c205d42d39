"""Codes that are mailed to people: a row a holder. An attempt is one UPDATE, which counts it and shows the code's
digest; only then is it judged."""

import hmac
from datetime import datetime

from accounts.ground.dialects import can_return
from accounts.ground.taken_back import once_more
from accounts.stores.base.codes import Attempt, Code
from accounts.stores.orm.statements import codes


class Codes:
    def put(self, holder: str, code: Code) -> None:
        once_more(lambda: codes.put(holder, code).run())

    def attempt(self, holder: str, digest: str, now: datetime) -> Attempt:
        for held, bound in once_more(lambda: _counted(holder, now)):
            is_right = hmac.compare_digest(held, digest)
            return Attempt(outcome="right", bound=bound) if is_right else Attempt(outcome="wrong")
        return Attempt(outcome="over")

    def spend(self, holder: str, digest: str, now: datetime) -> bool:
        return once_more(lambda: codes.spend(holder, digest, now).run()) == 1


def _counted(holder: str, now: datetime) -> list[tuple[str, str]]:
    """The digest of the code and what it is bound to, once it is counted that somebody saw them."""
    if can_return():
        return list(codes.attempt_returning(holder, now).all())
    # Where UPDATE does not answer, it counts at the code that was seen, and at no other that took its place.
    return [told for told in codes.held(holder) if codes.attempt(holder, told[0], now).run() == 1]
