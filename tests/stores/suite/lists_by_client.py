"""What a store has to do that lists what clients were given, whoever's it is; and one that does not."""

from datetime import UTC, datetime

import pytest

from tests.stores import samples
from tests.stores.samples import CLIENT, FAR, IMPOSSIBLE
from tokens.protocol import journal
from tokens.stores.base import Store
from tokens.stores.base.whose import Whose

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class ListsByClientSuite:
    def test_support_finds_consents_by_client_page_by_page(self, store: Store) -> None:
        consents = sorted((samples.consent() for _ in range(3)), key=lambda each: each.id)
        for each in (*consents, samples.consent(client_id="another")):
            store.consents.grant(each)
        assert store.lists_by_client
        assert store.consents.find(Whose(client_id=CLIENT), 2) == consents[:2]
        assert store.consents.find(Whose(client_id=CLIENT), 2, after=consents[1].id) == consents[2:]
        assert [store.consents.find(Whose(client_id=text), 9) for text in IMPOSSIBLE] == [[]] * len(IMPOSSIBLE)

    def test_support_finds_authorizations_by_client_page_by_page(self, store: Store) -> None:
        held = sorted((samples.authorization() for _ in range(3)), key=lambda each: each.id)
        for each in (*held, samples.authorization(client_id="another")):
            store.authorizations.add(each)
        assert store.authorizations.find(Whose(client_id=CLIENT), 2) == held[:2]
        assert store.authorizations.find(Whose(client_id=CLIENT), 2, after=held[1].id) == held[2:]
        assert [store.authorizations.find(Whose(client_id=text), 9) for text in IMPOSSIBLE] == [[]] * len(IMPOSSIBLE)

    def test_support_finds_by_client_what_no_request_finds(self, store: Store) -> None:
        consent, ended = samples.consent(expires=LONG_AGO), samples.authorization(expires=LONG_AGO, kept_until=None)
        store.consents.grant(consent)
        store.authorizations.add(ended)
        store.journal.revoke(journal.authorization(ended.id), FAR)
        assert store.consents.find(Whose(client_id=CLIENT), 10) == [consent]
        assert store.authorizations.find(Whose(client_id=CLIENT), 10) == [ended]


class NoListsByClientSuite:
    def test_support_is_told_that_it_finds_nothing_by_client_alone(self, store: Store) -> None:
        assert not store.lists_by_client
        for find in (store.consents.find, store.authorizations.find):
            with pytest.raises(ValueError, match="lists what is of a person"):
                find(Whose(client_id=CLIENT), 1)
