"""Clients and resources are written in SQL, where staff edits them; what requests read of them is published from there.

An outbox of one row a client holds its version. The change writes it in its own transaction, so that whatever is
committed is owed, and its lock puts versions into the order of the commits. Who publishes reads the version first and
then the client as it is now, and writes it in place of an older one: who comes late, or read what changed since, writes
nothing, or what is written over. It is tried at the commit; what fails stays owed, and a scheduled task goes on.
"""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from itertools import islice

from botocore.exceptions import ClientError
from django.db import transaction

from accounts.ground import clock
from accounts.ground.dynamodb import deadline
from accounts.ground.dynamodb.items import Item, micros, number
from accounts.ground.dynamodb.service import CONNECT, READ
from accounts.ground.dynamodb.state import State
from accounts.ground.task import GoOn
from tokens.conf import JOURNAL_LIFETIME
from tokens.protocol import journal as journal_keys
from tokens.stores import ERRORS
from tokens.stores.dynamodb import published
from tokens.stores.dynamodb.in_sql import InSql
from tokens.stores.dynamodb.journal import Journal
from tokens.stores.orm.clients import Clients
from tokens.stores.orm.statements import publications, resources

logger = logging.getLogger(__name__)
PAGE = 100
"""Clients whose versions are read at once."""
MOST_OWED = 500
"""Clients that one statement owes."""


class Publisher:
    """`written`: the clients in SQL."""

    def __init__(self, state: State, journal: Journal, in_sql: InSql, written: Clients) -> None:
        self.state, self.written = state, written
        self._journal, self._in_sql = journal, in_sql

    @contextmanager
    def changing(self) -> Iterator[None]:
        """One change at a time, of any client or resource: a client is published with resources, and who takes a scope
        from it must not overlook one that has just been given it. RuntimeError in a unit that decides at its end."""
        self.state.refuse_units()
        with self._in_sql.transaction():
            resources.renew_version().run()
            yield

    def owe(self, client_id: str, *, is_new: bool = False, least: int = 0) -> None:
        """To be called in the transaction of the change. `least`: what its version is to be at least."""
        owe = publications.owe_new if is_new else publications.owe
        owe(client_id, max(least, micros(clock.now()))).run()
        transaction.on_commit(self._at_commit)

    def owe_each(self, client_ids: Collection[str]) -> None:
        """As `owe`, for clients that others change along."""
        left, now = iter(sorted(client_ids)), micros(clock.now())
        while some := list(islice(left, MOST_OWED)):
            publications.owe_each(some, now).run()
        transaction.on_commit(self._at_commit)

    def publish(self, go_on: GoOn) -> dict[str, int]:
        """What is owed, the oldest first, as long as it may go on. How many clients it published, and how many the
        service refused: they have ended for requests, and stay owed. An item has 400 KB at the most."""
        done, after = {"client": 0, "refused": 0}, (0, "")
        while owed := list(publications.owed(*after, PAGE)):
            for client_id, version, since in owed:
                if not go_on():
                    return done
                done["client" if self._publish(client_id, version, since) else "refused"] += 1
                after = version, client_id
        return done

    def _publish(self, client_id: str, version: int, since: int) -> bool:
        """Whether the service took the client as it is. What it does not take has ended for requests: as it was, it may
        do what was taken from it since."""
        client = self.written.get(client_id)
        try:
            is_this = self._replace(client_id, published.item_of(client, version, since))
        except ClientError as error:
            code = error.response["Error"]["Code"]
            logger.error("client %s cannot be published (%s): it has ended for requests", client_id, code)
            self._end(client_id, version, since)
            return False
        if is_this and (client is None or not client.enabled):
            self._void(client_id)
        publications.published(client_id, version).run()
        return True

    def _end(self, client_id: str, version: int, since: int) -> None:
        """Requests find no client of this id, and what it was given is void."""
        if self._replace(client_id, published.item_of(None, version, since)):
            self._void(client_id)

    def _replace(self, client_id: str, item: Item) -> bool:
        """Whether this version is the one that is there, and no later one."""
        place, version = published.place(client_id), number(item, published.VERSION)
        there = self.state.replace(place, item, published.VERSION, [published.SINCE])
        if number(there, published.VERSION) < version:
            # Of one of the same id before. Requests may not know yet that it was deleted, and have given it more.
            self._end(client_id, version - 1, published.since(there))
            there = self.state.replace(place, item, published.VERSION)
        if (latest := number(there, published.VERSION)) > version:
            # Of a change since, which SQL knows; else SQL is from a backup, and its word is to be the last.
            publications.overtake(client_id, latest).run()
        return latest == version

    def _void(self, client_id: str) -> None:
        """It was void before the commit. Until now requests may have found it as it was, and given it more."""
        self._journal.revoke_until_now(journal_keys.client(client_id), clock.now() + JOURNAL_LIFETIME)

    def _at_commit(self) -> None:
        """The change is made: whatever fails now, nobody is told that it was not."""
        time_left = deadline.current()
        try:
            with time_left.waiting():
                self.publish(lambda: time_left.left() >= CONNECT + READ)
        except ERRORS as error:
            logger.warning("clients are owed to DynamoDB (%s): the task publish_clients goes on", type(error).__name__)
