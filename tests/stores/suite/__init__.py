"""What every store has to do: one suite, a class a part, run on each of them."""

from tests.stores.suite.access_tokens import AccessTokensSuite
from tests.stores.suite.authorizations import AuthorizationsSuite
from tests.stores.suite.client_assertions import ClientAssertionsSuite
from tests.stores.suite.clients import ClientsSuite
from tests.stores.suite.codes import CodesSuite
from tests.stores.suite.consents import ConsentsSuite
from tests.stores.suite.interactions import InteractionsSuite
from tests.stores.suite.journal import JournalSuite
from tests.stores.suite.keys import KeysSuite
from tests.stores.suite.outbox import OutboxSuite
from tests.stores.suite.refresh_tokens import RefreshTokensSuite
from tests.stores.suite.resources import ResourcesSuite
from tests.stores.suite.runs import RunsSuite
from tests.stores.suite.units import UnitsSuite


class StoreSuite(
    AccessTokensSuite,
    AuthorizationsSuite,
    ClientAssertionsSuite,
    ClientsSuite,
    CodesSuite,
    ConsentsSuite,
    InteractionsSuite,
    JournalSuite,
    KeysSuite,
    OutboxSuite,
    RefreshTokensSuite,
    ResourcesSuite,
    RunsSuite,
    UnitsSuite,
):
    pass
