"""What the pages of rows of a person at a client have in common."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin.acts import Refused, few, may_end
from accounts.site.lists import Way, uuid, whole
from accounts.site.read_only import ReadOnlyAdmin


class SubjectsAdmin(ReadOnlyAdmin):
    """Rows of a person at a client: found by exactly one of their ids, which all have an index."""

    searches: tuple[Way, ...] = (whole("subject", uuid), whole("client_id"), whole("id"))
    search_help_text = _("A whole user id, client id or id of the row.")

    def end_each(
        self, request: HttpRequest, queryset: QuerySet[Any], end: Callable[[Any], None], noted: str
    ) -> int | None:
        """Ends each of the rows, or none where one is of somebody whose rights are more than those of who asks: how
        many, or None where it was refused, which is told. Of people who are gone anybody may."""
        try:
            with transaction.atomic():
                rows = few(queryset)
                may_end(request.user, {row.subject for row in rows})
                for row in rows:
                    end(row)
                    self.log_change(request, row, noted)
        except Refused as refused:
            self.message_user(request, str(refused), messages.ERROR)
            return None
        return len(rows)
