"""The admin of people."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import messages
from django.db import connection, transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import mail, rights
from accounts.admin.account import AccountAdmin, actor
from accounts.admin.acts import ACTS, allowed, locked
from accounts.admin.forms import NewPasswordForm, NewUserForm, UserForm
from accounts.admin.invite import InvitingAdmin
from accounts.claims import ADDRESS
from accounts.models import VERIFIED, LoginSession, PeopleGroup, User
from accounts.names import list_key
from accounts.sign_in.address_change import Before, tell_the_old_one
from accounts.site.lists import beginning, counted, uuid, whole


def address_key(text: str) -> str:
    """Raises ValueError where the text is no part of an e-mail address that names it."""
    if "@" not in text:
        raise ValueError(text)
    return list_key(text)


def _tell_of_address(form: "ModelForm[Any]", user: User) -> None:
    """By mail, as where people change theirs: the verified one of before, and the new one once it is verified."""
    username, email, verified = (form.initial[name] for name in ("username", "email", "email_verified"))
    tell_the_old_one(user, Before(username=username, email=email, verified=verified))
    if "email_verified" in form.changed_data and user.email_verified:
        mail.send("address_changed", user, username=user.username, here="yes")


class UserAdmin(InvitingAdmin, AccountAdmin):
    form = UserForm
    add_form = NewUserForm
    change_password_form = NewPasswordForm
    list_display = ("username", "email", "name", "is_active", "is_staff")
    list_filter = ("is_active", "is_staff", "is_superuser")
    answered: ClassVar = {f"{name}__exact": ("username",) for name in list_filter}
    searches = (
        whole("id", uuid),
        beginning("email_key", address_key),
        beginning("username_key"),
        beginning("name_key"),
    )
    search_help_text = gettext_lazy(
        "The beginning of a username, or of a full name where no username begins so, or of an e-mail address with "
        "its @; or a whole user id."
    )
    ordering = ("username",)
    sortable_by = ("username",)
    readonly_fields = ("id", "last_login", "created", "updated_at")
    filter_horizontal = ("groups", "user_permissions")
    autocomplete_fields = ("people_groups",)
    fieldsets = (
        (None, {"fields": ("id", "username", "password")}),
        (gettext_lazy("Profile"), {"fields": ("email", "email_verified", "name", "given_name", "family_name")}),
        (
            gettext_lazy("More of the profile"),
            {
                "fields": (
                    *("middle_name", "nickname", "profile", "picture", "website", "gender", "birthdate"),
                    *("zoneinfo", "locale"),
                ),
                "classes": ("collapse",),
            },
        ),
        (
            gettext_lazy("Phone and address"),
            {"fields": ("phone_number", "phone_number_verified", *ADDRESS), "classes": ("collapse",)},
        ),
        (gettext_lazy("Groups and attributes"), {"fields": ("people_groups", "attributes")}),
        (gettext_lazy("Rights"), {"fields": ("is_active", "second_factor_required", *rights.FIELDS)}),
        (gettext_lazy("Dates"), {"fields": ("last_login", "created", "updated_at")}),
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
        moved = {"username"} if "email" in form.changed_data else set()
        obj.save(update_fields={*form.changed_data} & columns | moved | {"updated_at"})
        _tell_of_address(form, obj)
        for name, verified in VERIFIED.items():
            if form.cleaned_data.get(verified) and not getattr(obj, verified):
                text = _("%(what)s: the new one is not verified. Tick the box again once it is.")
                self.message_user(request, text % {"what": form.fields[name].label}, messages.WARNING)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """With the version, for who may change what they see."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not self.has_change_permission(request, obj):
            return fieldsets
        [(title, first), *more] = fieldsets
        return [(title, {**first, "fields": ("version", *first["fields"])}), *more]

    # --- Whose row it is: nobody changes one whose rights are more than their own

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        given = () if actor(request).is_superuser else rights.FIELDS
        # Groups open applications: who may not look at them puts nobody into one, or takes anybody out.
        may_see_groups = self.admin_site.get_model_admin(PeopleGroup).has_view_permission(request)
        return (
            *self.readonly_fields,
            *given,
            *(() if may_see_groups else ("people_groups",)),
            *(() if self._may_require(request, obj) else ("second_factor_required",)),
        )

    def get_form(self, request: HttpRequest, obj: User | None = None, change: bool = False, **options: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **options)
        form.may_require = self._may_require(request, obj)
        return form

    def _may_require(self, request: HttpRequest, user: User | None) -> bool:
        """That a second factor is required of a person is said by who may remove it, and by nobody of themselves."""
        return user != actor(request) and request.user.has_perm(ACTS["remove_factors"].permission)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> User | None:
        """What is to be written is locked before it is judged."""
        user = super().get_object(request, object_id, from_field)
        if user is None or not (request.method == "POST" and connection.in_atomic_block):
            return user
        return next(iter(locked([user])), None)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and self._may_write(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and self._may_write(request, obj)

    def _may_write(self, request: HttpRequest, obj: User | None) -> bool:
        return obj is None or not rights.exceed(obj, actor(request))

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        with transaction.atomic():
            return super().user_change_password(request, id, form_url)

    # --- Deletion: what hangs on the account ends with it, whatever it is

    def get_deleted_objects(self, objs: Iterable[User], request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        people = list(objs)
        live = counted(LoginSession.objects.filter(user__in=people).order_by("user_id", "expires"))
        counts = {self.opts.verbose_name_plural: len(people), LoginSession._meta.verbose_name_plural: live}
        refused = {user.username for user in people if not self.has_delete_permission(request, user)}
        return [user.username for user in people], counts, refused, []

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        with transaction.atomic():
            for user in allowed(actor(request), queryset):
                user.delete()
