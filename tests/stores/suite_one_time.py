"""What every store has to do about what works once."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.stores import samples
from tests.stores.samples import CLIENT, END, IMPOSSIBLE, INSTANT, NOW, done
from tokens.protocol.handles import Key
from tokens.protocol.records import UNBOUND
from tokens.stores.base import Store


class OneTimeSuite:
    # --- Codes

    def test_a_code_tells_an_authorization_that_has_no_session_or_consent(self, store: Store) -> None:
        code = samples.code(authorization=samples.authorization(sid=None, consent_id=None))
        store.codes.add(code)
        assert store.codes.get(code.key, CLIENT) == code

    @pytest.mark.parametrize("changes", [{}, {"code_challenge": None, "nonce": None}])
    def test_a_code_is_spent_once_and_tells_its_whole_authorization(
        self, store: Store, changes: dict[str, Any]
    ) -> None:
        code = samples.code(**changes)
        store.codes.add(code)
        assert store.codes.get(code.key, CLIENT) == code
        assert store.codes.consume(code.key, CLIENT, NOW) == replace(code, spent_at=NOW)
        assert store.codes.consume(code.key, CLIENT, NOW) is None

    def test_a_spent_code_is_remembered_as_spent(self, store: Store) -> None:
        code = samples.code()
        store.codes.add(code)
        store.codes.consume(code.key, CLIENT, NOW)
        store.codes.consume(code.key, CLIENT, NOW + INSTANT)
        assert store.codes.get(code.key, CLIENT) == replace(code, spent_at=NOW)

    def test_a_code_works_up_to_its_end(self, store: Store) -> None:
        code = samples.code()
        store.codes.add(code)
        assert store.codes.consume(code.key, CLIENT, END - INSTANT) is not None

    def test_a_code_is_expired_at_its_end_and_still_told_from_an_unknown_one(self, store: Store) -> None:
        code = samples.code()
        store.codes.add(code)
        assert store.codes.consume(code.key, CLIENT, END) is None
        assert store.codes.get(code.key, CLIENT) == code

    def test_another_client_neither_spends_nor_sees_a_code(self, store: Store) -> None:
        code = samples.code()
        store.codes.add(code)
        assert store.codes.consume(code.key, "another", NOW) is None
        assert store.codes.get(code.key, "another") is None
        assert store.codes.consume(code.key, CLIENT, NOW) is not None

    def test_a_spent_code_leaves_others_alone(self, store: Store) -> None:
        spent, other = samples.code(), samples.code()
        store.codes.add(spent)
        store.codes.add(other)
        store.codes.consume(spent.key, CLIENT, NOW)
        assert store.codes.get(other.key, CLIENT) == other

    @pytest.mark.parametrize("text", IMPOSSIBLE)
    def test_there_is_no_code_of_what_cannot_be(self, store: Store, text: str) -> None:
        code = samples.code()
        store.codes.add(code)
        assert store.codes.get(Key(text), CLIENT) is None
        assert store.codes.get(code.key, text) is None
        assert store.codes.consume(Key(text), CLIENT, NOW) is None
        assert store.codes.consume(code.key, text, NOW) is None

    # --- Access tokens

    def test_an_opaque_access_token_holds_its_claims_until_it_expires(self, store: Store) -> None:
        token, other = samples.access_token(), samples.access_token(claims={})
        store.access_tokens.add(token)
        store.access_tokens.add(other)
        assert store.access_tokens.get(token.key, END - INSTANT) == token
        assert store.access_tokens.get(token.key, END) is None
        assert store.access_tokens.get(other.key, NOW) == other

    @pytest.mark.parametrize("text", IMPOSSIBLE)
    def test_there_is_no_access_token_of_what_cannot_be(self, store: Store, text: str) -> None:
        store.access_tokens.add(samples.access_token())
        assert store.access_tokens.get(Key(text), NOW) is None

    # --- Refresh tokens

    def test_a_refresh_token_is_spent_once_and_remembered_as_spent(self, store: Store) -> None:
        token = samples.refresh_token(generation=7)
        store.refresh_tokens.add(token)
        assert store.refresh_tokens.get(token.key, CLIENT) == token
        assert store.refresh_tokens.consume(token.key, CLIENT, NOW) == replace(token, spent_at=NOW)
        assert store.refresh_tokens.consume(token.key, CLIENT, NOW + INSTANT) is None
        assert store.refresh_tokens.get(token.key, CLIENT) == replace(token, spent_at=NOW)

    def test_a_refresh_token_works_up_to_its_end_and_is_then_still_told_from_an_unknown_one(self, store: Store) -> None:
        token, other = samples.refresh_token(), samples.refresh_token(scope=())
        store.refresh_tokens.add(token)
        store.refresh_tokens.add(other)
        assert store.refresh_tokens.consume(token.key, CLIENT, END) is None
        assert store.refresh_tokens.get(token.key, CLIENT) == token
        assert store.refresh_tokens.consume(token.key, CLIENT, END - INSTANT) is not None
        assert store.refresh_tokens.get(other.key, CLIENT) == other

    def test_another_client_neither_spends_nor_sees_a_refresh_token(self, store: Store) -> None:
        token = samples.refresh_token()
        store.refresh_tokens.add(token)
        assert store.refresh_tokens.consume(token.key, "another", NOW) is None
        assert store.refresh_tokens.get(token.key, "another") is None
        assert store.refresh_tokens.consume(token.key, CLIENT, NOW) is not None

    def test_the_end_of_a_refresh_token_moves_forward_and_never_back(self, store: Store) -> None:
        token, other = samples.refresh_token(), samples.refresh_token()
        store.refresh_tokens.add(token)
        store.refresh_tokens.add(other)
        store.refresh_tokens.extend(token.key, later := END + timedelta(days=1))
        store.refresh_tokens.extend(token.key, END)
        assert store.refresh_tokens.get(token.key, CLIENT) == replace(token, expires=later)
        assert store.refresh_tokens.consume(token.key, CLIENT, END) is not None
        assert store.refresh_tokens.get(other.key, CLIENT) == other

    def test_the_end_of_a_spent_refresh_token_does_not_move(self, store: Store) -> None:
        token = samples.refresh_token(spent_at=NOW)
        store.refresh_tokens.add(token)
        store.refresh_tokens.extend(token.key, END + INSTANT)
        assert store.refresh_tokens.get(token.key, CLIENT) == token

    @pytest.mark.parametrize("text", IMPOSSIBLE)
    def test_there_is_no_refresh_token_of_what_cannot_be(self, store: Store, text: str) -> None:
        token = samples.refresh_token()
        store.refresh_tokens.add(token)
        for key, client_id in ((Key(text), CLIENT), (token.key, text)):
            assert store.refresh_tokens.get(key, client_id) is None
            assert store.refresh_tokens.consume(key, client_id, NOW) is None
        store.refresh_tokens.extend(Key(text), END + INSTANT)
        assert store.refresh_tokens.get(token.key, CLIENT) == token

    # --- Client assertions

    def test_a_client_shows_an_assertion_once(self, store: Store) -> None:
        assert store.client_assertions.use(CLIENT, "1", END)
        assert not store.client_assertions.use(CLIENT, "1", END + INSTANT)
        assert store.client_assertions.use(CLIENT, "2", END)
        assert store.client_assertions.use("another", "1", END)

    def test_an_assertion_that_expired_is_not_shown_again(self, store: Store) -> None:
        long_ago = datetime.now(UTC) - timedelta(days=2)
        assert store.client_assertions.use(CLIENT, "1", long_ago)
        assert not store.client_assertions.use(CLIENT, "1", END)

    def test_no_pair_of_client_and_assertion_is_taken_for_another(self, store: Store) -> None:
        texts = ("", "1", "11", "1:", ":1", "1:1", "a", "A", "aa", "\x00", '","', "\ud83e\udd8a", "🦊", *IMPOSSIBLE)
        pairs = sorted(set(itertools.product(texts, repeat=2)))
        assert all(store.client_assertions.use(client_id, jti, END) for client_id, jti in pairs)
        assert not any(store.client_assertions.use(client_id, jti, END) for client_id, jti in pairs)

    # --- Interactions

    def test_an_interaction_waits_for_its_browser_until_it_expires(self, store: Store) -> None:
        waiting = samples.interaction(steps=frozenset({done("consented", "0.a")}))
        store.interactions.add(waiting)
        assert store.interactions.get(waiting.key, waiting.browser, END - INSTANT) == waiting
        assert store.interactions.get(waiting.key, waiting.browser, END) is None

    def test_an_interaction_does_not_exist_for_another_browser(self, store: Store) -> None:
        waiting, stranger = samples.interaction(), samples.key()
        store.interactions.add(waiting)
        assert store.interactions.get(waiting.key, stranger, NOW) is None
        assert not store.interactions.record_step(waiting.key, stranger, done("consented", "0.a"), NOW)
        assert not store.interactions.consume(waiting.key, stranger, NOW)
        assert store.interactions.get(waiting.key, waiting.browser, NOW) == waiting

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
