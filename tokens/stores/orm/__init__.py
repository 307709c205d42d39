"""The store in Django's database. Every verb decides in one statement; a transaction only holds verbs together."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from django.db import OperationalError, connection, transaction

from tokens.stores.base import Answer
from tokens.stores.orm.access_tokens import AccessTokens
from tokens.stores.orm.authorizations import Authorizations
from tokens.stores.orm.cleanup import Cleanup
from tokens.stores.orm.clients import Clients
from tokens.stores.orm.consents import Consents
from tokens.stores.orm.dialects import was_taken_back
from tokens.stores.orm.keys import Keys
from tokens.stores.orm.one_time import OneTime
from tokens.stores.orm.orphans import Orphans
from tokens.stores.orm.outbox import Outbox
from tokens.stores.orm.refresh_tokens import RefreshTokens
from tokens.stores.orm.runs import Runs

PAUSE = 0.05
"""Seconds before a unit begins anew."""


class OrmStore(
    Clients, Consents, Authorizations, AccessTokens, RefreshTokens, OneTime, Keys, Outbox, Runs, Cleanup, Orphans
):
    def unit(self) -> AbstractContextManager[None]:
        return transaction.atomic()

    def in_unit(self, work: Callable[[], Answer]) -> Answer:
        try:
            with self.unit():
                return work()
        except OperationalError as error:
            # A unit within another's transaction cannot begin anew: the whole of it was taken back.
            if connection.in_atomic_block or not was_taken_back(error):
                raise
        # The others end first: at once, it could take back from them what they were given.
        time.sleep(PAUSE)
        with self.unit():
            return work()
