"""What the pages of rows of a person at a client have in common."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.site.read_only import ReadOnlyAdmin


class SubjectsAdmin(ReadOnlyAdmin):
    """Rows of a person at a client: found by exactly one of their ids, which all have an index."""

    search_fields = ("subject", "client_id")
    search_help_text = _("A whole user id, client id or id of the row.")
    ordering = ("-expires",)
    own_id = "client_id"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        try:
            return queryset.filter(subject=UUID(term)), False
        except ValueError:
            return queryset.filter(Q(client_id=term) | Q(**{self.own_id: term})), False
