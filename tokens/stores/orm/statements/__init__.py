"""SQL of ours. What a verb decides by is a named value, apart from the verb; the rest is what querysets lack."""

from collections.abc import Mapping

from tokens.stores.orm.statements.authorizations import GOOD
from tokens.stores.orm.statements.journal import REVOKE, REVOKE_UNTIL_NOW
from tokens.stores.orm.statements.runs import HOLD, TAKE
from tokens.stores.orm.statements.spending import SPEND
from tokens.stores.orm.statements.statement import Statement

STATEMENTS: Mapping[str, Statement] = {
    each.name: each for each in (GOOD, REVOKE, REVOKE_UNTIL_NOW, TAKE, HOLD, *SPEND.values())
}
"""Each under the name of its verb."""
