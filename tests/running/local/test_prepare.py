"""What `up` does before it serves, inside one process."""

from collections.abc import Iterable, Iterator

import pytest
from django.db import connection, connections

from idp.management.commands import prepare
from idp.node.alone import be_alone

BEFORE = {"postgresql": ("3s", "10s"), "mysql": ("3.0", "10")}

SHOW = {"postgresql": "SHOW {}", "mysql": "SELECT @@{}"}
LOCKS = {"postgresql": {"lock_timeout": "2s"}, "mysql": {"innodb_lock_wait_timeout": "1", "lock_wait_timeout": "1"}}


def shown(names: Iterable[str]) -> dict[str, str]:
    found = {}
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(SHOW[connection.vendor].format(name))
            found[name] = str(cursor.fetchone()[0])
    return found


@pytest.fixture
def another_connection() -> Iterator[None]:
    """The test's own keeps its limits: they would outlive it."""
    here = connections["default"]
    be_alone()
    yield
    connections["default"].close()
    connections["default"] = here


@pytest.mark.django_db
@pytest.mark.usefixtures("another_connection")
def test_a_migration_may_take_longer_than_a_request_but_not_wait_longer_for_a_lock() -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has no such limits")
    limits = prepare.LIMITS[connection.vendor]
    assert shown(limits) == dict(zip(limits, BEFORE[connection.vendor], strict=True))
    prepare.allow_long_statements()
    assert set(map(float, shown(limits).values())) == {0}
    assert "read_timeout" not in connection.settings_dict["OPTIONS"]
    assert shown(LOCKS[connection.vendor]) == LOCKS[connection.vendor]
