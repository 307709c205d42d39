"""What every store has to do with authorization codes."""

from dataclasses import replace
from typing import Any

import pytest

from tests.stores import samples
from tests.stores.samples import CLIENT, END, FAR, IMPOSSIBLE, INSTANT, NOW
from tests.stores.suite.journal import VOIDED_BY_SIGN_IN, VOIDED_FOR_EVER
from tokens.protocol import journal
from tokens.protocol.handles import Key
from tokens.stores.base import Store


class CodesSuite:
    @pytest.mark.parametrize("kind", [*VOIDED_FOR_EVER, *VOIDED_BY_SIGN_IN])
    def test_a_code_that_nobody_could_redeem_is_not_added(self, store: Store, kind: str) -> None:
        code = samples.code()
        key = {each.partition(":")[0]: each for each in journal.of(code.authorization)}[kind]
        (store.journal.revoke if kind in VOIDED_FOR_EVER else store.journal.revoke_until_now)(key, FAR)
        assert not store.codes.add(code)
        assert store.codes.get(code.key, CLIENT) is None

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
