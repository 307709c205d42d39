"""What is noted of a client for its operator, at most once in a while."""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

from tokens.protocol import pkce
from tokens.protocol.records import Client, Issuance
from tokens.stores import ERRORS, store

logger = logging.getLogger(__name__)


def note(what: str, client: Client, write: Callable[[], None]) -> None:
    """Best effort: a read-only database must not fail the request, nor its transaction, hence the unit of its own."""
    try:
        with store().unit():
            write()
    except ERRORS as error:
        logger.warning("%s of client %s was not noted: %s", what, client.client_id, type(error).__name__)


def note_protection(issuance: Issuance, client: Client, now: datetime) -> None:
    """Of a code that this client, which has authenticated, just redeemed: what its authorization request had sent.
    Never at the authorization endpoint, where anybody can ask in a client's name."""
    sent = issuance.protection
    if sent is not None and not client.public and pkce.is_due(client.protections_seen, sent, now):
        write = partial(store().clients.note_protection, client.client_id, sent, now, pkce.NOTED_EVERY)
        note("what protects the codes", client, write)
