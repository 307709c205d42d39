"""What the store below both applications must do: a record of parts, each a Protocol of verbs. A verb is one decision,
which holds at once for every node. No verb is part of a transaction, for what was taken back would not be spent, but
`unfinished.finish`, `codes.spend` and what an account is made by: they go with what they are for."""

from dataclasses import dataclass

from accounts.stores.base.codes import Codes
from accounts.stores.base.once import Once
from accounts.stores.base.throttles import Throttles
from accounts.stores.base.unfinished import Unfinished


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    throttles: Throttles
    once: Once
    codes: Codes
    unfinished: Unfinished
