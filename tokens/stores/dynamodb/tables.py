"""The tables of both applications, by Connect2id's names where they are the same thing. What kinds of items there are:
`kinds`."""

from collections.abc import Mapping

from accounts.ground.dynamodb.tables import Table

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        Table(
            name="clients",
            about="clients, each with what has to be known of resources with it",
            sorted=False,
            ends=False,
            replicated=True,
        ),
        Table(
            name="long_lived_authorizations",
            about="authorizations with their refresh tokens, what people allowed, who was given anything in a session",
            replicated=True,
        ),
        Table(name="id_access_tokens", about="opaque access tokens", sorted=False, replicated=True),
        Table(name="revocation_journal", about="what is void", replicated=True),
        Table(name="one_time", about="what is spent in the region where it was made", sorted=False),
        Table(name="throttles", about="failures that are counted, at accounts and of internet addresses"),
        Table(name="signing_keys", about="the region's ring of keys, sealed", sorted=False, ends=False),
        Table(name="outbox", about="logout notices, and whom to look at once more"),
        Table(name="runs", about="leases and runs of scheduled work"),
        Table(name="secret_use", about="what a region notes of clients", sorted=False, ends=False),
    )
}
