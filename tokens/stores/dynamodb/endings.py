"""Sign-ins that ended, in the journal and the outbox of logout notices.

People and their sign-ins are in SQL, and who ends one holds rows there. So the transaction writes a row that says so,
and the service hears of it after the commit, in the same request; a scheduled task goes on with what was lost on the
way. The row has the instant up to which it counts: of the clock, and under the lock, that date the next sign-in.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction

from accounts.ground.task import GoOn
from tokens import models
from tokens.protocol import journal as keys
from tokens.stores import ERRORS
from tokens.stores.base.journal import Journal
from tokens.stores.base.outbox import Outbox, recheck_after
from tokens.stores.orm.statements import endings

logger = logging.getLogger(__name__)
LOST = timedelta(seconds=10)
"""After which a row is no more that of a request under way."""
PAGE = 100


class Endings:
    def __init__(self, journal: Journal, outbox: Outbox) -> None:
        self._journal, self._outbox = journal, outbox

    def session(self, sid: str, subject: str, expires: datetime) -> None:
        self._add(sid, subject, expires)

    def subject(self, subject: str, expires: datetime) -> None:
        self._add(None, subject, expires)

    def tell_lost(self, go_on: GoOn) -> Mapping[str, int]:
        """What requests did not get to say, as long as it may go on. How many."""
        told = 0
        while lost := list(endings.left(LOST, PAGE)):
            for ending in lost:
                if not go_on():
                    return {"ending": told}
                self._tell(ending)
                told += 1
        return {"ending": told}

    def _add(self, sid: str | None, subject: str, expires: datetime) -> None:
        ending_id = uuid4()
        endings.add(ending_id, sid, UUID(subject), expires).run()
        transaction.on_commit(lambda: self._at_commit(ending_id))

    def _at_commit(self, ending_id: UUID) -> None:
        """It has ended: whatever fails now, nobody is told that it has not."""
        try:
            for ending in endings.get(ending_id):
                self._tell(ending)
        except ERRORS as error:
            logger.warning("the end of a sign-in is owed to DynamoDB (%s): tell_endings goes on", type(error).__name__)

    def _tell(self, ending: models.Ending) -> None:
        """To be told twice does no harm: the journal says the same, and a notice may come twice."""
        subject = str(ending.subject)
        if ending.sid is not None:
            self._journal.revoke(keys.session(ending.sid), ending.kept_until)
            self._outbox.queue_session(ending.sid, subject, recheck_after())
        else:
            # First, while the journal tells which sign-ins this ends.
            self._outbox.queue_subject(subject, recheck_after())
            self._journal.revoke_until(keys.subject(subject), ending.until, ending.kept_until)
        endings.heard(ending.pk).run()
