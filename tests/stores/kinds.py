"""A row of each kind."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.stores import samples
from tests.stores.samples import CLIENT, END
from tests.stores.suite.outbox import claimed, owe, wanting
from tokens.protocol import journal
from tokens.protocol.records import LogoutDelivery, Reference
from tokens.stores.base import Store
from tokens.stores.base.kinds import KINDS

MINUTE = timedelta(minutes=1)


def add(store: Store, kind: str, expires: datetime) -> Any:
    """A new record of a kind that expires; of an assertion or a revocation, what it is known by."""
    record: Any
    match kind:
        case "authorization":
            store.authorizations.add(record := samples.authorization(expires=expires, kept_until=None))
        case "authorization_code":
            store.codes.add(record := samples.code(expires=expires))
        case "consent":
            store.consents.grant(record := samples.consent(expires=expires))
        case "interaction":
            store.interactions.add(record := samples.interaction(expires=expires))
        case "client_assertion":
            store.client_assertions.use(CLIENT, record := samples.handle(), expires)
        case "access_token":
            store.access_tokens.add(record := samples.access_token(expires=expires))
        case "refresh_token":
            store.refresh_tokens.add(record := samples.refresh_token(expires=expires))
        case "run":
            record = samples.handle()
            claim = store.runs.claim(record, MINUTE, MINUTE, expires - datetime.now(UTC), "a node")
            assert claim is not None
            assert store.runs.finish(claim, {}, "")
        case "revocation":
            store.journal.revoke(record := journal.authorization(samples.handle()), expires)
        case "logout_delivery":
            record = _given_up(store, expires)
    return record


def _given_up(store: Store, expires: datetime) -> LogoutDelivery:
    from tests.stores import rows  # tables: racing processes import this before they have any

    if store.clients.get("told") is None:
        rows.add_client_to(store, wanting("told"))
    owe(store, "told")
    delivery = claimed(store, "told")
    store.outbox.close(delivery, "answered 400", expires, False)
    return delivery


def is_there(store: Store, kind: str, record: Any) -> bool:
    """Whether a record that `add` made is still there, asked as of a time when it had not expired."""
    long_ago = datetime(2000, 1, 1, tzinfo=UTC)
    match kind:
        case "authorization":
            return store.authorizations.get(record.id, long_ago) is not None
        case "authorization_code":
            return store.codes.get(record.key, CLIENT) is not None
        case "consent":
            return store.consents.get(record.subject, CLIENT, long_ago) is not None
        case "interaction":
            return store.interactions.get(record.key, record.browser, long_ago) is not None
        case "client_assertion":
            return not store.client_assertions.use(CLIENT, record, END)
        case "access_token":
            return store.access_tokens.get(record.key, long_ago) is not None
        case "refresh_token":
            return store.refresh_tokens.get(record.key, CLIENT) is not None
        case "run":
            return any(report.task == record and report.success_age is not None for report in store.runs.tasks())
        case "logout_delivery":
            return store.outbox.reopen(record.id)
    return store.journal.revoked([record], long_ago)


def named(store: Store, kind: str, without: str | None = None) -> Reference:
    """What a new row of the kind names: all of it is there, but for the parent `without` which it is. People are
    elsewhere, and so is the client, which the caller adds."""
    record: Any
    client_id = "gone" if without == "client_id" else CLIENT
    authorization = samples.authorization(client_id=client_id)
    if without != "authorization_id" and KINDS[kind].authorization_id is not None:
        store.authorizations.add(authorization)
    match kind:
        case "authorization":
            store.authorizations.add(record := authorization)
        case "authorization_code":
            store.codes.add(record := samples.code(authorization=authorization))
        case "consent":
            store.consents.grant(record := samples.consent(client_id=client_id, granted_at=datetime.now(UTC)))
        case "interaction":
            waiting = samples.interaction(parameters={"client_id": client_id}, created=datetime.now(UTC))
            store.interactions.add(record := waiting)
        case "access_token":
            claims = {"client_id": client_id, "sub": "pairwise", "authorization_id": authorization.id}
            store.access_tokens.add(record := samples.access_token(claims=claims))
        case "refresh_token":
            token = samples.refresh_token(client_id=client_id, authorization_id=authorization.id)
            store.refresh_tokens.add(record := token)
    return KINDS[kind].reference(record)
