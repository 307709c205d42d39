"""What every store has to do with signing keys."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.stores import samples
from tests.stores.samples import IMPOSSIBLE, INSTANT, NOW
from tokens.protocol.records import SigningKey
from tokens.stores.base import Store

NOT_YET = 60.0  # seconds
STATES = ("next", "active", "retiring", "retired", "revoked")


class KeysSuite:
    def test_keys_come_oldest_first_in_whatever_state(self, store: Store) -> None:
        keys = [samples.signing_key(state=state, created=NOW + i * INSTANT) for i, state in enumerate(STATES)]
        for key in reversed(keys):
            assert store.add_key(key)
        assert timeless(store.keys()) == keys

    @pytest.mark.parametrize("state", ["active", "next"])
    def test_an_algorithm_has_one_key_in_a_state(self, store: Store, state: str) -> None:
        first = samples.signing_key(state=state)
        assert store.add_key(first)
        assert not store.add_key(samples.signing_key(state=state))
        assert timeless(store.keys()) == [first]
        assert store.add_key(samples.signing_key(state=state, alg="RS256"))

    @pytest.mark.parametrize("state", ["retiring", "retired", "revoked"])
    def test_an_algorithm_has_any_number_of_old_keys(self, store: Store, state: str) -> None:
        assert store.add_key(samples.signing_key(state=state))
        assert store.add_key(samples.signing_key(state=state))

    def test_the_same_key_is_not_added_twice(self, store: Store) -> None:
        key = samples.signing_key()
        assert store.add_key(key)
        assert not store.add_key(replace(key, state="retired"))
        assert timeless(store.keys()) == [key]

    def test_a_refused_key_does_not_end_the_unit(self, store: Store) -> None:
        key, coming, authorization = samples.signing_key(), samples.signing_key(state="next"), samples.authorization()
        with store.unit():
            store.add_key(key)
            store.add_key(coming)
            assert not store.add_key(samples.signing_key())
            assert not store.activate_key(coming, NOT_YET)
            store.add_authorization(authorization)
        assert store.authorization(authorization.id, NOW) == authorization
        assert states(store) == {key.kid: "active", coming.kid: "next"}

    def test_a_key_has_its_state_since_an_instant_of_the_stores_own_clock(self, store: Store) -> None:
        key, coming = samples.signing_key(created=NOW), samples.signing_key(state="next", created=NOW + INSTANT)
        acts: tuple[Callable[[], bool], ...] = (
            lambda: store.add_key(key) and store.add_key(coming),
            lambda: store.activate_key(coming, 0),
            lambda: store.retire_key(key, 0) and store.revoke_key(coming.kid),
        )
        for act in acts:
            begun = datetime.now(UTC) - timedelta(milliseconds=2)
            assert act()
            ended = datetime.now(UTC) + timedelta(milliseconds=2)
            found = store.keys()
            assert [begun <= held.since <= ended for held in found] == [True, True]

    def test_the_next_key_takes_the_place_of_the_active_one_of_its_algorithm(self, store: Store) -> None:
        active, coming, others = (
            samples.signing_key(),
            samples.signing_key(state="next"),
            samples.signing_key(alg="RS256"),
        )
        for key in (active, coming, others):
            store.add_key(key)
        assert store.activate_key(coming, 0)
        assert states(store) == {active.kid: "retiring", coming.kid: "active", others.kid: "active"}
        assert store.add_key(samples.signing_key(state="next"))
        assert not store.add_key(samples.signing_key())

    def test_a_key_is_not_activated_before_its_time(self, store: Store) -> None:
        active, coming = samples.signing_key(), samples.signing_key(state="next")
        store.add_key(active)
        store.add_key(coming)
        assert not store.activate_key(coming, NOT_YET)
        assert states(store) == {active.kid: "active", coming.kid: "next"}

    def test_the_next_key_is_activated_where_there_is_no_active_one(self, store: Store) -> None:
        store.add_key(coming := samples.signing_key(state="next"))
        assert store.activate_key(coming, 0)
        assert states(store) == {coming.kid: "active"}

    @pytest.mark.parametrize("state", set(STATES) - {"next"})
    def test_only_a_next_key_is_activated(self, store: Store, state: str) -> None:
        store.add_key(active := samples.signing_key())
        store.add_key(key := samples.signing_key(state=state))
        before = states(store)
        assert not store.activate_key(key, 0)
        assert not store.activate_key(samples.signing_key(), 0)
        assert not store.activate_key(active, 0)
        assert states(store) == before

    def test_a_retired_key_has_no_private_half_and_keeps_its_public_one(self, store: Store) -> None:
        store.add_key(key := samples.signing_key(state="retiring"))
        assert not store.retire_key(key, NOT_YET)
        assert timeless(store.keys()) == [key]
        assert store.retire_key(key, 0)
        assert timeless(store.keys()) == [replace(key, state="retired", private="")]

    @pytest.mark.parametrize("state", set(STATES) - {"retiring"})
    def test_only_a_retiring_key_is_retired(self, store: Store, state: str) -> None:
        store.add_key(key := samples.signing_key(state=state))
        assert not store.retire_key(key, 0)
        assert not store.retire_key(samples.signing_key(), 0)
        assert timeless(store.keys()) == [key]

    @pytest.mark.parametrize("state", STATES)
    def test_any_key_is_revoked_once_and_makes_room(self, store: Store, state: str) -> None:
        store.add_key(key := samples.signing_key(state=state))
        assert store.revoke_key(key.kid) == (state != "revoked")
        assert not store.revoke_key(key.kid)
        assert states(store) == {key.kid: "revoked"}
        (found,) = store.keys()
        assert found.private == ("" if state != "revoked" else key.private)
        assert store.add_key(samples.signing_key(state=state))

    @pytest.mark.parametrize("kid", [*IMPOSSIBLE, "unknown"])
    def test_what_is_no_key_is_not_revoked(self, store: Store, kid: str) -> None:
        store.add_key(key := samples.signing_key())
        assert not store.revoke_key(kid)
        assert states(store) == {key.kid: "active"}


def states(store: Store) -> dict[str, str]:
    found = store.keys()
    return {key.kid: key.state for key in found}


def timeless(keys: Collection[SigningKey]) -> list[SigningKey]:
    """The keys as `samples` makes them: `since` is the store's own."""
    return [replace(key, since=NOW) for key in keys]
