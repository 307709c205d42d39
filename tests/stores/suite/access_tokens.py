"""What every store has to do with opaque access tokens."""

import pytest

from tests.stores import samples
from tests.stores.samples import END, IMPOSSIBLE, INSTANT, NOW
from tokens.protocol.handles import Key
from tokens.stores.base import Store


class AccessTokensSuite:
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
