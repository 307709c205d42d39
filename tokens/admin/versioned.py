"""Pages of a row that several administrators may have open at once."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import AdminForm
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _


class VersionedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """Saves a form only onto the row that it was made of; what was typed is never lost."""

    view_on_site = False

    class Media:
        css = {"all": ["tokens/admin.css"]}

    def may_see(self, request: HttpRequest, model: type[Model]) -> bool:
        """Whether somebody may look at rows of another model, which the page offers: else they cannot choose them."""
        return bool(self.admin_site.get_model_admin(model).has_view_permission(request))

    def write(self, request: HttpRequest, form: Any) -> bool:
        """Writes what the valid form says, and the history; false where somebody else wrote meanwhile."""
        raise NotImplementedError

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Without the transaction that Django puts around its own: a form may ask a client's server."""
        if request.method != "POST":
            return super().change_view(request, object_id, form_url, extra_context)
        # Where somebody else wrote between our reading and writing, the second judgement tells it.
        for _attempt in range(2):
            row = self.changeable(request, object_id)
            form = self.get_form(request, row, change=True)(request.POST, instance=row)
            if not form.is_valid():
                break
            if self.write(request, form):
                return self.response_change(request, row)
        title = _("Change %s") % self.opts.verbose_name
        return self.page(request, form, self.get_fieldsets(request, row), title, row, extra_context)

    def note_change(self, request: HttpRequest, form: Any) -> None:
        self.log_change(request, form.instance, self.construct_change_message(request, form, []))

    def changeable(self, request: HttpRequest, object_id: str) -> Any:
        """The row, if the person may change it. Raises Http404 and PermissionDenied."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        return row

    def page(
        self,
        request: HttpRequest,
        form: BaseForm,
        fieldsets: Any,
        title: str,
        row: Any = None,
        context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page of a form, for a new row or for one that there is."""
        fixed = self.get_readonly_fields(request, row) if row is not None else ()
        adminform = AdminForm(form, fieldsets, {}, fixed, model_admin=self)  # type: ignore[arg-type]  # fits all forms
        shown = {
            **self.admin_site.each_context(request),
            "title": title,
            "subtitle": str(row) if row is not None else None,
            "adminform": adminform,
            "object_id": quote(row.pk) if row is not None else None,
            "original": row,
            "errors": form.errors,
            "inline_admin_formsets": [],
            "is_popup": False,
            "preserved_filters": self.get_preserved_filters(request),
            "media": self.media + adminform.media,
            **(context or {}),
        }
        return self.render_change_form(request, shown, add=row is None, change=row is not None, obj=row)
