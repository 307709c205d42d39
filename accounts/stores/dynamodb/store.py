"""The store on DynamoDB, as the settings name it."""

from accounts.ground import clock
from accounts.ground.dynamodb.conf import dynamodb
from accounts.ground.dynamodb.process import service
from accounts.ground.dynamodb.state import State
from accounts.stores.base import Store
from accounts.stores.dynamodb.codes import Codes
from accounts.stores.dynamodb.once import Once
from accounts.stores.dynamodb.throttles import Throttles
from accounts.stores.dynamodb.unfinished import Unfinished

REGION = ""
"""No key of ours has one."""


def dynamodb_store() -> Store:
    """ImproperlyConfigured, in one line, where there can be no client of the service."""
    return store_of(State(service(), dynamodb().prefix, REGION, clock.now))


def store_of(state: State) -> Store:
    return Store(throttles=Throttles(state), once=Once(state), codes=Codes(state), unfinished=Unfinished(state))
