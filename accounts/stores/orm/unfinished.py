"""Sign-ins that are not finished: a row each, which goes with the end."""

from datetime import datetime

from accounts import models
from accounts.ground.taken_back import once_more
from accounts.stores.base.unfinished import Proof, UnfinishedSignIn, proofs_of
from accounts.stores.orm.statements import unfinished


class Unfinished:
    def add(self, sign_in: UnfinishedSignIn) -> None:
        once_more(lambda: unfinished.add(sign_in).run())

    def get(self, key: str, browser: str, now: datetime) -> UnfinishedSignIn | None:
        return next(map(_record_of, unfinished.get(key, browser, now)), None)

    def prove(self, key: str, browser: str, proof: Proof, subject: str, epoch: int, now: datetime) -> bool:
        line = unfinished.as_line(proof)
        return once_more(lambda: unfinished.prove(key, browser, line, subject, epoch, now).run()) == 1

    def finish(self, key: str, browser: str, now: datetime) -> bool:
        return once_more(lambda: unfinished.finish(key, browser, now).run()) == 1


def _record_of(row: models.UnfinishedSignIn) -> UnfinishedSignIn:
    return UnfinishedSignIn(
        key=row.key,
        browser=row.browser,
        identifier=row.identifier,
        following=row.following,
        remembered=row.remembered,
        created=row.created,
        expires=row.expires,
        subject=row.subject or None,
        epoch=row.epoch,
        proofs=proofs_of(row.proofs.splitlines()),
    )
