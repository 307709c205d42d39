"""The store in Django's database. Every verb decides in one statement; a transaction only holds verbs together."""

from tokens.conf import PARTS
from tokens.stores.base import Store
from tokens.stores.orm.access_tokens import AccessTokens
from tokens.stores.orm.authorizations import Authorizations
from tokens.stores.orm.client_assertions import ClientAssertions
from tokens.stores.orm.clients import Clients
from tokens.stores.orm.codes import Codes
from tokens.stores.orm.consents import Consents
from tokens.stores.orm.interactions import Interactions
from tokens.stores.orm.journal import Journal
from tokens.stores.orm.keys import Keys
from tokens.stores.orm.outbox import Outbox
from tokens.stores.orm.refresh_tokens import RefreshTokens
from tokens.stores.orm.resources import Resources
from tokens.stores.orm.runs import Runs
from tokens.stores.orm.sweeping import Sweeping
from tokens.stores.orm.units import Units


def orm_store() -> Store:
    """Any number of them are one: what they hold is in the database."""
    return Store(
        clients=Clients(),
        resources=Resources(),
        consents=Consents(),
        authorizations=Authorizations(),
        journal=Journal(),
        access_tokens=AccessTokens(),
        refresh_tokens=RefreshTokens(),
        codes=Codes(),
        interactions=Interactions(),
        client_assertions=ClientAssertions(),
        keys=Keys(),
        outbox=Outbox(),
        runs=Runs(),
        sweeping=Sweeping(),
        units=Units(),
        in_tables=PARTS,
    )
