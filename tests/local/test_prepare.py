"""What `up` does before it serves, inside one process."""

import pytest
from django.db import connection

from idp.local import prepare


def setting(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        shown: str = cursor.fetchone()[0]
    return shown


@pytest.mark.django_db
def test_a_migration_may_take_longer_than_a_request_but_not_wait_longer_for_a_lock() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no such limits")
    assert setting("statement_timeout") == "3s"
    prepare._allow_long_statements()  # until the test's transaction is rolled back
    assert (setting("statement_timeout"), setting("idle_in_transaction_session_timeout")) == ("0", "0")
    assert setting("lock_timeout") == "1s"
