"""Every verb, called at once by several callers: one suite for every store, run by threads and by processes."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

from tests.stores import samples
from tests.stores.kinds import add, is_there
from tests.stores.samples import CLIENT, END, FAR, GRACE, INSTANT, LOGO, LOGO_NAME, NOW, AddClient, done
from tests.stores.suite.keys import timeless
from tests.stores.suite.outbox import AT_ONCE, LONG, claimed, owe, owed, wanting
from tests.support.pictures import named, png
from tokens.protocol import journal
from tokens.protocol.handles import Key
from tokens.protocol.records import UNBOUND, AuthorizationCode, ClientSecret, Resource
from tokens.stores.base import Store
from tokens.stores.base.kinds import EXPIRING
from tokens.stores.base.sweeping import Span
from tokens.stores.base.whose import Whose

RUNNERS = 4
ROUNDS = 5
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

Call = tuple[str | Callable[..., Any], *tuple[Any, ...]]
"""A verb by its part's name and its own, or a function of this module that is given the store; and the arguments."""

Race = Callable[[Sequence[Call]], list[Any]]
"""Makes the calls at once, each by a runner of its own; what each was answered."""


def made(store: Store, call: Call) -> Any:
    """What the store answers to the call."""
    verb, *arguments = call
    return attrgetter(verb)(store)(*arguments) if isinstance(verb, str) else verb(store, *arguments)


def redeem(store: Store, key: Key) -> AuthorizationCode | None:
    """As the token endpoint does it: the code is spent first, then what it gives is written, all or nothing."""

    def work() -> AuthorizationCode | None:
        spent = store.codes.consume(key, CLIENT, NOW)
        if spent is not None:
            assert store.authorizations.add(spent.authorization)
        return spent

    return store.in_unit(work)


def redeem_in_unit(store: Store, key: Key) -> AuthorizationCode | None:
    with store.unit():
        return store.codes.consume(key, CLIENT, NOW)


