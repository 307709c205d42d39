"""Pages of what the store holds. Where its rows are in a table of Django's the page is that table's; else it shows what
the store's verbs answer, in the same place, to the same people, with the same actions."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.site.lists import KeyedList
from accounts.site.read_only import ReadOnlyAdmin
from tokens.admin.records_list import Asked, RecordsList
from tokens.stores import store


class RecordsAdmin(ReadOnlyAdmin):
    """Has all that `Records` asks for: of a part of the store."""

    class Media:
        css: ClassVar = {"all": ["tokens/records.css"]}

    part: ClassVar[str]
    needs = "q"
    hint: str | Promise = _("Nothing is listed until you search.")

    def of_id(self, row_id: str) -> Any | None:
        raise NotImplementedError

    def found(self, asked: Asked, after: str, limit: int) -> Sequence[Any]:
        raise NotImplementedError

    def matches(self, asked: Asked, row: Any) -> bool:
        return True

    def what_to_search_for(self) -> str:
        return str(self.search_help_text or "")

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[KeyedList]:
        return KeyedList if self._is_in_table() else RecordsList

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        if self._is_in_table():
            return super().get_object(request, object_id, from_field)
        return self.of_id(object_id)

    def _is_in_table(self) -> bool:
        return self.part in store().in_tables
