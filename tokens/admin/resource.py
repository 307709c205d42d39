"""The admin of protected resources."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.site.lists import beginning
from tokens.admin.forms import NewResourceForm, ResourceForm
from tokens.admin.forms.fields import add_faults
from tokens.admin.versioned import VersionedAdmin
from tokens.models import Client, Resource
from tokens.registration import resources
from tokens.stores import store
from tokens.stores.orm.resources import resource_of

TOKEN_FIELDS = (
    *("access_token_format", "access_token_signed_response_alg", "access_token_typ"),
    *("scope_sentences", "owners", "introspection_claims"),
)
DESCRIPTION = gettext_lazy("An API. A client that may have one of its scopes may ask for tokens for it.")


@admin.register(Resource)
class ResourceAdmin(VersionedAdmin):
    form = ResourceForm
    list_display = ("name", "identifier", "access_token_format", "created")
    list_filter = ("access_token_format",)
    searches = (beginning("identifier", str), beginning("name_key"))
    search_help_text = gettext_lazy("The beginning of the name, or of the identifier as it is written.")
    ordering = ("name_key", "id")
    sortable_by = ("identifier",)
    # Deleted one by one: the page says what each takes along.
    actions = None

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Only what the filter sends."""
        return lookup == "access_token_format__exact"

    def get_fieldsets(self, request: HttpRequest, obj: Resource | None = None) -> Any:
        version = ("version",) if obj is not None and self.has_change_permission(request, obj) else ()
        dates = () if obj is None else [(gettext_lazy("Dates"), {"fields": ("created", "updated")})]
        return (
            (None, {"fields": (*version, "name", "identifier", "scope"), "description": DESCRIPTION}),
            (
                gettext_lazy("Tokens"),
                {"fields": TOKEN_FIELDS},
            ),
            *dates,
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Resource | None = None) -> tuple[str, ...]:
        return ("identifier", "created", "updated") if obj is not None else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        """Django makes a class for each request."""
        form = super().get_form(request, obj, change=change, **options)
        form.may_see_clients = self.may_see(request, Client)  # type: ignore[attr-defined]  # ResourceForm's
        return form

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        typed = request.POST if request.method == "POST" else None
        form = NewResourceForm(typed, may_see_clients=self.may_see(request, Client))
        if form.is_valid() and (row := self._make(request, form)) is not None:
            return self.response_add(request, row)
        return self.page(request, form, self.get_fieldsets(request), _("Add resource"))

    def _make(self, request: HttpRequest, form: NewResourceForm) -> Resource | None:
        owners = form.owners_read
        try:
            with transaction.atomic():
                resources.create(form.resource, owners, owners.get)
                row = Resource.objects.get(identifier=form.resource.identifier)
                self.log_addition(request, row, [{"added": {}}])
        except ValidationError as error:
            add_faults(form, error)
            return None
        return row

    def write(self, request: HttpRequest, form: ResourceForm) -> bool:
        owners = form.owners_read
        with transaction.atomic():
            # A client that was deleted since it was read is passed over.
            written = resources.change(form.resource, owners, form.read, owners.get)
            if written:
                self.note_change(request, form)
        return written

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        holders = resources.clients_of(resource_of(row)) if isinstance(row, Resource) else []
        return super().delete_view(
            request, object_id, {"holders": holders, "may_see_clients": self.may_see(request, Client)}
        )

    def delete_model(self, request: HttpRequest, obj: Resource) -> None:
        store().resources.delete(obj.identifier)
