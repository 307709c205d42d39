"""The admin of people and their sessions."""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.widgets import AdminTextareaWidget
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import BadRequest, ValidationError
from django.db.models import QuerySet
from django.forms import JSONField, ModelForm
from django.forms.fields import InvalidJSONInput
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import sessions
from accounts.claims import ADDRESS
from accounts.models import VERIFIED, LoginSession, PeopleGroup, User
from accounts.site.read_only import ReadOnlyAdmin

MANY = 100
"""People of a group that its page shows."""


class NewUserForm(AdminUserCreationForm):  # type: ignore[type-arg]  # generic in the stubs only
    class Meta:
        model = User
        fields = ("username", "email")


class AttributesField(JSONField):
    """JSON, shown again as it was typed: written anew, half of a surrogate pair would be no text of a page."""

    def bound_data(self, data: Any, initial: Any) -> Any:
        return InvalidJSONInput(data) if isinstance(data, str) else initial

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except RecursionError:
            raise ValidationError(self.error_messages["invalid"], code="invalid", params={"value": "…"}) from None


class UserForm(UserChangeForm):  # type: ignore[type-arg]  # generic in the stubs only
    class Meta:
        model = User
        fields = "__all__"
        labels: ClassVar = {"groups": _("Roles in the admin")}
        help_texts: ClassVar = {"groups": _("No application hears of these.")}
        widgets: ClassVar = {"street_address": AdminTextareaWidget(attrs={"rows": 2})}
        field_classes: ClassVar = {**UserChangeForm.Meta.field_classes, "attributes": AttributesField}


class NewPasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]  # generic in the stubs only
    def save(self, commit: bool = True) -> User:
        """Not the whole row: another administrator may have changed the rest of it meanwhile."""
        user: User = super().save(commit=False)
        if commit:
            user.save(update_fields=["password", "updated_at"])
        return user


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
        _report(self, request, sum(sessions.end_all(user) for user in queryset))


class PeopleGroupAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    list_display = ("name", "description")
    search_fields = ("name", "description")
    show_full_result_count = False

    def get_readonly_fields(self, request: HttpRequest, obj: PeopleGroup | None = None) -> tuple[str, ...]:
        return () if obj is None else ("name", "people")

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        return False

    @admin.display(description=_("people"))
    def people(self, group: PeopleGroup) -> str:
        """Some of them; who is in it is changed on a person's page."""
        names = list(group.members.order_by("username").values_list("username", flat=True)[: MANY + 1])
        return ", ".join(names[:MANY]) + (" …" if len(names) > MANY else "") or "-"


class LoginSessionAdmin(ReadOnlyAdmin):
    list_display = ("user", "device", "auth_time", "last_seen", "expires", "ended_at")
    # By whether it has ended, not when: an address may ask for a date that no database knows.
    list_filter = (("ended_at", admin.EmptyFieldListFilter), "remembered")
    lookups = ("ended_at__isempty", "remembered__exact")
    list_select_related = ("user",)
    search_fields = ("sid", "user__username_key", "user__email_key")
    actions = ("end_sessions",)

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_loginsession")

    @admin.action(description=_("End the selected sessions"), permissions=["end"])
    def end_sessions(self, request: HttpRequest, queryset: QuerySet[LoginSession]) -> None:
        _report(self, request, sum(sessions.end(sid) for sid in queryset.values_list("sid", flat=True)))


def register() -> None:
    admin.site.register(User, UserAdmin)
    admin.site.register(PeopleGroup, PeopleGroupAdmin)
    admin.site.register(LoginSession, LoginSessionAdmin)
    # Importing Django's own UserAdmin registers it.
    if admin.site.is_registered(Group):
        admin.site.unregister(Group)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _report(model_admin: "admin.ModelAdmin[Any]", request: HttpRequest, ended: int) -> None:
    text = ngettext("%(ended)d session was ended.", "%(ended)d sessions were ended.", ended)
    model_admin.message_user(request, text % {"ended": ended})
