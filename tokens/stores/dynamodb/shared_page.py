"""docs/dynamodb-shared-keys.md, made from what is shared: `python -m tokens.stores.dynamodb.shared_page`."""

from accounts.ground.dynamodb.throttles import AT_ONCE
from tokens.stores.dynamodb.kinds import KINDS
from tokens.stores.dynamodb.shared import MOST_READ, MOST_WRITTEN, SHARED, WHAT, WRITE_UNIT, Shared, units

INTRODUCTION = f"""# Keys that strangers share

A partition of DynamoDB serves {MOST_READ:,} read units or {MOST_WRITTEN:,} write units a second, whatever its table
does, and one item is never in two. So a key that requests of strangers share has a rate at which it throttles. These
are all such keys: a test runs each request for two people, and fails where both asked for a key that is missing here,
or more often than it says. Everything else (codes, tokens, authorizations, consents, what is void by its own id or by
its person) has a key that only its own requests know. Sizes are those of the [tables](dynamodb-tables.md).

Units are those of N requests a second: of one client, or of a region, as the second column says. Where a client is
throttled its requests are 503 with `Retry-After`, and those of others are answered as ever: no answer about one item
makes a route sick. Each of its requests is sent again twice, within half a second, and of a process
{AT_ONCE} wait for that at a time, where any more are told at once: so it holds few turns, however much it sends
([decision 50](decisions/0050-few-wait-for-what-is-throttled.md)).

<!-- Made by `python -m tokens.stores.dynamodb.shared_page`; a test keeps it fresh. -->

"""
GIVEN = (
    "authorization",
    "refresh token",
    "what a person was given",
    "what was given in a session",
    "a session by a client's name for it",
)
"""What a code exchange adds, in one table."""
WRITES = sum(units(KINDS[name].size, WRITE_UNIT) for name in GIVEN)
CODE_WRITES = 2 * units(KINDS["authorization code"].size, WRITE_UNIT)
"""It is added, and spent."""
NEW_READS, NEW_WRITES = 12_000, 4_000
"""Units a second that a new table serves."""
END = f"""
What a deployment meets first is `everything`: the one entry that ends all sign-ins, which each look into the journal
reads. A region serves {MOST_READ:,} requests a second that judge a sign-in; introspection, userinfo, refresh, code and
authorize are one each. JWTs that APIs verify themselves are none.

A **new table** on demand serves {NEW_READS:,} read and {NEW_WRITES:,} write units a second at once, over all its
keys, and later twice the most that it ever did: [`manage.py dynamodb warm`](../deploy/dynamodb/README.md#before-a-rush)
has one serve more before it is asked to. A sign-in whose code is exchanged writes {WRITES} units of
`long_lived_authorizations` and {CODE_WRITES} of `one_time`: new tables take
{NEW_WRITES // max(WRITES, CODE_WRITES):,} a second.

Not in DynamoDB: what is owed of clients that were edited is rows of the SQL database, where who writes one waits for
the other.
"""
HEADER = ("item", "requests that share one", "key", "of", "read units", "write units", "throttles at N =", "besides")


def page() -> str:
    return (
        INTRODUCTION + "\n".join([_row(HEADER), _row(["---"] * len(HEADER)), *map(_told, SHARED.values())]) + "\n" + END
    )


def _told(shared: Shared) -> str:
    most = "-" if shared.most is None else f"{shared.most:,}"
    both = (_of_n(shared.read_units), _of_n(shared.write_units))
    key = f"`{shared.item.table}`: `{shared.item.pk}`"
    return _row([shared.kind, shared.among, key, WHAT[shared.of], *both, most, shared.besides])


def _of_n(units: int) -> str:
    return {0: "0", 1: "N"}.get(units, f"{units} N")


def _row(cells: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    print(page(), end="")
