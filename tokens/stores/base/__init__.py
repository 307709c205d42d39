"""What a store must do: a record of small parts, each a Protocol of atomic verbs that say their intent.

A verb is one decision: where several requests race, exactly one `consume` answers with the record. Nothing here reads
first and writes after. Expiry is part of every condition: what is expired is as if it were not there, swept or not.
"""

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from tokens.stores.base.access_tokens import AccessTokens
from tokens.stores.base.authorizations import Authorizations
from tokens.stores.base.client_assertions import ClientAssertions
from tokens.stores.base.clients import Clients
from tokens.stores.base.codes import Codes
from tokens.stores.base.consents import Consents
from tokens.stores.base.endings import Endings
from tokens.stores.base.fits import Fits
from tokens.stores.base.interactions import Interactions
from tokens.stores.base.journal import Journal
from tokens.stores.base.keys import Keys
from tokens.stores.base.outbox import Outbox
from tokens.stores.base.refresh_tokens import RefreshTokens
from tokens.stores.base.resources import Resources
from tokens.stores.base.runs import Runs
from tokens.stores.base.sweeping import Sweeping
from tokens.stores.base.units import Answer, Units

Check = Callable[[], str | None]
"""What is wrong, in a few words that anybody may read; None when nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """The parts of one store, and the units that hold their verbs together."""

    clients: Clients
    resources: Resources
    consents: Consents
    authorizations: Authorizations
    journal: Journal
    access_tokens: AccessTokens
    refresh_tokens: RefreshTokens
    codes: Codes
    interactions: Interactions
    client_assertions: ClientAssertions
    keys: Keys
    outbox: Outbox
    runs: Runs
    sweeping: Sweeping | None
    """None: the store's rows end by themselves."""
    units: Units
    lists_by_client: bool = True
    """Whether support finds what is of a client, whoever's it is. Where every client has one key, a list of all that it
    was given would be one key that all requests write: such a store finds by person and by id."""
    in_tables: Collection[str] = ()
    """The parts whose rows are in Django's own tables: the admin shows those as it shows any table, and asks the verbs
    of the others."""
    needs_database: bool = True
    """Whether what requests ask of it is asked of Django's database."""
    checks: Mapping[str, Check] = field(default_factory=dict, hash=False)
    """What a node needs of it before it may be sent requests, by name; of one in the database, nothing besides that."""
    endings: Endings | None = None
    """None: sign-ins that end are written into the journal and the outbox where they end."""
    fits: Fits | None = None
    """None: a node that cannot ask the database whether it fits has nobody else to ask."""

    def unit(self) -> AbstractContextManager[None]:
        return self.units.unit()

    def in_unit(self, work: Callable[[], Answer]) -> Answer:
        return self.units.in_unit(work)
