"""What every store has to do with client assertions."""

import itertools
from datetime import UTC, datetime, timedelta

from tests.stores.samples import CLIENT, END, IMPOSSIBLE, INSTANT
from tokens.stores.base import Store


class ClientAssertionsSuite:
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
