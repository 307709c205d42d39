"""docs/dynamodb-tables.md, made from the kinds of items: `python -m tokens.stores.dynamodb.page`."""

from collections.abc import Iterator

from accounts.ground.dynamodb.kinds import WRITERS, Kind
from accounts.ground.dynamodb.tables import TTL, Table
from accounts.stores.dynamodb.ending import KEPT
from tokens.stores.dynamodb.kinds import of_table
from tokens.stores.dynamodb.tables import TABLES

INTRODUCTION = f"""# The tables on DynamoDB

Every table with each kind of item in it: its key, what is in it, how many bytes one mostly has at most, who writes it
once it is there, how it is read, and when it goes. Names in braces stand for a value. All reads are consistent and by
key: there is no index, and no scan but that of `dynamodb reconcile`, which reads `clients` whole. Names are those of
Connect2id where they are the same thing. How tables are made: [dynamodb](dynamodb.md).

What ends has `expires`, its end in microseconds since 1970, which every read judges, and `{TTL}`, by which the service
takes it away: the end in whole seconds and `IDP_TOKENS_CLEANUP_GRACE` more, or {KEPT} seconds for what the store of
accounts wrote. The service may be days late with it; nobody is told of an item that is over, though it is there. So
nothing lags, and there is no clean-up to watch.

`record` is the whole record as JSON; what stands beside it is judged by a condition, or changes. `by` tells which
request wrote last.

<!-- Made by `python -m tokens.stores.dynamodb.page`; a test keeps it fresh, and holds every write to it. -->
"""
HEADER = ("item", "key", "attributes", "bytes", "written by", "read", "goes after")
NONE_YET = "*Nothing writes it yet.*"


def page() -> str:
    return INTRODUCTION + "".join(f"\n{part}\n" for table in TABLES.values() for part in _parts(table))


def _parts(table: Table) -> Iterator[str]:
    yield f"## {table.name}"
    shared = "replicated where there are several regions" if table.replicated else "each region has its own"
    yield f"{table.about[0].upper()}{table.about[1:]}. Key: {' and '.join(f'`{key}`' for key in table.keys)}; {shared}."
    kinds = of_table(table)
    yield "\n".join([_row(HEADER), _row(["---"] * len(HEADER)), *map(_told, kinds)]) if kinds else NONE_YET


def _told(kind: Kind) -> str:
    key = f"`{kind.pk}`, `{kind.sk}`" if kind.sk else f"`{kind.pk}`"
    sometimes = [f"*{name}*" for name in kind.more]
    attributes = ", ".join([*kind.attributes, *sometimes])
    ends = kind.ends or f"never: {kind.for_ever}"
    return _row([kind.name, key, attributes, f"{kind.size:,}", WRITERS[kind.writer], kind.reads, ends])


def _row(cells: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    print(page(), end="")
