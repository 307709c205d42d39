"""What every store has to know of rows that name what is gone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.stores import samples
from tests.stores.samples import CLIENT, GRACE
from tokens.protocol.records import Client, Referrer
from tokens.stores.base import Store
from tokens.stores.base.kinds import REFERRING

AT_ONCE = -60.0
"""A grace that spares nothing."""


class OrphansSuite:
    @pytest.mark.parametrize("kind", REFERRING)
    def test_a_row_tells_what_it_names(self, store: Store, kind: str) -> None:
        rows = sorted([named(store, kind), named(store, kind)], key=lambda row: row.key)
        assert store.sweeping.referrers(kind, "", 10) == rows
        assert store.sweeping.referrers(kind, "", 1) == rows[:1]
        assert store.sweeping.referrers(kind, rows[0].key, 10) == rows[1:]
        assert store.sweeping.referrers(kind, rows[1].key, 10) == []

    def test_what_names_nothing_says_so(self, store: Store) -> None:
        nameless = samples.access_token(claims={"client_id": None, "authorization_id": None, "sub": "a"})
        bare = samples.access_token(claims={})
        for token in (nameless, bare):
            store.access_tokens.add(token)
        assert set(store.sweeping.referrers("access_token", "", 10)) == {
            Referrer(key=one.key) for one in (nameless, bare)
        }

    def test_a_parent_that_is_there_is_not_gone(self, store: Store, add_client: Callable[[Client], None]) -> None:
        add_client(samples.client(enabled=False))
        store.authorizations.add(authorization := samples.authorization())
        assert store.sweeping.gone("client", [CLIENT, CLIENT.upper(), f"{CLIENT} "]) == {
            CLIENT.upper(),
            f"{CLIENT} ",
        }
        assert store.sweeping.gone("authorization", [authorization.id, "0.x"]) == {"0.x"}
        assert store.sweeping.gone("client", []) == set()

    @pytest.mark.parametrize("kind", REFERRING)
    def test_orphans_are_deleted_by_their_keys_and_others_stay(self, store: Store, kind: str) -> None:
        orphans, other = [named(store, kind).key for _ in range(3)], named(store, kind)
        assert store.sweeping.delete_orphans(kind, orphans, AT_ONCE) == 3
        assert store.sweeping.delete_orphans(kind, orphans, AT_ONCE) == 0
        assert store.sweeping.referrers(kind, "", 10) == [other]

    @pytest.mark.parametrize("kind", REFERRING)
    def test_what_is_younger_than_the_grace_stays(self, store: Store, kind: str) -> None:
        row = named(store, kind)
        assert store.sweeping.delete_orphans(kind, [row.key], GRACE) == 0
        assert store.sweeping.referrers(kind, "", 10) == [row]


def named(store: Store, kind: str) -> Referrer:
    """What a new row of the kind names."""
    record: Any
    authorization = samples.authorization()
    ids = {"client_id": authorization.client_id, "subject": authorization.subject}
    match kind:
        case "authorization":
            store.authorizations.add(authorization)
            return Referrer(key=authorization.id, **ids)
        case "authorization_code":
            store.codes.add(record := samples.code(authorization=authorization))
            return Referrer(key=record.key, **ids)
        case "consent":
            record = replace(samples.consent(), granted_at=datetime.now(UTC))
            store.consents.grant(record)
            return Referrer(key=record.id, client_id=record.client_id, subject=record.subject)
        case "interaction":
            store.interactions.add(record := samples.interaction(created=datetime.now(UTC)))
            return Referrer(key=record.key, client_id=CLIENT)
        case "access_token":
            issued = {"client_id": CLIENT, "sub": "pairwise", "authorization_id": authorization.id}
            store.access_tokens.add(record := samples.access_token(claims=issued))
            return Referrer(key=record.key, client_id=CLIENT, authorization_id=authorization.id)
    store.refresh_tokens.add(record := samples.refresh_token())
    return Referrer(key=record.key, client_id=CLIENT, authorization_id=record.authorization_id)
