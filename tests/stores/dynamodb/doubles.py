"""Stand before the service, and do with its calls what it may do itself."""

from collections.abc import Callable, Mapping
from typing import Any

Call = Callable[[], Mapping[str, Any]]
WRITES = ("put_item", "update_item", "delete_item", "batch_write_item", "transact_write_items")


class Told:
    """Tells what was asked. `calls`: the operations, in their order."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.calls: list[str] = []

    def __getattr__(self, operation: str) -> Callable[..., Mapping[str, Any]]:
        def call(**parameters: Any) -> Mapping[str, Any]:
            self.calls.append(operation)
            return self.answer(operation, parameters)

        return call

    def answer(self, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = getattr(self._client, operation)(**parameters)
        return answer


class PagesOfOne(Told):
    """A query finds one item, and where to go on."""

    def answer(self, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        return super().answer(operation, {**parameters, "Limit": 1} if operation == "query" else parameters)


class Killed(Exception):
    """The process ended before a write."""


class Mortal(Told):
    """Ends before a write, after `lives` others; -1: never."""

    lives = -1

    def answer(self, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        if operation in WRITES:
            if self.lives == 0:
                raise Killed
            self.lives -= 1
        return super().answer(operation, parameters)
