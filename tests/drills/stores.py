"""The stores that drills are played on: what of each has to run, and the settings of the nodes on it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext

from idp.local.ministack import CREDENTIALS, ministack
from tests.servers import dynamodb

Settings = Mapping[str, str]


@contextmanager
def _dynamodb() -> Iterator[Settings]:
    """People, their sessions and clients stay in the database."""
    with ministack() as server:
        yield {
            "IDP_TOKENS_STORE": "dynamodb",
            "IDP_DYNAMODB_ENDPOINT": server.url,
            **CREDENTIALS,
            # For `tests.support.held`, which tells what it holds.
            "TEST_STORE": "dynamodb",
            dynamodb.NAMED: server.url,
        }


def apart(settings: Settings, name: str) -> Settings:
    """The same store, with content of its own: `name` is of no other."""
    return {**settings, "IDP_DYNAMODB_PREFIX": f"{name}."} if settings else {}


STORES: Mapping[str, Callable[[], AbstractContextManager[Settings]]] = {
    "orm": lambda: nullcontext({}),
    "dynamodb": _dynamodb,
}
