"""A service that fails as it is told to, and the store that asks it."""

from typing import Any

from accounts.ground.dynamodb.service import RETRY_AFTER, Service
from accounts.ground.unavailable import Unavailable
from tokens.stores.base import Store
from tokens.stores.dynamodb.publishing import Publisher
from tokens.stores.orm.statements import publications


class Failing(Service):
    """It fails to do what `fails` names."""

    def __init__(self, client: Any) -> None:
        super().__init__(client)
        self.fails: set[str] = set()
        self.asked: list[str] = []

    def _until_answered(self, operation: str, *arguments: Any) -> Any:
        self.asked.append(operation)
        if operation in self.fails:
            raise Unavailable(RETRY_AFTER)
        return super()._until_answered(operation, *arguments)


def publisher(store: Store) -> Publisher:
    publisher: Publisher = store.clients.publisher  # type: ignore[attr-defined]  # this store's
    return publisher


def owed() -> list[str]:
    return [client_id for client_id, _, _ in publications.owed(0, "", 1000)]
