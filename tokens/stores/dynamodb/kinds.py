"""The kinds of items: one line each. Those of accounts are in tables of the same list."""

from collections.abc import Iterator, Mapping

from accounts.ground.dynamodb.kinds import Kind
from accounts.ground.dynamodb.tables import Table
from accounts.stores.dynamodb.kinds import KINDS as OF_PEOPLE
from tokens.stores.dynamodb.tables import TABLES

_CLIENTS = (
    Kind(
        name="client",
        part="clients",
        table="clients",
        pk="client:{client_id}",
        attributes=("version", "since"),
        more=("record",),
        size=4096,
        writer="sql",
        reads="by its id, with what is noted of it or what may void it, in one batch",
        for_ever="what is deleted stays without a record, or a late write could bring it back",
    ),
    Kind(
        name="what is noted of a client",
        part="clients",
        table="secret_use",
        pk="client:{client_id}",
        more=("{since}.{secret}", "{since}.{protection}", "{updated}.logout", "by"),
        size=1024,
        writer="region",
        reads="with its client; what was noted of a client, its metadata or a secret from before is passed over",
        for_ever="a few numbers, of which those that are over go with the next that is written",
    ),
)
_AUTHORIZATIONS = (
    Kind(
        name="authorization",
        part="authorizations",
        table="long_lived_authorizations",
        pk="{authorization_id}",
        sk="authorization",
        attributes=("record", "expires"),
        size=1024,
        writer="nobody",
        reads="by its id",
        ends="the authorization's end, or that of the longest token of it",
    ),
    Kind(
        name="refresh token",
        part="refresh_tokens",
        table="long_lived_authorizations",
        pk="{key}",
        sk="token",
        attributes=("record", "expires"),
        size=512,
        writer="home",
        reads="with its spendings: all of its key",
        ends="the token's end, which each refresh that keeps it puts off",
    ),
    Kind(
        name="spending of a refresh token",
        part="refresh_tokens",
        table="long_lived_authorizations",
        pk="{key}",
        sk="spent#{region}",
        attributes=("at", "expires"),
        more=("by",),
        size=256,
        writer="each",
        reads="with its token: it was spent when the first was",
        ends="the latest that the token may end: a refresh may be putting that off meanwhile",
    ),
    Kind(
        name="what a person was given",
        part="authorizations",
        table="long_lived_authorizations",
        pk="subject:{subject}",
        sk="{authorization_id}",
        attributes=("client_id", "subject", "root_at", "added", "expires"),
        more=("sid",),
        size=384,
        writer="nobody",
        reads="all of a person: what staff is shown, and whom to tell that all sessions ended",
        ends="as its authorization",
    ),
    Kind(
        name="what was given in a session",
        part="authorizations",
        table="long_lived_authorizations",
        pk="sid:{sid}",
        sk="{authorization_id}",
        attributes=("client_id", "subject", "sid", "root_at", "added", "expires"),
        size=384,
        writer="nobody",
        reads="all of a session: whom to tell that it ended",
        ends="as its authorization",
    ),
    Kind(
        name="a session by a client's name for it",
        part="authorizations",
        table="long_lived_authorizations",
        pk="told:{client_id}:{told_sid}",
        sk="{authorization_id}",
        attributes=("client_id", "subject", "sid", "root_at", "added", "expires"),
        size=384,
        writer="nobody",
        reads="all of a client's `sid`: which session is meant",
        ends="as its authorization",
    ),
    Kind(
        name="consent",
        part="consents",
        table="long_lived_authorizations",
        pk="consents:{subject}",
        sk="{client}#{region}",
        attributes=("record", "id", "expires"),
        more=("by",),
        size=768,
        writer="each",
        reads="all of a person and a client, by the digest of the client's id; or all of a person",
        ends="the consent's end",
    ),
    Kind(
        name="consent by its id",
        part="consents",
        table="long_lived_authorizations",
        pk="{consent_id}",
        sk="consent",
        attributes=("subject", "client_id", "expires"),
        size=256,
        writer="home",
        reads="by its id: where the consent is",
        ends="the consent's end",
    ),
)


def _void_for_ever(what: str, pk: str, ends: str) -> Kind:
    return Kind(
        name=f"void {what}",
        part="journal",
        table="revocation_journal",
        pk=pk,
        sk="-",
        attributes=("expires",),
        size=128,
        writer="any",
        reads="with all others that void the same, in one batch",
        ends=ends,
    )


def _void_until(what: str, pk: str) -> Kind:
    return Kind(
        name=f"{what} void up to an instant",
        part="journal",
        table="revocation_journal",
        pk=pk,
        sk="{region}",
        attributes=("expires",),
        more=("until",),
        size=160,
        writer="each",
        reads="with all others that void the same, in one batch: the last instant of any region holds",
        ends="400 days later: longer than anything lives that hangs on a sign-in from before",
    )