class RaceSuite:
    def test_one_wins_whatever_works_once(self, store: Store, race: Race) -> None:
        for i in range(ROUNDS):
            code, token, waiting = samples.code(), samples.refresh_token(), samples.interaction()
            store.codes.add(code)
            store.refresh_tokens.add(token)
            store.interactions.add(waiting)
            spent = race([("codes.consume", code.key, CLIENT, NOW)] * RUNNERS)
            assert [answer for answer in spent if answer] == [replace(code, spent_at=NOW)]
            spent = race([("refresh_tokens.consume", token.key, CLIENT, NOW)] * RUNNERS)
            assert [answer for answer in spent if answer] == [replace(token, spent_at=NOW)]
            assert sum(race([("interactions.consume", waiting.key, waiting.browser, NOW)] * RUNNERS)) == 1
            assert sum(race([("client_assertions.use", CLIENT, f"jti {i}", END)] * RUNNERS)) == 1
            opened = samples.interaction(browser=UNBOUND)
            store.interactions.add(opened)
            bound: list[Call] = [("interactions.bind", opened.key, samples.key(), [], NOW) for _ in range(RUNNERS)]
            assert sum(race(bound)) == 1

    def test_one_moves_a_key_on(self, store: Store, race: Race) -> None:
        for i in range(ROUNDS):
            keys: list[Call] = [("keys.add", samples.signing_key(alg=f"A{i}")) for _ in range(RUNNERS)]
            assert sum(race(keys)) == 1
            coming = samples.signing_key(alg=f"A{i}", state="next")
            assert sum(race([("keys.add", coming)] * RUNNERS)) == 1
            assert sum(race([("keys.activate", coming, timedelta())] * RUNNERS)) == 1
            assert sum(race([("keys.withdraw", coming)] * RUNNERS)) == 1
            held = store.keys.all()
            retiring = next(key for key in held if (key.alg, key.state) == (f"A{i}", "retiring"))
            assert sum(race([("keys.retire", retiring, timedelta())] * RUNNERS)) == 1
            assert sum(race([("keys.revoke", coming.kid)] * RUNNERS)) == 1

    def test_one_wins_whoever_holds_a_unit(self, store: Store, race: Race) -> None:
        for unit in (redeem, redeem_in_unit):
            code = samples.code()
            store.codes.add(code)
            spent = race([(unit, code.key)] * RUNNERS)
            assert [answer for answer in spent if answer] == [replace(code, spent_at=NOW)]
            assert (store.authorizations.get(code.authorization.id, NOW) is not None) == (unit is redeem)

    def test_who_reads_beside_a_writer_sees_before_or_after_and_nothing_between(self, store: Store, race: Race) -> None:
        for _ in range(ROUNDS):
            code, token = samples.code(), samples.refresh_token()
            store.codes.add(code)
            store.refresh_tokens.add(token)
            _, *seen = race([("codes.consume", code.key, CLIENT, NOW), *[("codes.get", code.key, CLIENT)] * 3])
            assert all(found in (code, replace(code, spent_at=NOW)) for found in seen)
            later = END + INSTANT
            _, _, *kept = race(
                [
                    ("refresh_tokens.consume", token.key, CLIENT, NOW),
                    ("refresh_tokens.extend", token.key, later),
                    *[("refresh_tokens.get", token.key, CLIENT)] * 2,
                ]
            )
            states = [replace(token, expires=end, spent_at=at) for end in (END, later) for at in (None, NOW)]
            assert all(found in states for found in kept)
            assert store.refresh_tokens.get(token.key, CLIENT) in states[1::2]

    def test_no_writer_loses_or_refuses_what_another_wrote(self, store: Store, race: Race) -> None:
        for _ in range(ROUNDS):
            waiting, token = samples.interaction(), samples.refresh_token()
            store.interactions.add(waiting)
            store.refresh_tokens.add(token)
            steps = [done("denied", str(i)) for i in range(RUNNERS)]
            assert all(race([("interactions.record_step", waiting.key, waiting.browser, step, NOW) for step in steps]))
            race([("refresh_tokens.extend", token.key, END + i * INSTANT) for i in range(RUNNERS)])
            assert store.interactions.get(waiting.key, waiting.browser, NOW) == replace(waiting, steps=frozenset(steps))
            last = END + (RUNNERS - 1) * INSTANT
            assert store.refresh_tokens.get(token.key, CLIENT) == replace(token, expires=last)

    def test_all_can_add_at_once(self, store: Store, race: Race) -> None:
        assert store.clients.add(samples.client())
        client = replace(store.clients.get(CLIENT) or samples.client(), secrets=(), resources=())
        for _ in range(ROUNDS):
            authorizations = [samples.authorization() for _ in range(RUNNERS)]
            tokens = [samples.refresh_token(authorization_id=one.id) for one in authorizations]
            codes = [samples.code(authorization=one) for one in authorizations]
            waiting = [samples.interaction() for _ in range(RUNNERS)]
            successors = [samples.refresh_token() for _ in range(RUNNERS)]
            opaque = [samples.access_token() for _ in range(RUNNERS)]
            assert all(race([("codes.add", code) for code in codes]))
            pairs = zip(authorizations, tokens, strict=True)
            assert all(race([("authorizations.add", one, token) for one, token in pairs]))
            race([("refresh_tokens.add", token) for token in successors])
            race([("interactions.add", one) for one in waiting])
            race([("access_tokens.add", one) for one in opaque])
            assert race([("access_tokens.get", one.key, NOW) for one in opaque]) == opaque
            assert race([("authorizations.get", one.id, NOW) for one in authorizations]) == authorizations
            held: list[Call] = [("authorizations.with_client", one.id, NOW) for one in authorizations]
            assert race(held) == [(one, client) for one in authorizations]
            assert race([("interactions.get", one.key, one.browser, NOW) for one in waiting]) == waiting
            held = [("interactions.with_client", one.key, one.browser, NOW) for one in waiting]
            assert race(held) == [(one, client) for one in waiting]
            kept = [*tokens, *successors]
            assert [store.refresh_tokens.get(one.key, CLIENT) for one in kept] == kept

    def test_a_consent_is_granted_and_withdrawn_by_all_at_once(self, store: Store, race: Race) -> None:
        for _ in range(ROUNDS):
            person = samples.subject()
            granted = [samples.consent(subject=person) for _ in range(RUNNERS)]
            race([("consents.grant", consent) for consent in granted])
            kept = store.consents.get(person, CLIENT, NOW)
            assert kept in granted
            assert kept is not None
            _, *seen = race([("consents.withdraw", kept.id), *[("consents.get", person, CLIENT, NOW)] * (RUNNERS - 1)])
            assert all(found in (kept, None) for found in seen)
            assert store.consents.get(person, CLIENT, NOW) is None
            again = [samples.consent(subject=person) for _ in range(RUNNERS - 1)]
            race([("consents.withdraw", kept.id), *[("consents.grant", consent) for consent in again]])
            [[last], *_] = race([("consents.allowed", person, NOW, 2)] * RUNNERS)
            assert last == store.consents.get(person, CLIENT, NOW) in again

    def test_a_consent_is_renewed_by_all_while_one_withdraws_it(self, store: Store, race: Race) -> None:
        for _ in range(ROUNDS):
            store.consents.grant(before := samples.consent())
            more = replace(before, scope=("openid", "email"))
            race([("consents.withdraw", before.id), *[("consents.renew", more)] * (RUNNERS - 1)])
            assert store.consents.get(before.subject, CLIENT, NOW) is None

    def test_support_finds_what_is_there_while_others_add(self, store: Store, race: Race) -> None:
        for _ in range(ROUNDS):
            person = samples.subject()
            first = samples.authorization(subject=person)
            consent = samples.consent(subject=person)
            store.authorizations.add(first)
            store.consents.grant(consent)
            looks: list[Call] = [
                ("authorizations.find", Whose(subject=person), 10),
                ("consents.find", Whose(subject=person), 10),
                ("authorizations.of_id", first.id),
            ]
            _, seen, consents, again = race([("authorizations.add", samples.authorization(subject=person)), *looks])
            assert first in seen
            assert (consents, again) == ([consent], first)
            told = ("authorizations.session_told", first.client_id, str(first.told_sid))
            assert race([told] * RUNNERS) == [first.sid] * RUNNERS
            assert race([("consents.of_id", consent.id)] * RUNNERS) == [consent] * RUNNERS

    def test_what_is_void_stays_void_whoever_else_revokes_or_asks(self, store: Store, race: Race) -> None:
        for _ in range(ROUNDS):
            authorization = samples.authorization()
            store.authorizations.add(authorization)
            keys = (journal.authorization(authorization.id), journal.client(samples.handle()))
            race([("journal.revoke", keys[0], END)] * RUNNERS)
            race([("journal.revoke", keys[1], END), ("journal.revoke_until_now", keys[1], END)] * (RUNNERS // 2))
            late: list[Call] = [("journal.revoke_until", keys[1], NOW, END)]
            race([("journal.revoke_authorization", authorization.id, END), *late] * (RUNNERS // 2))
            assert race([("journal.revoked", [key], FAR) for key in keys] * (RUNNERS // 2)) == [True] * RUNNERS
            assert store.authorizations.get(authorization.id, NOW) is None
            told: Call = ("authorizations.causes", [authorization.id], NOW)
            assert race([told] * RUNNERS) == [{authorization.id: "authorization"}] * RUNNERS

    def test_nothing_is_good_that_was_added_beside_its_revocation(self, store: Store, race: Race) -> None:
        for _ in range(ROUNDS):
            authorization = samples.authorization()
            first = samples.refresh_token(authorization_id=authorization.id)
            code = samples.code(authorization=authorization)
            _, added, coded, _ = race(
                [
                    ("journal.revoke_until_now", journal.subject(authorization.subject), END),
                    ("authorizations.add", authorization, first),
                    ("codes.add", code),
                    ("journal.revoke", journal.consent(str(authorization.consent_id)), END),
                ]
            )
            assert store.authorizations.get(authorization.id, NOW) is None
            # All of it or nothing.
            assert (store.refresh_tokens.get(first.key, CLIENT) is not None) == added
            assert (store.codes.get(code.key, CLIENT) is not None) == coded

    def test_one_gets_a_notice_and_nobody_is_forgotten(self, store: Store, add_client: AddClient, race: Race) -> None:
        add_client(wanting())
        for _ in range(ROUNDS):
            given = [samples.authorization() for _ in range(RUNNERS)]
            for one in given:
                store.authorizations.add(one)
            half = RUNNERS // 2
            race(
                [
                    *[("outbox.queue_session", one.sid, one.subject, AT_ONCE) for one in given[:half]],
                    *[("outbox.queue_subject", one.subject, AT_ONCE) for one in given[half:]],
                ]
            )
            assert race([("outbox.clients_owed", 10)] * RUNNERS) == [[CLIENT]] * RUNNERS
            got = race([("outbox.claim", CLIENT, LONG)] * RUNNERS)
            # Who finds a row held by another may go without; nobody gets another's.
            got += [claimed(store) for _ in range(got.count(None))]
            found = [(one.subject, one.sid) for one in got if one is not None]
            told = [(one.subject, one.sid if i < half else None) for i, one in enumerate(given)]
            assert sorted(found, key=str) == sorted(told, key=str)
            # Each was given tokens a moment before: who cannot tell that they were told tells them once more.
            assert sum(race([("outbox.queue_late", 10)] * RUNNERS)) == RUNNERS
            assert len(owed(store)) in (0, RUNNERS)

    def test_one_mark_of_a_notice_holds(self, store: Store, add_client: AddClient, race: Race) -> None:
        add_client(wanting())
        for _ in range(ROUNDS):
            owe(store)
            mine = claimed(store)
            assert sum(race([("outbox.close", mine, "answered 400", FAR, False)] * RUNNERS)) == 1
            assert sum(race([("outbox.reopen", mine.id)] * RUNNERS)) == 1
            again = claimed(store)
            marks = race(
                [("outbox.close", again, "answered 200", FAR, True), ("outbox.postpone", again, "answered 500", LONG)]
            )
            assert marks in ([True, False], [True, True])
            shown, [first, *_] = race([("outbox.of_id", mine.id), ("outbox.of_client", CLIENT, 10)])
            assert (shown.id, shown.attempts, first) == (mine.id, 2, shown)
            assert store.outbox.claim(CLIENT, LONG) is None

    def test_one_claims_a_run_and_the_last_to_claim_it_holds_it(self, store: Store, race: Race) -> None:
        for i in range(ROUNDS):
            task, kept = f"task {i}", timedelta(days=1)
            claims = [
                each for each in race([("runs.claim", task, HOUR, timedelta(), kept, "a node")] * RUNNERS) if each
            ]
            # A hold of no time runs out at once.
            assert sorted(claim.epoch for claim in claims) == list(range(1, len(claims) + 1))
            again = [each for each in race([("runs.claim", task, HOUR, MINUTE, kept, "a node")] * RUNNERS) if each]
            assert [claim.epoch for claim in again] == [len(claims) + 1]
            held = race([("runs.hold", claim, MINUTE) for claim in (claims[0], *again)])
            assert held == [False, True]
            *finished, known = race(
                [
                    ("runs.finish", claims[0], {"rows": 1}, ""),
                    ("runs.finish", again[0], {"rows": 2}, ""),
                    ("runs.finish", again[0], {"rows": 2}, ""),
                    ("runs.tasks",),
                ]
            )
            assert (finished[0], sorted(finished[1:])) == (False, [False, True])
            assert task in {report.task for report in known}
            told = race([("runs.of_task", task, 1)] * RUNNERS)
            assert [(run.epoch, run.rows) for [run] in told] == [(again[0].epoch, {"rows": 2})] * RUNNERS
            assert race([("runs.claim", task, HOUR, MINUTE, kept, "a node")] * RUNNERS) == [None] * RUNNERS

    def test_all_can_ask_for_clients_and_keys_beside_one_who_adds(
        self, store: Store, add_client: AddClient, race: Race
    ) -> None:
        client, key = samples.client(), samples.signing_key()
        add_client(client)
        assert race([("clients.get", CLIENT)] * RUNNERS) == [client] * RUNNERS
        assert race([("clients.of_id", CLIENT)] * RUNNERS) == [client] * RUNNERS
        bare = replace(client, secrets=(), resources=())
        assert race([("clients.unless_void", CLIENT, ["client:a"], NOW)] * RUNNERS) == [bare] * RUNNERS
        given = samples.authorization()
        store.authorizations.add(given)
        assert race([("authorizations.clients_of", str(given.sid), 10)] * RUNNERS) == [[bare]] * RUNNERS
        assert race([("resources.named", [])] * RUNNERS) == [[]] * RUNNERS
        digest = client.secrets[0].digest
        race([("clients.note_secret_use", CLIENT, digest, NOW + i * INSTANT, INSTANT) for i in range(RUNNERS)])
        used = store.clients.get(CLIENT)
        assert used is not None
        assert used.secrets[0].last_used in [NOW + i * INSTANT for i in range(RUNNERS)]
        race([("clients.note_protection", CLIENT, "pkce", NOW + i * INSTANT, INSTANT) for i in range(RUNNERS)])
        noted = store.clients.get(CLIENT)
        assert noted is not None
        assert noted.protections_seen.pkce in [NOW + i * INSTANT for i in range(RUNNERS)]
        assert sum(race([("clients.note_logout", CLIENT, NOW)] * RUNNERS)) == 1
        assert sum(race([("clients.note_logout", CLIENT, None)] * RUNNERS)) == 1
        added, *seen = race([("keys.add", key), *[("keys.all",)] * (RUNNERS - 1)])
        assert added
        assert all(timeless(keys) in ([], [key]) for keys in seen)

    def test_one_writes_a_client_and_one_adds_its_secret(self, store: Store, race: Race) -> None:
        for i in range(ROUNDS):
            client = samples.client(client_id=f"client {i}", client_name=f"Name {i}", resources=())
            client = replace(client, logo=LOGO_NAME, fetched_logo=LOGO)
            assert sum(race([("clients.add", client)] * RUNNERS)) == 1
            assert race([("clients.logo", LOGO_NAME)] * RUNNERS) == [LOGO] * RUNNERS
            added = store.clients.get(client.client_id)
            assert added == client
            logos = {named(logo): logo for logo in (png(colour=bytes([n] * 3)) for n in range(4))}
            changes: list[Call] = [
                ("clients.change", replace(client, logo=name, fetched_logo=logo), added.updated)
                for name, logo in logos.items()
            ]
            assert sum(race(changes)) == 1
            kept = {name for name in logos if store.clients.logo(name) is not None}
            won = store.clients.get(client.client_id)
            assert won is not None
            assert kept == {won.logo}
            newest = added.secrets[-1].id
            secret = ClientSecret("1", "c" * 64, None)
            assert sum(race([("clients.add_secret", client.client_id, secret, newest)] * RUNNERS)) == 1
            held = store.clients.get(client.client_id)
            assert held is not None
            last = held.secrets[-1].id
            ended = race([("clients.expire_secret", client.client_id, last, END, NOW)] * RUNNERS)
            assert ended == [True] * RUNNERS
            assert sum(race([("clients.delete_secret", client.client_id, last)] * RUNNERS)) == 1
            held = store.clients.get(client.client_id)
            assert race([("clients.find", f"name {i}", "", 2)] * RUNNERS) == [[held]] * RUNNERS
            assert race([("clients.of_scope", ["openid"])] * RUNNERS) == [[held]] * RUNNERS
            [[named_client], *_] = race([("clients.named", [client.client_id])] * RUNNERS)
            assert named_client == replace(client, secrets=(), logo=won.logo)
            assert sum(race([("clients.delete", client.client_id)] * RUNNERS)) == 1

    def test_one_gets_an_identifier_however_it_is_spelled(self, store: Store, race: Race) -> None:
        for i in range(ROUNDS):
            spelled = [f"https://{i}.example", f"https://{i}.example/"]
            rivals = [Resource(identifier=spelled[n % 2], scope=("read",), name=f"{n}") for n in range(RUNNERS)]
            assert sum(race([("resources.add", rival, []) for rival in rivals])) == 1
            [won] = store.resources.named(spelled)
            renamed: list[Call] = [
                ("resources.change", replace(won, name=f"{n}"), [], won.updated) for n in range(RUNNERS)
            ]
            assert sum(race(renamed)) == 1
            held = store.resources.all()
            assert race([("resources.all",), ("resources.named", spelled)]) == [held, held]
            assert sum(race([("resources.delete", won.identifier)] * RUNNERS)) == 1
            assert store.resources.all() == []


class SweepingRaceSuite:
    """Only for stores that sweep."""

    def test_clean_up_by_all_deletes_each_row_once_and_no_live_one(self, store: Store, race: Race) -> None:
        now = datetime.now(UTC)
        for kind in EXPIRING:
            for _ in range(30):
                add(store, kind, now - timedelta(days=2))
            living = [add(store, kind, now + timedelta(minutes=1)) for _ in range(5)]
            deleted = 0
            while batch := sum(each.deleted for each in race([("sweeping.delete_expired", kind, GRACE, 5)] * RUNNERS)):
                deleted += batch
            assert deleted == 30
            assert all(is_there(store, kind, record) for record in living)

    def test_orphans_are_deleted_once_by_all_who_find_them(self, store: Store, race: Race) -> None:
        for _ in range(ROUNDS):
            tokens = [samples.refresh_token() for _ in range(20)]
            for token in tokens:
                store.refresh_tokens.add(token)
            sweep: Call = ("sweeping.sweep_orphans", "refresh_token", Span(limit=20), -MINUTE, nobody)
            lag, *swept = race([("sweeping.lag", GRACE, {}), *[sweep] * (RUNNERS - 1)])
            assert set(lag) == set(EXPIRING)
            assert sum(each.deleted for each in swept) == 20


def nobody(subjects: Collection[str]) -> Collection[str]:
    """Everybody has an account."""
    return ()
