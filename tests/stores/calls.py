"""A call of each verb, and a store that holds what they ask for."""

from collections.abc import Callable
from datetime import timedelta

from tests.stores import rows, samples
from tests.stores.samples import CLIENT, END, INSTANT, LOGO_NAME, NOW, done
from tokens.protocol import journal
from tokens.protocol.records import LogoutDelivery, Resource, RunLease
from tokens.stores.base import Store
from tokens.stores.base.sweeping import Sweeping
from tokens.stores.base.whose import Whose

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

authorization, token, opaque, code, waiting, consent = (
    samples.authorization(),
    samples.refresh_token(),
    samples.access_token(),
    samples.code(),
    samples.interaction(),
    samples.consent(),
)
notice = LogoutDelivery(
    id="1", client_id=CLIENT, subject=authorization.subject, sid=authorization.sid, created=NOW, attempts=0, due=NOW
)
orders = samples.resource()
coming, retiring = (samples.signing_key(state=state, alg="RS256") for state in ("next", "retiring"))
CALLS: dict[str, Callable[[Store], object]] = {
    "clients.get": lambda store: store.clients.get(CLIENT),
    "clients.of_id": lambda store: store.clients.of_id(CLIENT),
    "clients.unless_void": lambda store: store.clients.unless_void(CLIENT, [journal.client(CLIENT)], NOW),
    "clients.note_secret_use": lambda store: store.clients.note_secret_use(CLIENT, "a" * 64, NOW, timedelta(minutes=5)),
    "clients.note_protection": lambda store: store.clients.note_protection(CLIENT, "pkce", NOW, timedelta(days=1)),
    "clients.note_logout": lambda store: store.clients.note_logout(CLIENT, NOW),
    "clients.logo": lambda store: store.clients.logo(LOGO_NAME),
    "clients.find": lambda store: store.clients.find("client", "", 10),
    "clients.named": lambda store: store.clients.named([CLIENT, "another"]),
    "clients.of_scope": lambda store: store.clients.of_scope(["openid"]),
    "clients.add": lambda store: store.clients.add(samples.client(client_id="another")),
    "clients.change": lambda store: store.clients.change(samples.client(), NOW),
    "clients.delete": lambda store: store.clients.delete(CLIENT),
    "clients.expire_secret": lambda store: store.clients.expire_secret(CLIENT, "1", END, NOW),
    "clients.delete_secret": lambda store: store.clients.delete_secret(CLIENT, "1"),
    "resources.all": lambda store: store.resources.all(),
    "resources.named": lambda store: store.resources.named(["urn:a", "urn:b"]),
    "resources.add": lambda store: store.resources.add(Resource(identifier="urn:other", scope=("b",)), [CLIENT]),
    "resources.delete": lambda store: store.resources.delete(orders.identifier),
    "consents.get": lambda store: store.consents.get(consent.subject, CLIENT, NOW),
    "consents.allowed": lambda store: store.consents.allowed(consent.subject, NOW, 10),
    "consents.grant": lambda store: store.consents.grant(samples.consent(subject=consent.subject)),
    "consents.renew": lambda store: store.consents.renew(consent),
    "authorizations.add": lambda store: store.authorizations.add(samples.authorization(), samples.refresh_token()),
    "authorizations.get": lambda store: store.authorizations.get(authorization.id, NOW),
    "consents.find": lambda store: store.consents.find(Whose(client_id=CLIENT), 10),
    "consents.of_id": lambda store: store.consents.of_id(consent.id),
    "authorizations.with_client": lambda store: store.authorizations.with_client(authorization.id, NOW),
    "authorizations.session_told": lambda store: store.authorizations.session_told(CLIENT, str(authorization.told_sid)),
    "authorizations.clients_of": lambda store: store.authorizations.clients_of(str(authorization.sid), 10),
    "authorizations.find": lambda store: store.authorizations.find(Whose(subject=authorization.subject), 10),
    "authorizations.causes": lambda store: store.authorizations.causes([authorization.id], NOW),
    "authorizations.of_id": lambda store: store.authorizations.of_id(authorization.id),
    "consents.withdraw": lambda store: store.consents.withdraw(consent.id),
    "journal.revoke": lambda store: store.journal.revoke(journal.authorization(authorization.id), END),
    "journal.revoke_until_now": lambda store: store.journal.revoke_until_now(
        journal.subject(authorization.subject), END
    ),
    "journal.revoke_authorization": lambda store: store.journal.revoke_authorization(authorization.id, END),
    "journal.revoke_until": lambda store: store.journal.revoke_until(journal.EVERYTHING, NOW, END),
    "journal.revoked": lambda store: store.journal.revoked(list(journal.of(authorization)), NOW),
    "access_tokens.add": lambda store: store.access_tokens.add(samples.access_token()),
    "access_tokens.get": lambda store: store.access_tokens.get(opaque.key, NOW),
    "refresh_tokens.add": lambda store: store.refresh_tokens.add(samples.refresh_token()),
    "refresh_tokens.consume": lambda store: store.refresh_tokens.consume(token.key, CLIENT, NOW),
    "refresh_tokens.get": lambda store: store.refresh_tokens.get(token.key, CLIENT),
    "refresh_tokens.extend": lambda store: store.refresh_tokens.extend(token.key, END + INSTANT),
    "client_assertions.use": lambda store: store.client_assertions.use(CLIENT, samples.handle(), END),
    "codes.add": lambda store: store.codes.add(samples.code()),
    "codes.consume": lambda store: store.codes.consume(code.key, CLIENT, NOW),
    "codes.get": lambda store: store.codes.get(code.key, CLIENT),
    "interactions.add": lambda store: store.interactions.add(samples.interaction()),
    "interactions.get": lambda store: store.interactions.get(waiting.key, waiting.browser, NOW),
    "interactions.with_client": lambda store: store.interactions.with_client(waiting.key, waiting.browser, NOW),
    "interactions.bind": lambda store: store.interactions.bind(
        waiting.key, waiting.browser, [done("seen", "0.a")], NOW
    ),
    "interactions.record_step": lambda store: store.interactions.record_step(
        waiting.key, waiting.browser, done("denied", "0.a"), NOW
    ),
    "interactions.consume": lambda store: store.interactions.consume(waiting.key, waiting.browser, NOW),
    "keys.all": lambda store: store.keys.all(),
    "keys.add": lambda store: store.keys.add(samples.signing_key()),
    "keys.activate": lambda store: store.keys.activate(coming, timedelta()),
    "keys.withdraw": lambda store: store.keys.withdraw(coming),
    "keys.retire": lambda store: store.keys.retire(retiring, timedelta()),
    "keys.revoke": lambda store: store.keys.revoke(retiring.kid),
    "runs.hold": lambda store: store.runs.hold(RunLease("a task", 1), MINUTE),
    "runs.finish": lambda store: store.runs.finish(RunLease("a task", 1), {}, ""),
    "runs.tasks": lambda store: store.runs.tasks(),
    "runs.of_task": lambda store: store.runs.of_task("a task", 10),
    "sweeping.lag": lambda store: sweeping(store).lag(HOUR, {"consent": NOW}),
    "outbox.queue_session": lambda store: store.outbox.queue_session(
        str(authorization.sid), authorization.subject, timedelta()
    ),
    "outbox.queue_subject": lambda store: store.outbox.queue_subject(authorization.subject, timedelta()),
    "outbox.queue_late": lambda store: store.outbox.queue_late(10),
    "outbox.clients_owed": lambda store: store.outbox.clients_owed(10),
    "outbox.claim": lambda store: store.outbox.claim(CLIENT, MINUTE),
    "outbox.close": lambda store: store.outbox.close(notice, "answered 200", END, delivered=True),
    "outbox.postpone": lambda store: store.outbox.postpone(notice, "answered 500", MINUTE),
    "outbox.reopen": lambda store: store.outbox.reopen(notice.id),
    "outbox.of_client": lambda store: store.outbox.of_client(CLIENT, 10),
    "outbox.of_id": lambda store: store.outbox.of_id(notice.id),
}
"""Without those whose statements differ with the database, or need to know what is there."""


def fill(store: Store) -> None:
    """Puts into the store what CALLS ask for."""
    rows.add_client_to(store, samples.client())
    store.resources.add(orders, [CLIENT])
    store.consents.grant(consent)
    store.authorizations.add(authorization, token)
    store.access_tokens.add(opaque)
    store.codes.add(code)
    store.interactions.add(waiting)
    store.keys.add(coming)
    store.keys.add(retiring)
    store.runs.claim("a task", MINUTE, MINUTE, timedelta(days=1), "a node")
    store.outbox.queue_session(str(authorization.sid), authorization.subject, timedelta())
    store.outbox.queue_subject(authorization.subject, timedelta())


def sweeping(store: Store) -> Sweeping:
    assert store.sweeping is not None
    return store.sweeping
