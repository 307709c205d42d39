"""Tells clients that sessions ended (OpenID Connect Back-Channel Logout 1.0 §2.5): all that the outbox owes them, at
least once each, by any number of nodes."""

import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from random import SystemRandom

from django.conf import settings

from accounts.ground import clock
from tokens.conf import conf, minter
from tokens.fetch import FetchFailed, post_form
from tokens.keys import CannotUnseal, NoSigningKey, signer
from tokens.protocol import logout_response, logout_token
from tokens.protocol.logout_response import Answer
from tokens.protocol.records import Client, LogoutDelivery
from tokens.protocol.subject import session_id, subject
from tokens.stores import store

AT_ONCE = 8
"""Clients that are called at the same time, one notice each: who is slow holds up nobody else."""
LEASE = timedelta(minutes=1)
"""After how long a notice that was claimed and never marked is due again: its node died, or may have."""
KEPT = timedelta(days=7)
"""How long a notice is shown after it was delivered or given up."""
BATCH = 500
DELIVERED, POSTPONED, GIVEN_UP, LATE = "delivered", "postponed", "given up", "taken over"

Flying = dict[Future[Answer], tuple[LogoutDelivery, Client]]
Owed = deque[tuple[str, datetime | None]]
"""Clients, each with the instant since which its next notice has been due, where one was claimed already: the database
may keep all places that claimed notices left, as long as a dump runs, and would look at them again."""

logger = logging.getLogger(__name__)


def deliver(*, seconds: float = 20, stopped: Callable[[], bool] = lambda: False) -> Mapping[str, int]:
    """How many notices were delivered, postponed and given up. Ends when none is due, or after `seconds` or once
    `stopped` when those that are on their way have arrived. Never to be called inside a transaction."""
    end = time.monotonic() + seconds
    while store().outbox.queue_late(BATCH) == BATCH:
        pass
    clients: Owed = deque((client_id, None) for client_id in store().outbox.clients_owed(BATCH))
    done: Counter[str] = Counter()
    # Only this thread speaks to the database.
    with ThreadPoolExecutor(AT_ONCE, "logout") as senders:
        flying: Flying = {}
        while True:
            while clients and len(flying) < AT_ONCE and time.monotonic() < end and not stopped():
                _send_next(clients, senders, flying, done)
            if not flying:
                return done
            arrived, _ = wait(flying, return_when=FIRST_COMPLETED)
            for future in arrived:
                delivery, client = flying.pop(future)
                became = _mark(delivery, future.result())
                _tell_operator(client, future.result())
                done[became] += 1
                if became == DELIVERED:
                    # Behind the others. Who failed has to wait for the next run.
                    clients.append((delivery.client_id, delivery.due))


def _send_next(clients: Owed, senders: ThreadPoolExecutor, flying: Flying, done: Counter[str]) -> None:
    """Puts the first client's next notice on its way, if there is one."""
    client_id, since = clients.popleft()
    delivery = store().outbox.claim(client_id, LEASE, since)
    if delivery is None:
        return
    client = store().clients.get(client_id)
    if client is None or not client.enabled or not client.backchannel_logout_uri:
        done[_close(delivery, "the client is gone, disabled, or wants no notices any more", delivered=False)] += 1
        clients.append((client_id, delivery.due))
        return
    try:
        form = {"logout_token": _logout_token(delivery, client)}
    except (NoSigningKey, CannotUnseal):
        done[_mark(delivery, Answer(f"this node cannot sign {client.id_token_signed_response_alg}"))] += 1
        return
    flying[senders.submit(_post, client, form)] = (delivery, client)


def _logout_token(delivery: LogoutDelivery, client: Client) -> str:
    """A new one for each attempt: the one before may have run out."""
    claims = logout_token.claims(
        issuer=settings.ISSUER,
        client_id=client.client_id,
        subject=subject(client, delivery.subject, settings.PAIRWISE_SALT),
        sid=session_id(client, delivery.sid, settings.PAIRWISE_SALT) if delivery.sid is not None else None,
        jti=minter().mint(),
        # No longer than an ID token: the key that signs both is published for so long.
        lifetime=min(logout_token.MAX_LIFETIME, timedelta(seconds=conf().id_token_lifetime)),
        now=clock.now(),
    )
    return signer().sign(claims, typ=logout_token.TYP, alg=client.id_token_signed_response_alg)


def _post(client: Client, form: Mapping[str, str]) -> Answer:
    """In a thread of its own."""
    try:
        status, retry_after = post_form(client.backchannel_logout_uri, form, client=client.client_id)
    except FetchFailed as error:
        return Answer(str(error))
    return Answer(f"answered {status}", status, retry_after)


def _tell_operator(client: Client, answer: Answer) -> None:
    """One line when notices first do not reach a client, and one when they do again; by one node."""
    delivered = logout_response.is_delivered(answer)
    if delivered == (client.logout_failing_since is None):
        return
    if not store().clients.note_logout(client.client_id, None if delivered else clock.now()):
        return
    if delivered:
        logger.info("logout notices reach client %s again", client.client_id)
    else:
        where = client.backchannel_logout_uri
        logger.warning("a logout notice does not reach client %s at %s: %s", client.client_id, where, answer.outcome)


def _mark(delivery: LogoutDelivery, answer: Answer) -> str:
    """What became of the notice."""
    now = clock.now()
    if logout_response.is_delivered(answer):
        return _close(delivery, answer.outcome, delivered=True)
    if logout_response.is_hopeless(answer, delivery.attempts, now - delivery.created):
        return _close(delivery, answer.outcome, delivered=False)
    pause = logout_response.pause(answer, delivery.attempts, jitter=SystemRandom().random(), now=now)
    return POSTPONED if store().outbox.postpone(delivery, answer.outcome, timedelta(seconds=pause)) else LATE


def _close(delivery: LogoutDelivery, outcome: str, *, delivered: bool) -> str:
    if not store().outbox.close(delivery, outcome, clock.now() + KEPT, delivered=delivered):
        return LATE
    return DELIVERED if delivered else GIVEN_UP
