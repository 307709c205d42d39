"""What every store has to do with authorization requests that wait for a person."""

from dataclasses import replace

import pytest

from tests.stores import samples
from tests.stores.samples import CLIENT, END, IMPOSSIBLE, INSTANT, NOW, done
from tokens.protocol import journal
from tokens.protocol.handles import Key
from tokens.protocol.records import UNBOUND
from tokens.stores.base import Store


class InteractionsSuite:
    def test_an_interaction_waits_for_its_browser_until_it_expires(self, store: Store) -> None:
        waiting = samples.interaction(steps=frozenset({done("consented", "0.a")}))
        store.interactions.add(waiting)
        assert store.interactions.get(waiting.key, waiting.browser, END - INSTANT) == waiting
        assert store.interactions.get(waiting.key, waiting.browser, END) is None

    def test_an_interaction_comes_with_the_client_that_began_it(self, store: Store) -> None:
        store.clients.add(samples.client())
        kept = store.clients.get(CLIENT)
        assert kept is not None
        assert kept.secrets
        waiting, other = samples.interaction(), samples.interaction(parameters={"client_id": "another"})
        store.interactions.add(waiting)
        store.interactions.add(other)
        held = store.interactions.with_client(waiting.key, waiting.browser, END - INSTANT)
        assert held == (waiting, replace(kept, secrets=(), resources=()))
        assert store.interactions.with_client(waiting.key, waiting.browser, END) is None
        assert store.interactions.with_client(waiting.key, samples.key(), NOW) is None
        assert store.interactions.with_client(other.key, other.browser, NOW) is None
        store.journal.revoke_until(journal.EVERYTHING, NOW, END)
        assert store.interactions.with_client(waiting.key, waiting.browser, NOW) is None

    def test_an_interaction_does_not_exist_for_another_browser(self, store: Store) -> None:
        waiting, stranger = samples.interaction(), samples.key()
        store.interactions.add(waiting)
        assert store.interactions.get(waiting.key, stranger, NOW) is None
        assert not store.interactions.record_step(waiting.key, stranger, done("consented", "0.a"), NOW)
        assert not store.interactions.consume(waiting.key, stranger, NOW)
        assert store.interactions.get(waiting.key, waiting.browser, NOW) == waiting

    def test_an_interaction_of_before_everything_was_voided_is_over_for_every_verb(self, store: Store) -> None:
        for verb in ("get", "record_step", "consume", "bind"):
            for created, over in ((NOW, True), (NOW + INSTANT, False)):
                browser = UNBOUND if verb == "bind" else samples.key()
                waiting = samples.interaction(browser=browser, created=created)
                store.interactions.add(waiting)
                store.journal.revoke_until(journal.EVERYTHING, NOW, END)
                more = {"record_step": (done("consented", "0.a"),), "bind": ((),)}.get(verb, ())
                mine = samples.key() if verb == "bind" else browser
                assert getattr(store.interactions, verb)(waiting.key, mine, *more, NOW) is not over, verb

    def test_an_interaction_that_nobody_opened_is_the_first_browsers_that_does(self, store: Store) -> None:
        waiting, other = (samples.interaction(browser=UNBOUND) for _ in range(2))
        store.interactions.add(waiting)
        store.interactions.add(other)
        browser, stranger = samples.key(), samples.key()
        assert store.interactions.get(waiting.key, browser, NOW) is None
        assert store.interactions.bind(
            waiting.key, browser, [done("seen", "0.a", NOW), done("sent_to_sign_in", "b")], NOW
        )
        assert not store.interactions.bind(waiting.key, stranger, [], NOW)
        assert not store.interactions.bind(waiting.key, browser, [], NOW)
        bound = replace(
            waiting,
            browser=browser,
            steps=frozenset({done("seen", "0.a", NOW), done("sent_to_sign_in", "b")}),
        )
        assert store.interactions.get(waiting.key, browser, NOW) == bound
        assert store.interactions.get(waiting.key, stranger, NOW) is None
        assert store.interactions.get(waiting.key, UNBOUND, NOW) is None
        assert store.interactions.get(other.key, UNBOUND, NOW) == other

    def test_an_interaction_that_a_browser_began_is_given_to_no_other(self, store: Store) -> None:
        waiting = samples.interaction(steps=frozenset({done("consented", "0.a")}))
        store.interactions.add(waiting)
        for browser in (samples.key(), waiting.browser):
            assert not store.interactions.bind(waiting.key, browser, [], NOW)
        assert store.interactions.get(waiting.key, waiting.browser, NOW) == waiting

    def test_an_interaction_that_is_over_is_given_to_nobody(self, store: Store) -> None:
        expired, ended = (samples.interaction(browser=UNBOUND) for _ in range(2))
        store.interactions.add(expired)
        store.interactions.add(ended)
        store.interactions.consume(ended.key, UNBOUND, NOW)
        assert not store.interactions.bind(expired.key, samples.key(), [], END)
        assert not store.interactions.bind(ended.key, samples.key(), [], NOW)

    def test_steps_add_up_however_often_they_are_recorded(self, store: Store) -> None:
        waiting = samples.interaction()
        store.interactions.add(waiting)
        # Each could be taken for a part or another spelling of the one before.
        quoted = done("denied", done("denied", "0.ab").as_text())
        steps = [
            quoted,
            done("seen", "0.ab", NOW),
            done("seen", "0.ab", END),
            done("denied", "0.ab_c"),
            done("denied", "0.ab"),
            done("denied", "0.aB"),
            done("denied", "0.abxc"),
            done("ab", ""),
        ]
        for step in [*steps, *steps]:
            assert store.interactions.record_step(waiting.key, waiting.browser, step, NOW)
        assert store.interactions.get(waiting.key, waiting.browser, NOW) == replace(waiting, steps=frozenset(steps))

    def test_an_interaction_is_ended_once(self, store: Store) -> None:
        waiting, other = samples.interaction(), samples.interaction()
        store.interactions.add(waiting)
        store.interactions.add(other)
        assert store.interactions.consume(waiting.key, waiting.browser, NOW)
        assert not store.interactions.consume(waiting.key, waiting.browser, NOW)
        assert store.interactions.get(other.key, other.browser, NOW) == other

    def test_nothing_can_be_done_with_an_interaction_that_ended(self, store: Store) -> None:
        waiting = samples.interaction()
        store.interactions.add(waiting)
        store.interactions.consume(waiting.key, waiting.browser, NOW)
        assert store.interactions.get(waiting.key, waiting.browser, NOW) is None
        assert not store.interactions.record_step(waiting.key, waiting.browser, done("consented", "0.a"), NOW)

    def test_nothing_can_be_done_with_an_interaction_that_expired(self, store: Store) -> None:
        waiting = samples.interaction()
        store.interactions.add(waiting)
        assert not store.interactions.record_step(waiting.key, waiting.browser, done("consented", "0.a"), END)
        assert not store.interactions.consume(waiting.key, waiting.browser, END)

    @pytest.mark.parametrize("text", IMPOSSIBLE)
    def test_there_is_no_interaction_of_what_cannot_be(self, store: Store, text: str) -> None:
        waiting = samples.interaction()
        store.interactions.add(waiting)
        for key, browser in ((Key(text), waiting.browser), (waiting.key, Key(text))):
            assert store.interactions.get(key, browser, NOW) is None
            assert not store.interactions.bind(key, browser, [], NOW)
            assert not store.interactions.record_step(key, browser, done("consented", "0.a"), NOW)
            assert not store.interactions.consume(key, browser, NOW)
