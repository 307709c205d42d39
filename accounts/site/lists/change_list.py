"""Django's list of rows, paged by key: the next page and the one before, the first and the last."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.core.exceptions import BadRequest, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from accounts.ground.dialects import estimated_rows
from accounts.site.lists import keyset
from accounts.site.lists.keyset import Asked, Order, Start
from accounts.site.lists.ways import find

AFTER, BEFORE = "after", "before"
"""Parameters of a list's address: where its page starts, going on or back. Empty: at the beginning, or the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """To another page of the list; `url`: None where it is the one that is shown, or there is none."""

    text: str
    url: str | None
    rel: str = ""


class KeyedList(ChangeList):
    asked: Asked
    page: keyset.Page
    how_many: str

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        """All that is asked for: an action picks from it what was ticked."""
        self._check_ticked(request)
        self._read_filters(request)
        self.asked = self._asked(request)
        return self.asked.rows.order_by(*self.asked.order)

    def _read_filters(self, request: HttpRequest) -> None:
        for place in (AFTER, BEFORE):
            self.params.pop(place, None)
            self.filter_params.pop(place, None)
        self.filter_specs, self.has_filters, others, _distinct, self.has_active_filters = self.get_filters(request)
        if others:
            raise DisallowedModelAdminLookup(f"Filtering by {', '.join(others)} not allowed")
        self.clear_all_filters_qs = self.get_query_string(remove=list(self.get_filters_params()))

    def get_results(self, request: HttpRequest) -> None:
        start = self._start(request)
        self.page = keyset.page(self.asked, self.list_per_page, start)
        self._show(self.page.rows)
        self.how_many = self._how_many(start)
        self.first_url = self.get_query_string() if start.values or start.back else None
        self.last_url = self.get_query_string({BEFORE: ""}) if self.page.after else None

    def _show(self, rows: list[Any]) -> None:
        self.result_list = rows
        # Of this page: nothing here offers what is on others.
        self.result_count = self.full_result_count = len(rows)
        self.show_full_result_count = self.can_show_all = self.multi_page = False
        self.show_admin_actions = True
        self.paginator = None

    @property
    def previous_url(self) -> str | None:
        return self._url(BEFORE, self.page.before)

    @property
    def next_url(self) -> str | None:
        return self._url(AFTER, self.page.after)

    @property
    def links(self) -> tuple[Link, ...]:
        """None if there is one page. Else all, or Next would move away from under who presses it again and again."""
        links = (
            Link(text=_("First"), url=self.first_url),
            Link(text=_("Previous"), url=self.previous_url, rel="prev"),
            Link(text=_("Next"), url=self.next_url, rel="next"),
            Link(text=_("Last"), url=self.last_url),
        )
        return links if any(link.url for link in links) else ()

    @property
    def looked_at(self) -> int | None:
        """Of how many rows the filters were asked; None where of all."""
        onward = self.page.after or self.page.before
        few = self.asked.among is not None and len(self.page.rows) < self.list_per_page and onward
        return keyset.MOST_LOOKED_AT if few else None

    def _check_ticked(self, request: HttpRequest) -> None:
        """Raises BadRequest where a text is no key of this table: Django has an error of its own for some."""
        for text in request.POST.getlist(ACTION_CHECKBOX_NAME):
            try:
                self.opts.pk.to_python(text)
            except ValidationError:
                raise BadRequest(ACTION_CHECKBOX_NAME) from None

    def _asked(self, request: HttpRequest) -> Asked:
        """What an index answers first: the search, or else one filter. The other filters are asked of its rows."""
        filters = [spec for spec in self.filter_specs if spec.used_parameters]
        rows, order = self._searched(request)
        first = None if self.query.strip() else next(filter(self._answered, filters), None)
        if first is not None:
            order = self._order(self._answered(first))
            rows = _asked_of(rows, [first], request)
        others = [spec for spec in filters if spec is not first]
        rows = self.apply_select_related(rows)
        return Asked(rows=_asked_of(rows, others, request), order=order, among=rows if others else None)

    def _searched(self, request: HttpRequest) -> tuple[QuerySet[Any], Order]:
        if self.query.strip():
            return find(self.model_admin, self.root_queryset, self.query)
        return self.root_queryset, self._order(self.model_admin.get_ordering(request) or self.opts.ordering or ())

    def _answered(self, spec: Any) -> Order:
        """The order in which an index has what the filter asks for; none if no index does."""
        answered: Mapping[str, Order] = getattr(self.model_admin, "answered", {})
        order = next((answered[name] for name in spec.used_parameters if name in answered), ())
        clicked = self._clicked()
        return order if not (clicked and order) or clicked[0].removeprefix("-") == order[0].removeprefix("-") else ()

    def _order(self, ordering: Iterable[Any]) -> Order:
        return keyset.whole_order(self.model, self._clicked() or ordering)

    def _clicked(self) -> Order:
        """The column that somebody chose to order the list by, if it can be chosen."""
        chosen = self.params.get(ORDER_VAR, "").partition(".")[0]
        names = {str(place): str(name) for place, name in enumerate(self.list_display)}
        name = names.get(chosen.removeprefix("-"))
        sign = "-" if chosen.startswith("-") else ""
        return (f"{sign}{name}",) if name in (self.sortable_by or ()) else ()

    def _start(self, request: HttpRequest) -> Start:
        """Raises IncorrectLookupParameters where the address is of another list."""
        given = next((place for place in (AFTER, BEFORE) if place in request.GET), None)
        text = request.GET.get(given, "") if given else ""
        if not text:
            return Start(back=given == BEFORE)
        try:
            return keyset.read(self.asked, text, back=given == BEFORE)
        except ValueError as error:
            raise IncorrectLookupParameters from error

    def _how_many(self, start: Start) -> str:
        """All of them where they are on this page; else about how many, where the database has an idea."""
        shown = len(self.page.rows)
        name = self.opts.verbose_name if shown == 1 else self.opts.verbose_name_plural
        if not (self.page.before or self.page.after or start.values):
            return _("%(count)s %(name)s") % {"count": number_format(shown), "name": name}
        names = self.opts.verbose_name_plural
        about = None if self.query or self.has_active_filters else estimated_rows(self.opts.db_table)
        if about is None or about <= shown:
            return _("many %(name)s") % {"name": names}
        return _("about %(count)s %(name)s") % {"count": number_format(about, force_grouping=True), "name": names}

    def _url(self, place: str, start: Start | None) -> str | None:
        return None if start is None else self.get_query_string({place: keyset.written(self.asked, start)})


def _asked_of(rows: QuerySet[Any], filters: Iterable[Any], request: HttpRequest) -> QuerySet[Any]:
    for spec in filters:
        narrowed = spec.queryset(request, rows)
        rows = rows if narrowed is None else narrowed
    return rows
