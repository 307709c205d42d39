"""What every store has to do with units."""

from datetime import timedelta

import pytest

from tests.stores import samples
from tests.stores.samples import CLIENT, END, NOW
from tokens.protocol import journal
from tokens.protocol.records import AuthorizationCode
from tokens.stores.base import Store

MINUTE = timedelta(minutes=1)


class Refused(Exception):
    """What the work of a unit raises."""


class UnitsSuite:
    def test_a_unit_answers_what_its_work_does(self, store: Store) -> None:
        code = samples.code()
        assert store.in_unit(lambda: store.codes.add(code))
        assert store.codes.get(code.key, CLIENT) == code

    def test_a_refusal_writes_nothing(self, store: Store) -> None:
        code, token, waiting = samples.code(), samples.refresh_token(), samples.interaction()
        opaque, consent, signing_key = samples.access_token(), samples.consent(), samples.signing_key()
        store.codes.add(code)
        store.refresh_tokens.add(token)
        store.interactions.add(waiting)
        lease = store.runs.claim("task", MINUTE, MINUTE, MINUTE, "a node")
        assert lease is not None

        def work() -> None:
            assert store.codes.consume(code.key, CLIENT, NOW) is not None
            assert store.authorizations.add(code.authorization, samples.refresh_token())
            store.refresh_tokens.extend(token.key, END + MINUTE)
            assert store.refresh_tokens.consume(token.key, CLIENT, NOW) is not None
            assert store.interactions.consume(waiting.key, waiting.browser, NOW)
            assert store.client_assertions.use(CLIENT, code.key, END)
            store.access_tokens.add(opaque)
            store.consents.grant(consent)
            store.journal.revoke(journal.client(CLIENT), END)
            assert store.runs.hold(lease, MINUTE)
            assert store.keys.add(signing_key)
            raise Refused

        with pytest.raises(Refused):
            store.in_unit(work)
        assert store.codes.get(code.key, CLIENT) == code
        assert store.authorizations.get(code.authorization.id, NOW) is None
        assert store.refresh_tokens.get(token.key, CLIENT) == token
        assert store.interactions.get(waiting.key, waiting.browser, NOW) == waiting
        assert store.client_assertions.use(CLIENT, code.key, END)
        assert store.access_tokens.get(opaque.key, NOW) is None
        assert store.consents.get(consent.subject, CLIENT, NOW) is None
        assert not store.journal.revoked([journal.client(CLIENT)], NOW)
        assert store.keys.all() == []

    def test_what_works_once_works_once_within_a_unit_too(self, store: Store) -> None:
        code = samples.code()
        store.codes.add(code)

        def work() -> list[AuthorizationCode | None]:
            return [store.codes.consume(code.key, CLIENT, NOW) for _ in range(2)]

        first, second = store.in_unit(work)
        assert (first, second) == (store.codes.get(code.key, CLIENT), None)
        assert store.in_unit(work) == [None, None]

    def test_a_unit_reads_what_it_added(self, store: Store) -> None:
        authorization, token = samples.authorization(), samples.refresh_token()

        def work() -> object:
            store.authorizations.add(authorization, token)
            assert store.authorizations.get(authorization.id, NOW) == authorization
            return store.refresh_tokens.consume(token.key, CLIENT, NOW)

        assert store.in_unit(work) == store.refresh_tokens.get(token.key, CLIENT)
        assert store.refresh_tokens.consume(token.key, CLIENT, NOW) is None

    def test_a_refusal_within_a_unit_takes_back_what_was_written_within_it(self, store: Store) -> None:
        code, opaque = samples.code(), samples.access_token()
        store.codes.add(code)

        def refused() -> None:
            assert store.codes.consume(code.key, CLIENT, NOW) is not None
            store.access_tokens.add(opaque)
            store.journal.revoke(journal.client(CLIENT), END)
            raise Refused

        def work() -> bool:
            with pytest.raises(Refused):
                store.in_unit(refused)
            assert store.codes.get(code.key, CLIENT) == code
            assert store.access_tokens.get(opaque.key, NOW) is None
            return store.keys.add(samples.signing_key())

        assert store.in_unit(work)
        assert store.codes.get(code.key, CLIENT) == code
        assert store.access_tokens.get(opaque.key, NOW) is None
        assert not store.journal.revoked([journal.client(CLIENT)], NOW)
        assert len(store.keys.all()) == 1

    def test_a_unit_within_a_unit_is_part_of_it(self, store: Store) -> None:
        code = samples.code()
        store.codes.add(code)

        def work() -> None:
            store.in_unit(lambda: store.codes.consume(code.key, CLIENT, NOW))
            with store.unit():
                store.access_tokens.add(samples.access_token())
            raise Refused

        with pytest.raises(Refused):
            store.in_unit(work)
        assert store.codes.get(code.key, CLIENT) == code
