"""What the tables hold: the one place of the tests of grants, endpoints and flows that knows them."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from django.apps import apps
from django.db.models import F, Model

from tokens import models
from tokens.protocol import records
from tokens.stores.orm.rows import record_of
from tokens.stores.orm.statements import keys as keys_of_tables
from tokens.work import cleanup

Record = TypeVar("Record")
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

TABLES: Mapping[type, type[Model]] = {
    records.AccessToken: models.AccessToken,
    records.Authorization: models.Authorization,
    records.AuthorizationCode: models.AuthorizationCode,
    records.ClientSecret: models.ClientSecret,
    records.Consent: models.Consent,
    records.Interaction: models.Interaction,
    records.LogoutDelivery: models.LogoutDelivery,
    records.RefreshToken: models.RefreshToken,
}


def _done(row: Any) -> dict[str, Any]:
    return {"steps": frozenset(records.Done.from_text(line) for line in row.steps.splitlines())}


DIFFERENT: Mapping[type, Callable[[Any], dict[str, Any]]] = {
    records.ClientSecret: lambda row: {"id": str(row.pk), "expires": row.client_secret_expires_at},
    records.Interaction: _done,
    records.LogoutDelivery: lambda row: {"id": str(row.pk)},
}
"""What a row says in another way than its record."""


def held(kind: type[Record], **columns: Any) -> list[Record]:
    """All records of a kind, spent and expired ones too, in the order of their keys. `columns`: only such."""
    rows = TABLES[kind]._default_manager.filter(**columns).order_by("pk")
    return [record_of(kind, row, **DIFFERENT.get(kind, lambda _: {})(row)) for row in rows]


def only(kind: type[Record], **columns: Any) -> Record:
    """The one record of a kind that there is."""
    (record,) = held(kind, **columns)
    return record


def change(kind: type, values: Mapping[str, Any], **columns: Any) -> None:
    """Makes all records of a kind say this."""
    TABLES[kind]._default_manager.filter(**columns).update(**values)


def let_end(kind: type, at: datetime, **columns: Any) -> None:
    """Moves the end of all records of a kind."""
    change(kind, {"expires": at}, **columns)


def forget(kind: type, **columns: Any) -> None:
    """Deletes all records of a kind."""
    TABLES[kind]._default_manager.filter(**columns).delete()


def sweep(kind: type) -> int:
    """Takes away all that is over, as clean-up does or, elsewhere, the service itself; how many of the kind."""
    before = len(held(kind))
    cleanup.delete_expired()
    return before - len(held(kind))


def written(kind: type, **columns: Any) -> str:
    """All that the table of a kind says, for tests of what must not be in it."""
    return repr(list(TABLES[kind]._default_manager.filter(**columns).values()))


def everything_written() -> str:
    """All that the tables of tokens say."""
    tables = apps.get_app_config("tokens").get_models()
    return repr([list(table._default_manager.values()) for table in tables if table._meta.managed])


def forget_everything() -> None:
    """All that other processes wrote, where no fixture knows of it: those of the database delete its rows."""


def client_ids() -> list[str]:
    return list(models.Client.objects.values_list("client_id", flat=True))


def add_keys(keys: Iterable[records.SigningKey]) -> None:
    """Of which there is none yet: the verb would prepare to be refused, with two statements a key more."""
    for key in keys:
        keys_of_tables.add(key).run()


def let_keys_be(state: str, **columns: Any) -> None:
    """Gives signing keys a state, from any other: no verb takes so great a step."""
    models.SigningKey.objects.filter(**columns).update(state=state, slot=None)


def forget_keys(**columns: Any) -> None:
    models.SigningKey.objects.filter(**columns).delete()


def let_keys_be_older(ago: timedelta) -> None:
    """As if all signing keys had been in their states for so much longer."""
    models.SigningKey.objects.update(since=F("since") - ago)


def let_leases_run_out() -> None:
    """As if all that do a scheduled task had been silent for so long that others may."""
    models.Lease.objects.update(until=LONG_AGO)


def let_tasks_be_due() -> None:
    """As if all scheduled tasks were done, and their next intervals had begun."""
    models.Lease.objects.update(until=None, slot=0)


def rechecks() -> list[datetime]:
    """When sessions that ended are looked at once more."""
    return list(models.LogoutRecheck.objects.values_list("due", flat=True))


def let_rechecks_be_due(at: datetime) -> None:
    models.LogoutRecheck.objects.update(due=at)


def pass_time_for_notices(ago: timedelta) -> None:
    """As if all logout notices that wait had been there for so long already."""
    waiting = models.LogoutDelivery.objects.filter(due__isnull=False)
    waiting.update(due=F("due") - ago, created=F("created") - ago)


def voided() -> dict[str, datetime]:
    """The keys in the journal, and until when each entry is kept."""
    return dict(models.Revocation.objects.values_list("key", "expires"))
