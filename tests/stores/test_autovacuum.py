"""PostgreSQL is told how to vacuum each table whose rows come and go: by the migration, table by table."""

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Model

from accounts.ground.autovacuum import COUNTING, PASSING, Autovacuum, Settings
from accounts.sessions import expiry
from tokens import models
from tokens.stores.base.kinds import KINDS
from tokens.stores.orm.statements.references import model_of

pytestmark = pytest.mark.django_db


def told() -> dict[str, Settings]:
    """What the database knows of our tables, without those of which it was told nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, reloptions FROM pg_class WHERE relkind = 'r' AND reloptions IS NOT NULL")
        return {name: dict(option.split("=") for option in options) for name, options in cursor.fetchall()}


@pytest.fixture(autouse=True)
def _postgresql(db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL has an autovacuum")


def test_every_table_that_is_swept_is_vacuumed_by_its_rows_and_every_small_one_by_its_writes() -> None:
    passing: list[type[Model]] = [
        *(model_of(kind) for kind in KINDS.values()),
        *expiry.TABLES.values(),
        models.LogoutRecheck,
        models.Ending,
    ]
    counting: list[type[Model]] = [models.Lease, apps.get_model("accounts", "Walk")]
    expected = {model._meta.db_table: PASSING for model in passing}
    expected |= {model._meta.db_table: COUNTING for model in counting}
    assert told() == expected


def test_it_is_taken_back_with_its_migration() -> None:
    operation = Autovacuum("tokens_run", PASSING)
    with connection.schema_editor() as editor:
        operation.database_backwards("tokens", editor, None, None)
        assert "tokens_run" not in told()
        operation.database_forwards("tokens", editor, None, None)
    assert told()["tokens_run"] == PASSING
