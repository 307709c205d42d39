"""The admin of people."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts import sessions
from accounts.admin.forms import NewPasswordForm, NewUserForm, UserForm
from accounts.admin.login_sessions import report_ended
from accounts.claims import ADDRESS
from accounts.models import VERIFIED, User


class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    form = UserForm
    add_form = NewUserForm
    change_password_form = NewPasswordForm
    list_display = ("username", "email", "name", "is_active", "is_staff")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("username_key", "email_key", "name", "id")
    ordering = ("username",)
    readonly_fields = ("id", "last_login", "created", "updated_at")
    filter_horizontal = ("people_groups", "groups", "user_permissions")
    actions = ("end_sessions",)
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": ("id", "username", "password")}),
        (_("Profile"), {"fields": ("email", "email_verified", "name", "given_name", "family_name")}),
        (
            _("More of the profile"),
            {
                "fields": (
                    *("middle_name", "nickname", "profile", "picture", "website", "gender", "birthdate"),
                    *("zoneinfo", "locale"),
                ),
                "classes": ("collapse",),
            },
        ),
        (
            _("Phone and address"),
            {"fields": ("phone_number", "phone_number_verified", *ADDRESS), "classes": ("collapse",)},
        ),
        (_("Groups and attributes"), {"fields": ("people_groups", "attributes")}),
        (_("Rights"), {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        (_("Dates"), {"fields": ("last_login", "created", "updated_at")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "email", "usable_password", "password1", "password2")}),)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """What the filters of the list ask: any other column can be asked for what the database cannot answer."""
        return lookup in {f"{name}__exact" for name in self.list_filter}

    def save_model(self, request: HttpRequest, obj: User, form: "ModelForm[Any]", change: bool) -> None:
        """Writes what the administrator changed, and nothing that another one may have changed meanwhile."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        columns = {field.name for field in User._meta.concrete_fields}
        obj.save(update_fields={*form.changed_data} & columns | {"updated_at"})
        for name, verified in VERIFIED.items():
            if form.cleaned_data.get(verified) and not getattr(obj, verified):
                text = _("%(what)s: the new one is not verified. Tick the box again once it is.")
                self.message_user(request, text % {"what": form.fields[name].label}, messages.WARNING)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not all(_is_uuid(selected) for selected in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise BadRequest(ACTION_CHECKBOX_NAME)
        return super().changelist_view(request, extra_context)

    @admin.action(description=_("End the sessions of the selected users"), permissions=["change"])
    def end_sessions(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        report_ended(self, request, sum(sessions.end_all(user) for user in queryset))


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
