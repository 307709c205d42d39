"""The admin of people and their sessions."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import sessions
from accounts.models import LoginSession, User


class NewUserForm(AdminUserCreationForm):  # type: ignore[type-arg]  # generic in the stubs alone
    class Meta:
        model = User
        fields = ("username", "email")


class UserForm(UserChangeForm):  # type: ignore[type-arg]  # likewise
    class Meta:
        model = User
        fields = "__all__"


class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]  # likewise
    form = UserForm
    add_form = NewUserForm
    list_display = ("username", "email", "name", "is_active", "is_staff")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("username_key", "email_key", "name", "id")
    ordering = ("username",)
    readonly_fields = ("id", "last_login", "created", "updated_at")
    filter_horizontal = ("groups", "user_permissions")
    actions = ("end_sessions",)
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": ("id", "username", "password")}),
        (_("Profile"), {"fields": ("email", "email_verified", "name", "given_name", "family_name")}),
        (_("Rights"), {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        (_("Dates"), {"fields": ("last_login", "created", "updated_at")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "email", "usable_password", "password1", "password2")}),)

    @admin.action(description=_("End the sessions of the selected users"), permissions=["change"])
    def end_sessions(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        _report(self, request, sum(sessions.end_all(user) for user in queryset))


class LoginSessionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # likewise
    list_display = ("user", "device", "auth_time", "last_seen", "expires", "ended_at")
    list_filter = ("ended_at", "remembered")
    list_select_related = ("user",)
    search_fields = ("sid", "user__username_key", "user__email_key")
    actions = ("end_sessions",)
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_loginsession")

    @admin.action(description=_("End the selected sessions"), permissions=["end"])
    def end_sessions(self, request: HttpRequest, queryset: QuerySet[LoginSession]) -> None:
        _report(self, request, sum(sessions.end(sid) for sid in queryset.values_list("sid", flat=True)))


def register() -> None:
    admin.site.register(User, UserAdmin)
    admin.site.register(LoginSession, LoginSessionAdmin)
    # Importing Django's own UserAdmin registers it.
    if admin.site.is_registered(Group):
        admin.site.unregister(Group)


def _report(model_admin: "admin.ModelAdmin[Any]", request: HttpRequest, ended: int) -> None:
    text = ngettext("%(ended)d session was ended.", "%(ended)d sessions were ended.", ended)
    model_admin.message_user(request, text % {"ended": ended})
