"""What every store has to do with refresh tokens."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.stores import samples
from tests.stores.samples import CLIENT, END, IMPOSSIBLE, INSTANT, NOW
from tokens.protocol.handles import Key
from tokens.stores.base import Store


class RefreshTokensSuite:
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
