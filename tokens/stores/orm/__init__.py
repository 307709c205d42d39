"""The store in Django's database. Every verb decides in one statement; a transaction only holds verbs together."""

from contextlib import AbstractContextManager

from django.db import transaction

from tokens.stores.orm.access_tokens import AccessTokens
from tokens.stores.orm.authorizations import Authorizations
from tokens.stores.orm.cleanup import Cleanup
from tokens.stores.orm.clients import Clients
from tokens.stores.orm.consents import Consents
from tokens.stores.orm.keys import Keys
from tokens.stores.orm.one_time import OneTime
from tokens.stores.orm.refresh_tokens import RefreshTokens


class OrmStore(Clients, Consents, Authorizations, AccessTokens, RefreshTokens, OneTime, Keys, Cleanup):
    def unit(self) -> AbstractContextManager[None]:
        return transaction.atomic()
