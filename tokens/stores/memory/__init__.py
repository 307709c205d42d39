"""The store in one process's memory: for tests, and to read what a store has to do. It ends with its process."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from tokens.protocol.records import Client, Resource
from tokens.stores.base import Store
from tokens.stores.memory.access_tokens import AccessTokens
from tokens.stores.memory.authorizations import Authorizations
from tokens.stores.memory.client_assertions import ClientAssertions
from tokens.stores.memory.clients import Clients
from tokens.stores.memory.codes import Codes
from tokens.stores.memory.consents import Consents
from tokens.stores.memory.interactions import Interactions
from tokens.stores.memory.journal import Journal
from tokens.stores.memory.keys import Keys
from tokens.stores.memory.outbox import Outbox
from tokens.stores.memory.refresh_tokens import RefreshTokens
from tokens.stores.memory.resources import Resources
from tokens.stores.memory.runs import Runs
from tokens.stores.memory.state import State
from tokens.stores.memory.sweeping import Sweeping
from tokens.stores.memory.units import Units


def memory_store(
    clients: Iterable[Client] = (),
    resources: Iterable[Resource] = (),
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),  # this machine's clock: the store is here
) -> Store:
    """A new store, which holds these clients and resources."""
    state = State(clock)
    state.clients |= {client.client_id: client for client in clients}
    state.resources |= {resource.identifier: resource for resource in resources}
    return store_of(state)


def store_of(state: State) -> Store:
    return Store(
        clients=Clients(state),
        resources=Resources(state),
        consents=Consents(state),
        authorizations=Authorizations(state),
        journal=Journal(state),
        access_tokens=AccessTokens(state),
        refresh_tokens=RefreshTokens(state),
        codes=Codes(state),
        interactions=Interactions(state),
        client_assertions=ClientAssertions(state),
        keys=Keys(state),
        outbox=Outbox(state),
        runs=Runs(state),
        sweeping=Sweeping(state),
        units=Units(state),
        needs_database=False,
    )
