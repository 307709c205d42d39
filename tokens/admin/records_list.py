"""A list of records that are in no table, page after page: what a verb of the store answers, and nothing by a scan."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from django.contrib.admin.options import IncorrectLookupParameters
from django.core import signing
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.admin.acts import MOST
from accounts.site.lists import AFTER, KeyedList, Link

SIZE = 25
"""Rows of a page: each may cost a call of its own."""
MOST_LOOKED_AT = 1_000
"""Rows of which one page asks what the store cannot be asked."""

Asked = Mapping[str, str]
"""What somebody searches for, as `q`, and the values of the filters by their parameters."""
Look = Callable[[str, int], Sequence[Any]]
"""Rows that come after the one of this key, up to so many."""


class Records(Protocol):
    """What a ModelAdmin says of records that another store holds. A row is one of its model that was never saved."""

    needs: str
    """The parameter without which nothing is listed; "": all of them are."""
    hint: str | Promise
    """What is said in place of a list without it."""

    def what_to_search_for(self) -> str: ...

    def of_id(self, row_id: str) -> Any | None: ...

    def found(self, asked: Asked, after: str, limit: int) -> Sequence[Any]:
        """Up to `limit` rows that come after the one of the key `after`, in the store's order; "": from the first."""

    def matches(self, asked: Asked, row: Any) -> bool:
        """What the store cannot be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`after`: the key after which the next page begins; None where there is none."""

    rows: list[Any]
    after: str | None


@dataclass(frozen=True, slots=True)
class Ticked:
    """The rows of which an action gets those that were ticked: each is looked up."""

    records: Records

    def filter(self, *, pk__in: Iterable[str]) -> list[Any]:
        """Not more than an action refuses."""
        ticked = list(dict.fromkeys(pk__in))[: MOST + 1]
        return [row for each in ticked if (row := self.records.of_id(each)) is not None]


class RecordsList(KeyedList):
    found: Page

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> Any:
        self._read_filters(request)
        return Ticked(_records(self.model_admin))

    def get_results(self, request: HttpRequest) -> None:
        records = _records(self.model_admin)
        asked = self._asked_of_records()
        after = self._after(request, asked)
        self.found = Page(rows=[], after=None)
        self.how_many = str(records.hint)
        if not records.needs or records.needs in asked:
            self.found = page(partial(records.found, asked), partial(records.matches, asked), after, self._size)
            self.how_many = self._of_how_many(after)
        self._show(self.found.rows)
        self.show_admin_actions = bool(self.found.rows)
        self.search_help_text = records.what_to_search_for()
        self.first_url = self.get_query_string() if after else None
        self._next = None if self.found.after is None else signing.dumps(self.found.after, salt=self._salt(asked))

    @property
    def next_url(self) -> str | None:
        return self.get_query_string({AFTER: self._next}) if self._next is not None else None

    @property
    def links(self) -> tuple[Link, ...]:
        links = (Link(text=_("First"), url=self.first_url), Link(text=_("Next"), url=self.next_url, rel="next"))
        return links if any(link.url for link in links) else ()

    @property
    def looked_at(self) -> int | None:
        return MOST_LOOKED_AT if self.found.after is not None and len(self.found.rows) < self._size else None

    @property
    def _size(self) -> int:
        return min(self.list_per_page, SIZE)

    def _asked_of_records(self) -> Asked:
        filters: Sequence[Any] = self.filter_specs
        said = {"q": self.query.strip(), **{each.parameter_name: each.value() for each in filters}}
        return {name: value for name, value in said.items() if value}

    def _of_how_many(self, after: str) -> str:
        shown = len(self.found.rows)
        if after or self.found.after is not None:
            return _("many %(name)s") % {"name": self.opts.verbose_name_plural}
        name = self.opts.verbose_name if shown == 1 else self.opts.verbose_name_plural
        return _("%(count)s %(name)s") % {"count": shown, "name": name}

    def _after(self, request: HttpRequest, asked: Asked) -> str:
        """Raises IncorrectLookupParameters where the address is of another list."""
        text = request.GET.get(AFTER, "")
        try:
            return str(signing.loads(text, salt=self._salt(asked))) if text else ""
        except signing.BadSignature as error:
            raise IncorrectLookupParameters from error

    def _salt(self, asked: Asked) -> str:
        return f"{self.opts.label} {sorted(asked.items())}"


def _records(model_admin: Any) -> Records:
    records: Records = model_admin
    return records


def page(look: Look, matches: Callable[[Any], bool], after: str, size: int) -> Page:
    """At most `size` rows that match. Fewer, and still an `after`, where MOST_LOOKED_AT were looked at."""
    rows: list[Any] = []
    for _batch in range(0, MOST_LOOKED_AT, size + 1):
        found = look(after, size + 1)
        for row in found:
            if len(rows) == size:
                return Page(rows=rows, after=after)
            after = str(row.pk)
            rows += [row] if matches(row) else []
        if len(found) <= size:
            return Page(rows=rows, after=None)
    return Page(rows=rows, after=after)


def following(rows: Collection[Any], after: str, limit: int) -> list[Any]:
    """Up to `limit` of all these rows that come after the one of that key; from the first where it is gone."""
    held = list(rows)
    begin = next((place + 1 for place, row in enumerate(held) if str(row.pk) == after), 0)
    return held[begin : begin + limit]
