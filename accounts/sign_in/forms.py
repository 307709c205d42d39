"""The forms of the sign-in pages: allauth's, asking for no more than is needed."""

from typing import Any

from allauth.account import forms
from allauth.account.adapter import get_adapter
from django import forms as django_forms
from django.core.validators import MaxLengthValidator
from django.forms import Field
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.conf import conf
from accounts.models import User
from accounts.sessions import REMEMBER
from accounts.sign_in.adapter import AccountAdapter
from accounts.sign_in.passwords import MAX_LENGTH

IDENTIFIER_MAX_LENGTH = 254  # characters


class LoginForm(forms.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login = self.fields["login"]
        login.label = _("Username or e-mail address")
        _bounded(
            login, IDENTIFIER_MAX_LENGTH, autocomplete="username webauthn", autocapitalize="none", spellcheck="false"
        )
        _bounded(self.fields["password"], MAX_LENGTH)
        self.fields["remember"].label = _("Keep me signed in on this device")

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        request.session[REMEMBER] = self.cleaned_data["remember"]
        response: HttpResponse = super().login(request, redirect_url)
        return response


class ReauthenticateForm(forms.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _bounded(self.fields["password"], MAX_LENGTH)


class ChangePasswordForm(forms.ChangePasswordForm):
    """The new password is typed once: who mistypes can look at it, and change it again."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password2"]
        self.fields["oldpassword"].label = _("Current password")
        self.fields["password1"].label = _("New password")
        self.fields["password1"].help_text = _new_password_help()
        _bounded(self.fields["oldpassword"], MAX_LENGTH)
        _bounded(self.fields["password1"], MAX_LENGTH)

    def clean_oldpassword(self) -> str:
        password: str = self.cleaned_data["oldpassword"]
        adapter = get_adapter()
        if self.user is None or not adapter.reauthenticate(self.user, password):
            raise adapter.validation_error("enter_current_password")
        return password


class NewPasswordForm(django_forms.Form):
    """The password of who has a reset link. The field's name is the one that browsers and password.js know."""

    password = django_forms.CharField(
        label=_("New password"),
        strip=False,
        widget=django_forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, request: HttpRequest, user: User, data: Any) -> None:
        super().__init__(data)
        self._adapter = AccountAdapter(request)
        self._user = user
        self.fields["password"].help_text = _new_password_help()
        _bounded(self.fields["password"], MAX_LENGTH)

    def clean_password(self) -> str:
        return self._adapter.clean_password(self.cleaned_data["password"], self._user)


def _new_password_help() -> str:
    text = _(
        "At least %(length)d characters. A few words that have nothing to do with each other are easy to remember."
    )
    return str(text) % {"length": conf().password_min_length}


def _bounded(field: Field, length: int, **attributes: str) -> None:
    """Bounds what is hashed and looked up; and a label instead of a placeholder, which vanishes when one types."""
    field.validators.append(MaxLengthValidator(length))
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs.update(attributes)
