"""The runs of scheduled work, as support and auditors look at them; above them how each task and each kind fares."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tokens.admin.records import RecordsAdmin
from tokens.admin.records_list import Asked
from tokens.models import Run
from tokens.protocol import records
from tokens.stores import store
from tokens.stores.orm.identifiers import number
from tokens.stores.orm.rows import row_of
from tokens.work import schedule


class ByTask(admin.SimpleListFilter):
    title = gettext_lazy("task")
    parameter_name = "task"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The tasks that there are: to look for them in the runs would read all of these."""
        return [(name, name) for name in schedule.TASKS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Run]) -> QuerySet[Run]:
        return queryset.filter(task=self.value())


@admin.register(Run)
class RunAdmin(RecordsAdmin):
    part = "runs"
    needs = "task"
    hint = gettext_lazy("Choose a task.")
    list_display = ("task", "started", "outcome", "what", "duration", "node")
    list_filter = (ByTask,)
    lookups = ("task",)
    # By the index that has a task's runs in the order of their numbers.
    answered: ClassVar = {"task": ("-epoch",)}
    fields = ("task", "epoch", "node", "started", "finished", "outcome", "what", "duration", "expires")
    # The index of the key: the newest come first, and no list is sorted for it.
    ordering = ("-pk",)
    change_list_template = "admin/tokens/run/change_list.html"

    def of_id(self, row_id: str) -> Run | None:
        task, _colon, said = row_id.rpartition(":")
        epoch = number(said)
        held = store().runs.of_task(task, 1, epoch + 1) if epoch is not None else []
        return next((_row(run) for run in held if run.epoch == epoch), None)

    def found(self, asked: Asked, after: str, limit: int) -> Sequence[Run]:
        last = number(after.rpartition(":")[2])
        return [_row(run) for run in store().runs.of_task(asked["task"], limit, last)]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        fares = _fares() if self.has_view_permission(request) else {}
        return super().changelist_view(request, {**(extra_context or {}), **fares})

    @admin.display(description=gettext_lazy("outcome"))
    def outcome(self, run: Run) -> str:
        if run.finished is None:
            return _("not finished")
        return run.error or _("done")

    @admin.display(description=gettext_lazy("what was done"))
    def what(self, run: Run) -> str:
        return schedule.summary(run.rows) if run.finished else "-"

    @admin.display(description=gettext_lazy("seconds"))
    def duration(self, run: Run) -> str:
        return f"{(run.finished - run.started).total_seconds():.2f}" if run.finished else "-"


def _row(run: records.Run) -> Run:
    """Its key is what the store knows it by."""
    return row_of(Run, run, pk=f"{run.task}:{run.epoch}")


def _fares() -> dict[str, Any]:
    lag = schedule.lag()
    return {"reports": schedule.reports(), "lag": lag, "overdue": any(lag.values())}
