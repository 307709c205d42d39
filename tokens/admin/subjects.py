"""What the pages of rows of a person at a client have in common."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin.acts import Refused, few, may_end
from accounts.ground.unavailable import Unavailable
from accounts.site.lists import Way, uuid, whole
from tokens.admin.records import RecordsAdmin
from tokens.admin.records_list import Asked
from tokens.stores import store
from tokens.stores.base.whose import Whose
from tokens.stores.orm.rows import row_of


class SubjectsAdmin(RecordsAdmin):
    """Rows of a person at a client: found by exactly one of their ids, which all have an index."""

    searches: tuple[Way, ...] = (whole("subject", uuid), whole("client_id"), whole("id"))
    search_help_text = _("A whole user id, client id or id of the row.")

    def what_to_search_for(self) -> str:
        return str(self.search_help_text if store().lists_by_client else _("A whole user id or id of the row."))

    def of_id(self, row_id: str) -> Any | None:
        record = getattr(store(), self.part).of_id(row_id)
        return row_of(self.model, record) if record is not None else None

    def found(self, asked: Asked, after: str, limit: int) -> Sequence[Any]:
        """As the table's page, those of the first way that finds any."""
        term = asked["q"]
        for whose in _may_be(term):
            if held := getattr(store(), self.part).find(whose, limit, after):
                return [row_of(self.model, record) for record in held]
        row = self.of_id(term) if not after else None
        return [row] if row is not None else []

    def end_each(
        self, request: HttpRequest, queryset: QuerySet[Any], end: Callable[[Any], None], noted: str
    ) -> int | None:
        """Ends each of the rows, or none where one is of somebody whose rights are more than those of who asks: how
        many, or None where it was refused, which is told. Of people who are gone anybody may. Where the store failed on
        the way, what was ended is noted first."""
        failure: Unavailable | None = None
        try:
            with transaction.atomic():
                rows = few(queryset)
                may_end(request.user, {row.subject for row in rows})
                for row in rows:
                    try:
                        end(row)
                    except Unavailable as error:
                        failure = error
                        break
                    self.log_change(request, row, noted)
        except Refused as refused:
            self.message_user(request, str(refused), messages.ERROR)
            return None
        if failure is not None:
            raise failure
        return len(rows)


def _may_be(term: str) -> Iterator[Whose]:
    """Whose records somebody may mean by a whole id."""
    with suppress(ValueError):
        yield Whose(subject=str(uuid(term)))
    if store().lists_by_client:
        yield Whose(client_id=term)
