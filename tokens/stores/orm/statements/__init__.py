"""The statements that the verbs run, each a named value apart from its verb; one file a part. The other files here are
what these are written with."""

from collections.abc import Mapping
from typing import Any

from accounts.ground.sql.statement import Statement
from tokens.stores.orm.statements import (
    access_tokens,
    authorizations,
    client_assertions,
    clients,
    codes,
    consents,
    endings,
    interactions,
    journal,
    keys,
    outbox,
    publications,
    refresh_tokens,
    resources,
    runs,
    sweeping,
)

PARTS = (
    access_tokens,
    authorizations,
    client_assertions,
    clients,
    codes,
    consents,
    endings,
    interactions,
    journal,
    keys,
    outbox,
    publications,
    refresh_tokens,
    resources,
    runs,
    sweeping,
)
STATEMENTS: Mapping[str, Statement[Any, Any]] = {
    each.name: each for part in PARTS for each in vars(part).values() if isinstance(each, Statement)
}
"""Each by its name."""
