"""What every store has to do with signing keys."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.stores import samples
from tests.stores.samples import IMPOSSIBLE, INSTANT, NOW
from tokens.protocol.records import SigningKey
from tokens.stores.base import Store

NOT_YET = timedelta(minutes=1)
AT_ONCE = timedelta()
STATES = ("next", "active", "retiring", "retired", "revoked")


class KeysSuite:
    def test_keys_come_oldest_first_in_whatever_state(self, store: Store) -> None:
        keys = [samples.signing_key(state=state, created=NOW + i * INSTANT) for i, state in enumerate(STATES)]
        for key in reversed(keys):
            assert store.keys.add(key)
        assert timeless(store.keys.all()) == keys

    @pytest.mark.parametrize("state", ["active", "next"])
    def test_an_algorithm_has_one_key_in_a_state(self, store: Store, state: str) -> None:
        first = samples.signing_key(state=state)
        assert store.keys.add(first)
        assert not store.keys.add(samples.signing_key(state=state))
        assert timeless(store.keys.all()) == [first]
        assert store.keys.add(samples.signing_key(state=state, alg="RS256"))

    @pytest.mark.parametrize("state", ["retiring", "retired", "revoked"])
    def test_an_algorithm_has_any_number_of_old_keys(self, store: Store, state: str) -> None:
        assert store.keys.add(samples.signing_key(state=state))
        assert store.keys.add(samples.signing_key(state=state))

    def test_the_same_key_is_not_added_twice(self, store: Store) -> None:
        key = samples.signing_key()
        assert store.keys.add(key)
        assert not store.keys.add(replace(key, state="retired"))
        assert timeless(store.keys.all()) == [key]

    def test_a_refused_key_does_not_end_the_unit(self, store: Store) -> None:
        key, coming, authorization = samples.signing_key(), samples.signing_key(state="next"), samples.authorization()
        with store.unit():
            store.keys.add(key)
            store.keys.add(coming)
            assert not store.keys.add(samples.signing_key())
            assert not store.keys.activate(coming, NOT_YET)
            store.authorizations.add(authorization)
        assert store.authorizations.get(authorization.id, NOW) == authorization
        assert states(store) == {key.kid: "active", coming.kid: "next"}

    def test_a_key_has_its_state_since_an_instant_of_the_stores_own_clock(self, store: Store) -> None:
        key, coming = samples.signing_key(created=NOW), samples.signing_key(state="next", created=NOW + INSTANT)
        acts: tuple[Callable[[], bool], ...] = (
            lambda: store.keys.add(key) and store.keys.add(coming),
            lambda: store.keys.activate(coming, AT_ONCE),
            lambda: store.keys.retire(key, AT_ONCE) and store.keys.revoke(coming.kid),
        )
        for act in acts:
            begun = datetime.now(UTC) - timedelta(milliseconds=2)
            assert act()
            ended = datetime.now(UTC) + timedelta(milliseconds=2)
            keys = store.keys.all()
            assert [begun <= held.since <= ended for held in keys] == [True, True]

    def test_the_next_key_takes_the_place_of_the_active_one_of_its_algorithm(self, store: Store) -> None:
        active, coming, others = (
            samples.signing_key(),
            samples.signing_key(state="next"),
            samples.signing_key(alg="RS256"),
        )
        for key in (active, coming, others):
            store.keys.add(key)
        assert store.keys.activate(coming, AT_ONCE)
        assert states(store) == {active.kid: "retiring", coming.kid: "active", others.kid: "active"}
        assert store.keys.add(samples.signing_key(state="next"))
        assert not store.keys.add(samples.signing_key())

    def test_a_key_is_not_activated_before_its_time(self, store: Store) -> None:
        active, coming = samples.signing_key(), samples.signing_key(state="next")
        store.keys.add(active)
        store.keys.add(coming)
        assert not store.keys.activate(coming, NOT_YET)
        assert states(store) == {active.kid: "active", coming.kid: "next"}

    def test_the_next_key_is_activated_where_there_is_no_active_one(self, store: Store) -> None:
        store.keys.add(coming := samples.signing_key(state="next"))
        assert store.keys.activate(coming, AT_ONCE)
        assert states(store) == {coming.kid: "active"}

    @pytest.mark.parametrize("state", set(STATES) - {"next"})
    def test_only_a_next_key_is_activated(self, store: Store, state: str) -> None:
        store.keys.add(active := samples.signing_key())
        store.keys.add(key := samples.signing_key(state=state))
        before = states(store)
        assert not store.keys.activate(key, AT_ONCE)
        assert not store.keys.activate(samples.signing_key(), AT_ONCE)
        assert not store.keys.activate(active, AT_ONCE)
        assert states(store) == before

    @pytest.mark.parametrize("state", STATES)
    def test_a_key_that_is_withdrawn_is_published_on_and_signs_no_more(self, store: Store, state: str) -> None:
        store.keys.add(key := samples.signing_key(state=state))
        store.keys.add(other := samples.signing_key(alg="RS256", state=state))
        assert store.keys.withdraw(key) == (state in ("next", "active"))
        assert not store.keys.withdraw(key)
        assert not store.keys.withdraw(samples.signing_key())
        moved = "retiring" if state in ("next", "active") else state
        assert states(store) == {key.kid: moved, other.kid: state}
        assert [held.private for held in store.keys.all()] == [key.private, other.private]

    def test_a_retired_key_has_no_private_half_and_keeps_its_public_one(self, store: Store) -> None:
        store.keys.add(key := samples.signing_key(state="retiring"))
        assert not store.keys.retire(key, NOT_YET)
        assert timeless(store.keys.all()) == [key]
        assert store.keys.retire(key, AT_ONCE)
        assert timeless(store.keys.all()) == [replace(key, state="retired", private="")]

    @pytest.mark.parametrize("state", set(STATES) - {"retiring"})
    def test_only_a_retiring_key_is_retired(self, store: Store, state: str) -> None:
        store.keys.add(key := samples.signing_key(state=state))
        assert not store.keys.retire(key, AT_ONCE)
        assert not store.keys.retire(samples.signing_key(), AT_ONCE)
        assert timeless(store.keys.all()) == [key]

    @pytest.mark.parametrize("state", STATES)
    def test_any_key_is_revoked_once_and_makes_room(self, store: Store, state: str) -> None:
        store.keys.add(key := samples.signing_key(state=state))
        assert store.keys.revoke(key.kid) == (state != "revoked")
        assert not store.keys.revoke(key.kid)
        assert states(store) == {key.kid: "revoked"}
        (keys,) = store.keys.all()
        assert keys.private == ("" if state != "revoked" else key.private)
        assert store.keys.add(samples.signing_key(state=state))

    @pytest.mark.parametrize("kid", [*IMPOSSIBLE, "unknown"])
    def test_what_is_no_key_is_not_revoked(self, store: Store, kid: str) -> None:
        store.keys.add(key := samples.signing_key())
        assert not store.keys.revoke(kid)
        assert states(store) == {key.kid: "active"}


def states(store: Store) -> dict[str, str]:
    keys = store.keys.all()
    return {key.kid: key.state for key in keys}


def timeless(keys: Collection[SigningKey]) -> list[SigningKey]:
    """The keys as `samples` makes them: `since` is the store's own."""
    return [replace(key, since=NOW) for key in keys]
