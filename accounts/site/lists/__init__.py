"""The lists of the admin, which cost no more at five million rows than at a hundred. `AdminSite.register` gives them
to every ModelAdmin, so that none has to name them. Owns how rows are paged, found, filtered and counted, not what they
are.

A ModelAdmin says more of its table by:

- `ordering` and `sortable_by`: what an index orders. Nothing else can be clicked;
- `searches`: the ways to find a row (`ways`). There is no other search;
- `answered`: names of filters' parameters, and the order that an index has what they ask for in. Any other filter is
  asked of the next few thousand rows only, and the page says so.
"""

from typing import Any

from django.contrib.admin import ModelAdmin, ShowFacets

from accounts.site.lists.bounded import BoundedPaginator, TickedForm, counted, deleted_objects
from accounts.site.lists.change_list import AFTER, KeyedList, Link
from accounts.site.lists.ways import Way, beginning, search_results, uuid, whole

__all__ = ["AFTER", "KeyedList", "Link", "Way", "beginning", "counted", "options", "uuid", "whole"]


def options(model_admin: "type[ModelAdmin[Any]]") -> dict[str, Any]:
    """What a ModelAdmin has on our site, whatever it says itself: Django's search would read the whole table."""
    searches: tuple[Way, ...] = getattr(model_admin, "searches", ())
    own_list = model_admin.get_changelist is not ModelAdmin.get_changelist
    own_deletion = model_admin.get_deleted_objects is not ModelAdmin.get_deleted_objects
    return {
        "get_search_results": search_results,
        "search_fields": tuple(way.column for way in searches),
        "sortable_by": model_admin.sortable_by or (),
        "paginator": BoundedPaginator,
        "action_form": TickedForm,
        "show_full_result_count": False,
        "show_facets": ShowFacets.NEVER,
        "date_hierarchy": None,
        "list_editable": (),
        **({} if own_list else {"get_changelist": lambda _self, _request, **_more: KeyedList}),
        **({} if own_deletion else {"get_deleted_objects": deleted_objects}),
    }
