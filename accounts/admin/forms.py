"""The forms of a person in the admin."""

from typing import Any, ClassVar

from django.contrib.admin.widgets import AdminTextareaWidget
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import JSONField
from django.forms.fields import InvalidJSONInput
from django.utils.translation import gettext_lazy as _

from accounts import mail
from accounts.models import PeopleGroup, User
from accounts.site.versioned_form import VersionedForm


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
        except (RecursionError, ValueError):  # nested too deeply, or a number of thousands of digits
            raise ValidationError(self.error_messages["invalid"], code="invalid", params={"value": "…"}) from None


class UserForm(VersionedForm, UserChangeForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A page that was left open gives nothing back that somebody took meanwhile. A program that sends no version
    decides by what it sends."""

    dated_by = "updated_at"
    may_require = False
    """Whether who sends it may say that a second factor is required of the person: a group may require it, too."""

    def clean_people_groups(self) -> Any:
        chosen = self.cleaned_data["people_groups"]
        if not self.may_require and _requiring(chosen) != _requiring(self.instance.people_groups.all()):
            told = _("You may not change who is in a group that requires a second factor.")
            raise ValidationError(told, code="may_not_require")
        return chosen

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("version"):
            self.is_stale()
        is_other = "email" in self.changed_data and "username" not in self.changed_data
        if cleaned.get("email") and is_other and self.instance.is_named_by_address:
            cleaned["username"] = cleaned["email"]  # as where people change theirs
        return cleaned

    class Meta:
        model = User
        fields = "__all__"
        labels: ClassVar = {"groups": _("Roles in the admin")}
        help_texts: ClassVar = {"groups": _("No application hears of these.")}
        widgets: ClassVar = {"street_address": AdminTextareaWidget(attrs={"rows": 2})}
        field_classes: ClassVar = {**UserChangeForm.Meta.field_classes, "attributes": AttributesField}


def _requiring(groups: "QuerySet[PeopleGroup]") -> set[str]:
    """The names of those that require a second factor."""
    return {group.name for group in groups if group.second_factor_required}


class NewPasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]  # generic in the stubs only
    def save(self, commit: bool = True) -> User:
        """Not the whole row: another administrator may have changed the rest of it meanwhile."""
        user: User = super().save(commit=False)
        if commit:
            user.save(update_fields=["password", "updated_at"])
            mail.send("password_changed", user, username=user.username, by="staff")
        return user
