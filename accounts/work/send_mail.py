"""Sends the mail that is due, at least once each, by any number of workers: claim, send, mark."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta

from accounts import mail_queue
from accounts.ground.sealing import CannotUnseal
from accounts.ground.task import GoOn
from accounts.mail import offered
from accounts.mail.kinds import KINDS, without_a_code
from accounts.mail.message import Unaddressable, message_of
from accounts.mail.ways import Away, Later, Refused, Send, way
from accounts.models import Mail

BATCH = 100
FIRST, LONGEST = timedelta(seconds=10), timedelta(hours=1)
"""The pause before a mail is tried a second time, and the longest; each is twice the one before."""
UNADDRESSABLE = "the address has letters that not every server takes"
SENT, POSTPONED, GIVEN_UP, ENDED = "sent", "postponed", "given up", "ended"
logger = logging.getLogger(__name__)


def deliver(go_on: GoOn) -> Mapping[str, int]:
    """What became of how many. It ends when nothing is due, and where no mail can be sent now. Never to be called in a
    transaction."""
    done = Counter({ENDED: mail_queue.end(without_a_code())})
    mails = mail_queue.due([*KINDS], BATCH) if offered() else ()
    if mails:
        with way() as send:
            while mails and _try_all(mails, send, go_on, done):
                mails = mail_queue.due([*KINDS], BATCH)
    return done


def pause(attempts: int) -> timedelta:
    """How long a mail waits after so many attempts."""
    return min(LONGEST, FIRST * (1 << min(attempts - 1, 16)))


def _try_all(mails: Sequence[Mail], send: Send, go_on: GoOn, done: Counter[str]) -> bool:
    """Whether more can be sent: not where the server takes none. The first that it did not take waits; the others are
    as they were, and the next run asks again by one of them."""
    for mail in mails:
        if not go_on():
            return False
        if not mail_queue.claim(mail):
            continue
        try:
            done[_try(mail, send)] += 1
        except Away as away:
            done[_postpone(mail, str(away))] += 1
            return False
    return True


def _try(mail: Mail, send: Send) -> str:
    """What became of it. Raises Away."""
    try:
        send(message_of(mail))
    except Unaddressable:
        return _give_up(mail, UNADDRESSABLE)
    except Refused as refused:
        return _give_up(mail, str(refused))
    except Later as later:
        return _postpone(mail, str(later))
    except CannotUnseal:
        return _postpone(mail, "no key of IDP_SECRETS/sealing opens it")
    mail_queue.sent(mail)
    # By these words it is found in the server's log: its Message-ID begins so.
    logger.info("mail %s (%s): sent", mail.pk, mail.kind)
    return SENT


def _give_up(mail: Mail, fault: str) -> str:
    logger.warning("mail %s (%s): given up: %s", mail.pk, mail.kind, fault)
    mail_queue.give_up(mail, fault, secret=KINDS[mail.kind].has_code)
    return GIVEN_UP


def _postpone(mail: Mail, fault: str) -> str:
    """One line a mail: where a server is away, not one an attempt."""
    if mail.attempts == 1:
        logger.warning("mail %s (%s): not sent yet: %s", mail.pk, mail.kind, fault)
    mail_queue.postpone(mail, pause(mail.attempts), fault)
    return POSTPONED
