"""Sign-ins that ended, in the journal and the outbox of logout notices.

People and their sign-ins are in SQL, and who ends one holds rows there. So the transaction writes a row that says so,
and the service hears of it after the commit, in the same request; a scheduled task goes on with what was lost on the
way. The row has the instant up to which it counts: of the clock, and under the lock, that date the next sign-in.
"""

import logging
import time
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from botocore.exceptions import ClientError
from django.db import Error, transaction

from accounts.ground.dynamodb.conf import dynamodb
from accounts.ground.dynamodb.explaining import explain
from accounts.ground.task import GoOn
from accounts.ground.unavailable import Unavailable
from tokens import models
from tokens.protocol import journal as keys
from tokens.stores.base.outbox import recheck_after
from tokens.stores.dynamodb.journal import Journal
from tokens.stores.dynamodb.outbox import Outbox
from tokens.stores.orm.statements import endings

logger = logging.getLogger(__name__)
LOST = timedelta(seconds=10)
"""After which a row is no more that of a request under way."""
PAGE = 100
FIRST = datetime.min.replace(tzinfo=UTC), UUID(int=0)
"""Before every row."""


class Endings:
    def __init__(self, journal: Journal, outbox: Outbox) -> None:
        self._journal, self._outbox = journal, outbox

    def session(self, sid: str, subject: str, expires: datetime) -> None:
        self._add(sid, subject, expires)

    def subject(self, subject: str, expires: datetime) -> None:
        self._add(None, subject, expires)

    def are_owed(self, subjects: Collection[str]) -> bool:
        return any(str(ending.subject) in subjects for ending in _left(timedelta()))

    def tell_lost(self, go_on: GoOn) -> Mapping[str, int]:
        """What requests did not get to say, as long as it may go on. How many it told, and how many the service did not
        answer or refused: those are passed over, and stay owed."""
        done = {"ending": 0, "unavailable": 0, "refused": 0}
        for ending in _left(LOST):
            if not go_on():
                break
            done[self._try(ending)] += 1
        return done

    def _add(self, sid: str | None, subject: str, expires: datetime) -> None:
        ending_id = uuid4()
        endings.add(ending_id, sid, UUID(subject), expires).run()
        transaction.on_commit(lambda: self._at_commit(ending_id))

    def _at_commit(self, ending_id: UUID) -> None:
        """It has ended: whatever fails now, nobody is told that it has not."""
        try:
            for ending in endings.get(ending_id):
                self._try(ending)
        except Error as error:
            _log(ending_id, type(error).__name__)

    def _try(self, ending: models.Ending) -> str:
        """What became of it, as a run counts it. Who fails to tell one says so, and goes on with others."""
        try:
            self._tell(ending)
        except Unavailable:
            _log(ending.pk, "unavailable")
            return "unavailable"
        except ClientError as error:
            _log(ending.pk, explain(error, dynamodb()))
            return "refused"
        return "ending"

    def _tell(self, ending: models.Ending) -> None:
        """To be told twice does no harm: the journal says the same, and a notice may come twice."""
        subject = str(ending.subject)
        if ending.sid is not None:
            self._journal.revoke(keys.session(ending.sid), ending.kept_until)
            self._outbox.queue_session(ending.sid, subject, recheck_after())
        else:
            # First, while the journal tells which sign-ins this ends.
            self._outbox.queue_subject_until(subject, ending.until, recheck_after())
            self._journal.revoke_until(keys.subject(subject), ending.until, ending.kept_until)
        endings.heard(ending.pk).run()


def _left(age: timedelta) -> Iterator[models.Ending]:
    """Each one once, the oldest first, of those that were this old when it began."""
    begun, after = time.monotonic(), FIRST
    while page := list(endings.left(age + timedelta(seconds=time.monotonic() - begun), *after, PAGE)):
        for ending in page:
            after = ending.until, ending.pk
            yield ending


def _log(ending_id: UUID, why: str) -> None:
    logger.warning("the end %s of a sign-in is owed to DynamoDB (%s): tell_endings goes on", ending_id, why)
