"""A store of two kinds."""

import ast
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.apps import apps
from pytest_django.fixtures import Settings

from tests.stores import samples
from tests.stores.kinds import add
from tests.stores.samples import CLIENT, END, GRACE, NOW
from tests.stores.verbs import PARTS
from tokens import stores
from tokens.conf import TOGETHER, Tokens
from tokens.stores import orm
from tokens.stores.base import Store
from tokens.stores.base.kinds import KINDS
from tokens.stores.composed import composed
from tokens.stores.memory import memory_store
from tokens.stores.orm import orm_store


class Refused(Exception):
    """What the work of a unit raises."""


MEMORY = "tokens.stores.memory.memory_store"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def memory() -> Store:
    return memory_store()


@pytest.fixture
def store(db: None, memory: Store) -> Store:
    """Keys, runs and client assertions in memory, all else in the database."""
    return composed(orm_store(), dict.fromkeys(("keys", "runs", "client_assertions"), memory))


def test_each_part_is_one_stores(store: Store, memory: Store) -> None:
    assert store.keys.add(key := samples.signing_key())
    assert store.client_assertions.use(CLIENT, "1", END)
    store.codes.add(code := samples.code())
    assert [each.kid for each in memory.keys.all()] == [key.kid]
    assert orm_store().keys.all() == []
    assert store.in_tables == frozenset(orm_store().in_tables) - {"keys", "runs", "client_assertions"}
    assert not memory.client_assertions.use(CLIENT, "1", END)
    assert orm_store().codes.get(code.key, CLIENT) == code
    assert memory.codes.get(code.key, CLIENT) is None


def test_a_unit_of_either_kind_writes_all_or_nothing(store: Store) -> None:
    store.codes.add(code := samples.code())

    def spend() -> None:
        assert store.codes.consume(code.key, CLIENT, NOW) is not None
        raise Refused

    lease = store.runs.claim("task", MINUTE, MINUTE, MINUTE, "a node")
    assert lease is not None

    def step() -> bool:
        return store.runs.hold(lease, MINUTE) and store.keys.add(samples.signing_key())

    with pytest.raises(Refused):
        store.in_unit(spend)
    assert store.codes.get(code.key, CLIENT) == code
    assert store.in_unit(step)
    with store.unit():
        assert len(store.keys.all()) == 1


def test_each_kind_of_row_is_swept_where_it_is(store: Store, memory: Store) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=2)
    for kind in ("client_assertion", "consent"):
        add(store, kind, long_ago)
    sweeping = store.sweeping
    assert sweeping is not None
    lag = sweeping.lag(GRACE, {})
    assert {kind for kind, late in lag.items() if late} == {"client_assertion", "consent"}
    assert [sweeping.delete_expired(kind, GRACE, 10).deleted for kind in ("client_assertion", "consent")] == [1, 1]
    unswept = composed(replace(orm_store(), sweeping=None), {"client_assertions": memory}).sweeping
    assert unswept is not None
    assert (unswept.expiring, unswept.referring) == (("client_assertion",), ())
    bare = replace(memory, sweeping=None)
    assert composed(bare, {"keys": replace(memory_store(), sweeping=None)}).sweeping is None


def test_every_part_is_in_one_group_of_what_goes_together() -> None:
    named = [part for group in TOGETHER for part in group]
    assert sorted(named) == sorted(PARTS - {"sweeping"})


OWNERS = {
    **{"".join(word.title() for word in name.split("_")): kind.part for name, kind in KINDS.items()},
    "Client": "clients",
    "ClientLogo": "clients",
    "ClientSecret": "clients",
    "Publication": "clients",
    "Resource": "resources",
    "ResourcesVersion": "resources",
    "SigningKey": "keys",
    "Lease": "runs",
    "LogoutRecheck": "outbox",
    "Ending": "journal",
}
"""The part that each model of tokens belongs to."""


def touched(module: Path) -> set[str]:
    """The parts whose models a module names."""
    nodes = [node for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.Attribute)]
    return {OWNERS[node.attr] for node in nodes if ast.unparse(node.value) == "models" and node.attr in OWNERS}


def test_every_model_is_of_one_part() -> None:
    models = apps.get_app_config("tokens").get_models()
    assert OWNERS.keys() == {model.__name__ for model in models if model._meta.managed}


@pytest.mark.parametrize("group", TOGETHER, ids=lambda group: min(group))
def test_what_a_part_touches_is_in_its_own_group(group: frozenset[str]) -> None:
    """A resource that goes takes its scopes from the clients, which are not in another store."""
    for part in group:
        verbs, statements = (Path(folder, f"{part}.py") for folder in (orm.__path__[0], orm.statements.__path__[0]))
        assert part in touched(statements)
        assert touched(verbs) | touched(statements) <= group


@pytest.mark.parametrize(
    ("parts", "fault"),
    [
        (("resources=a.b",), "one unit writes access_tokens, authorizations, clients, codes,"),
        (("client_assertions=a.b", "client_assertions=c.d"), "names a part twice"),
        (("codes=a.b",), "one unit writes access_tokens, authorizations, clients, codes,"),
        (("keys=a.b", "runs=c.d"), "one unit writes keys, runs: they come from one store"),
        (("keys=a.b",), "one unit writes keys, runs: they come from one store"),
        (("sweeping=a.b",), "there is no part sweeping"),
        (("keys",), "each is part=store"),
    ],
)
def test_what_one_unit_writes_comes_from_one_store(parts: tuple[str, ...], fault: str) -> None:
    [line] = Tokens(store_parts=parts).faults()
    assert line.startswith(f"IDP_TOKENS_STORE_PARTS: {fault}")


@pytest.mark.parametrize("parts", [(), ("keys=a.b", "runs=a.b"), ("keys=a.b", "runs=a.b", "client_assertions=c.d")])
def test_a_store_of_whole_groups_is_taken(parts: tuple[str, ...]) -> None:
    assert not list(Tokens(store_parts=parts).faults())


def test_the_store_of_the_settings_is_composed(settings: Settings, db: None) -> None:
    settings.TOKENS = replace(settings.TOKENS, store_parts=(f"client_assertions={MEMORY}",))
    assert stores.store().client_assertions.use(CLIENT, jti := samples.handle(), END)
    assert orm_store().client_assertions.use(CLIENT, jti, END)
    assert stores.store() is stores.store()
