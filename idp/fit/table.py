"""The table of facts. Like Django's table of migrations it is no model of an application: it says which build made the
others, so it is there before them, and stays when they are emptied."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

from django.apps.registry import Apps
from django.db import IntegrityError, OperationalError, ProgrammingError, connection, models, transaction
from django.db.models.functions import Now

from accounts.ground.add_missing import add_missing
from idp.fit import judge


class Fact(models.Model):
    """`name` and `value`: see `judge`. `seen`: when it was last said, by the database's clock."""

    name = models.CharField(primary_key=True, max_length=191)
    value = models.CharField(max_length=255)
    seen = models.DateTimeField()

    objects: ClassVar[models.Manager["Fact"]] = models.Manager()

    class Meta:
        apps = Apps()
        app_label = "idp"
        db_table = "idp_fact"

    def __str__(self) -> str:
        return self.name


def create() -> None:
    """The table itself, where it is missing."""
    if not _exists():
        with connection.schema_editor() as editor:
            editor.create_model(Fact)


def read() -> dict[str, judge.Fact]:
    """All facts, in one statement; none where there is no table."""
    rows = Fact.objects.annotate(now=Now()).values_list("name", "value", "seen", "now")
    try:
        return {name: judge.Fact(value, now - seen) for name, value, seen, now in rows}
    except (ProgrammingError, OperationalError):
        if _exists():
            raise
        return {}


def found(facts: Mapping[str, str]) -> None:
    """Records the first facts, all or none: of several who find nothing recorded, one."""
    first, *rest = facts.items()
    try:
        with transaction.atomic():
            Fact.objects.create(name=first[0], value=first[1], seen=Now())
            Fact.objects.bulk_create([Fact(name=name, value=value, seen=Now()) for name, value in rest])
    except IntegrityError:
        return


def add(facts: Mapping[str, str]) -> None:
    """Records what nobody has recorded yet."""
    add_missing([Fact(name=name, value=value, seen=Now()) for name, value in facts.items()])


def change(name: str, before: str, value: str) -> bool:
    """Whether it was `before`; then it is `value`."""
    return bool(Fact.objects.filter(name=name, value=before).update(value=value, seen=Now()))


def put(facts: Mapping[str, str]) -> None:
    """Records them, whatever they were."""
    for name, value in facts.items():
        if not Fact.objects.filter(name=name).update(value=value, seen=Now()):
            add({name: value})


def touch(names: Sequence[str]) -> None:
    """Says again that they hold."""
    Fact.objects.filter(name__in=names).update(seen=Now())


def forget(names: Sequence[str]) -> int:
    return Fact.objects.filter(name__in=names).delete()[0]


def forget_older(prefix: str, age: timedelta) -> None:
    Fact.objects.filter(name__startswith=prefix, seen__lt=Now() - age).delete()


def _exists() -> bool:
    with connection.cursor() as cursor:
        return Fact._meta.db_table in connection.introspection.table_names(cursor)