_JOURNAL = (
    _void_for_ever("session", "session:{sid}", "the end of the longest that hangs on it"),
    _void_for_ever("authorization", "authorization:{authorization_id}", "the authorization's end"),
    _void_for_ever("consent", "consent:{consent_id}", "the end of the longest that hangs on it"),
    _void_for_ever("access token", "token:{jti}", "the token's end"),
    _void_until("person", "subject:{subject}"),
    _void_until("client", "client:{client_id}"),
    _void_until("everything", "everything"),
)
_SHORT_LIVED = (
    Kind(
        name="opaque access token",
        part="access_tokens",
        table="id_access_tokens",
        pk="{key}",
        attributes=("record", "expires"),
        size=768,
        writer="nobody",
        reads="by its key",
        ends="the token's end",
    ),
    Kind(
        name="authorization code",
        part="codes",
        table="one_time",
        pk="code:{key}",
        attributes=("record", "expires"),
        more=("spent_at", "by"),
        size=1280,
        writer="region",
        reads="by its key",
        ends="the code's end",
    ),
    Kind(
        name="interaction",
        part="interactions",
        table="one_time",
        pk="interaction:{key}",
        attributes=("record", "browser", "expires"),
        more=("steps", "answered", "by"),
        size=1280,
        writer="region",
        reads="by its key",
        ends="the interaction's end",
    ),
    Kind(
        name="client assertion",
        part="client_assertions",
        table="one_time",
        pk="assertion:{client}:{jti}",
        attributes=("expires", "by"),
        size=256,
        writer="region",
        reads="never: it is written where it is not there",
        ends="the assertion's end",
    ),
    Kind(
        name="settings that fit the database",
        part="fits",
        table="one_time",
        pk="fits:{digest}",
        attributes=("expires",),
        size=128,
        writer="region",
        reads="by its key, where a node starts while the database is away",
        ends="a day after a node of these settings said last that it fits",
    ),
)
_KEYS = (
    Kind(
        name="ring of signing keys",
        part="keys",
        table="signing_keys",
        pk="ring:{region}",
        attributes=("keys", "version", "by"),
        size=20_480,
        writer="region",
        reads="by its key, a few times a minute in each process",
        for_ever="a key's end is a step of its rotation",
    ),
)
_WORK = (
    Kind(
        name="lease of a task",
        part="runs",
        table="runs",
        pk="lease",
        sk="{task}",
        attributes=("epoch", "interval", "until", "started", "by"),
        more=("begun", "finished", "rows", "failures"),
        size=512,
        writer="region",
        reads="by its task; all of them for metrics",
        for_ever="there is one a task, and it counts the runs",
    ),
    Kind(
        name="run of a task",
        part="runs",
        table="runs",
        pk="run:{task}",
        sk="{epoch}",
        attributes=("slot", "node", "started", "expires"),
        more=("finished", "rows", "error", "by"),
        size=512,
        writer="region",
        reads="those of a task, the newest first, for staff",
        ends="14 days after it began, or 20,000 intervals of its task where these are less",
    ),
    Kind(
        name="logout notice",
        part="outbox",
        table="outbox",
        pk="client:{client_id}",
        sk="{made}.{token}",
        attributes=("record", "attempts", "expires"),
        more=("due", "outcome", "delivered_at"),
        size=768,
        writer="region",
        reads="by its id; those of a client, the newest first, for staff",
        ends="400 days after it was made, or some days after it was delivered or given up",
    ),
    Kind(
        name="lead to a notice that is due",
        part="outbox",
        table="outbox",
        pk="due:{client_id}",
        sk="{due}#{notice}",
        attributes=("expires",),
        size=256,
        writer="region",
        reads="those of a client that are due, in their order",
        ends="400 days after its notice is due",
    ),
    Kind(
        name="client that is owed notices",
        part="outbox",
        table="outbox",
        pk="owed",
        sk="client:{client_id}",
        attributes=("since",),
        size=128,
        writer="region",
        reads="all of them, by who delivers",
        for_ever="who delivers deletes it an hour after the last notice",
    ),
    Kind(
        name="second look at an end",
        part="outbox",
        table="outbox",
        pk="recheck:{region}:{shard}",
        sk="{due}#{token}",
        attributes=("subject", "ended_at", "due", "expires"),
        more=("sid", "seen", "until", "by"),
        size=1024,
        writer="region",
        reads="those that are due, of each of eight keys",
        ends="400 days later, where nobody looked",
    ),
)
KINDS: Mapping[str, Kind] = {
    kind.name: kind for kind in (*_CLIENTS, *_AUTHORIZATIONS, *_JOURNAL, *_SHORT_LIVED, *_KEYS, *_WORK, *OF_PEOPLE)
}


def of_table(table: Table) -> list[Kind]:
    return [kind for kind in KINDS.values() if kind.table == table.name]


def at(table: str, pk: str, sk: str) -> Iterator[Kind]:
    """Those that an item with this key may be of: one, as a test sees to."""
    return (kind for kind in of_table(TABLES[table]) if kind.form.fullmatch(f"{pk}\n{sk}"))
