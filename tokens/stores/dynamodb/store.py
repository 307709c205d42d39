"""The store on DynamoDB, as the settings name it."""

from datetime import timedelta

from accounts.ground import clock
from accounts.ground.dynamodb.conf import dynamodb
from accounts.ground.dynamodb.process import service
from accounts.ground.dynamodb.state import State
from tokens.conf import CLOCK_MARGIN, conf
from tokens.stores import orm
from tokens.stores.base import Store
from tokens.stores.dynamodb.access_tokens import AccessTokens
from tokens.stores.dynamodb.authorizations import Authorizations
from tokens.stores.dynamodb.client_assertions import ClientAssertions
from tokens.stores.dynamodb.clients import Clients
from tokens.stores.dynamodb.codes import Codes
from tokens.stores.dynamodb.consents import Consents
from tokens.stores.dynamodb.endings import Endings
from tokens.stores.dynamodb.fits import Fits
from tokens.stores.dynamodb.in_sql import InSql
from tokens.stores.dynamodb.interactions import Interactions
from tokens.stores.dynamodb.journal import Journal
from tokens.stores.dynamodb.keys import Keys
from tokens.stores.dynamodb.outbox import Outbox
from tokens.stores.dynamodb.publishing import Publisher
from tokens.stores.dynamodb.readiness import checks
from tokens.stores.dynamodb.refresh_tokens import RefreshTokens
from tokens.stores.dynamodb.resources import Resources
from tokens.stores.dynamodb.runs import Runs
from tokens.stores.dynamodb.units import Units


def dynamodb_store() -> Store:
    """ImproperlyConfigured, in one line, where there can be no client of the service."""
    return store_of(State(service(), dynamodb().prefix, conf().region, clock.now, _margin))


def store_of(state: State) -> Store:
    in_sql = InSql()
    journal, units = Journal(state), Units(state, in_sql)
    publisher = Publisher(state, journal, in_sql, orm.clients.Clients())
    clients = Clients(state, journal, publisher, orm.clients.Clients())
    outbox = Outbox(state, journal)
    return Store(
        clients=clients,
        resources=Resources(publisher, orm.resources.Resources()),
        consents=Consents(state, journal, units),
        authorizations=Authorizations(state, journal),
        journal=journal,
        access_tokens=AccessTokens(state),
        refresh_tokens=RefreshTokens(state),
        codes=Codes(state, journal),
        interactions=Interactions(state, journal),
        client_assertions=ClientAssertions(state),
        keys=Keys(state),
        outbox=outbox,
        runs=Runs(state),
        sweeping=None,
        units=units,
        lists_by_client=False,
        in_tables=frozenset({"clients", "resources"}),
        needs_database=False,
        checks=checks(state),
        endings=Endings(journal, outbox),
        fits=Fits(state),
    )


def _margin() -> timedelta:
    return timedelta() if clock.is_the_databases() else CLOCK_MARGIN
