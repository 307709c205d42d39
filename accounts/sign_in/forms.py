"""The forms of the sign-in pages, which ask for no more than is needed."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.conf import conf
from accounts.models import User
from accounts.models.people import KEY_LENGTH
from accounts.names import password_text, same_name_key
from accounts.profile import check_shown
from accounts.sign_in import guesses
from accounts.sign_in.passwords import MAX_LENGTH
from accounts.stores.base.codes import Outcome

IDENTIFIER_MAX_LENGTH = 254  # characters
CODE_MAX_LENGTH = 64
"""Characters, with whatever stands between the digits."""


class Password(forms.CharField):
    """A password, which is bounded before it is hashed. `autocomplete`: which one, for password managers."""

    def __init__(self, label: Any, autocomplete: str = "current-password") -> None:
        widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
        # No maxlength in the page: what a browser cuts off is not what a person pastes.
        super().__init__(label=label, strip=False, widget=widget, validators=[MaxLengthValidator(MAX_LENGTH)])


class Identifier(forms.CharField):
    def __init__(self, **options: Any) -> None:
        validators = [MaxLengthValidator(IDENTIFIER_MAX_LENGTH)]
        super().__init__(label=_("Username or e-mail address"), validators=validators, **options)


class Unseen(forms.TextInput):
    """What is known, for password managers: most of them do not look among hidden fields."""

    input_type = "text"
    is_hidden = True
    """Our templates put it beside the fields that people see."""

    def __init__(self, autocomplete: str) -> None:
        attrs = {"autocomplete": autocomplete, "readonly": True, "tabindex": "-1", "aria-hidden": "true"}
        super().__init__(attrs={**attrs, "class": "unseen"})


class IdentifierForm(forms.Form):
    """Who signs in: what is asked first. It asks nobody whether there is such an account."""

    login = Identifier(
        widget=forms.TextInput(
            attrs={"autocomplete": "username webauthn", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


class AddressForm(forms.Form):
    """An address that is to become somebody's. `most`: characters. It asks nobody whose it is."""

    address = forms.EmailField(
        label=_("E-mail address"),
        validators=[check_shown],
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def __init__(self, data: Any = None, *, initial: str = "", most: int = IDENTIFIER_MAX_LENGTH) -> None:
        super().__init__(data, initial={"address": initial} if initial else {})
        self._most = most

    def clean_address(self) -> str:
        typed: str = self.cleaned_data["address"]
        if len(typed) > self._most or len(same_name_key(typed)) > KEY_LENGTH:
            raise ValidationError(_("This address is too long."), code="address_long")
        return typed


class SignInForm(forms.Form):
    """`user`: who it is, once it is valid. `login`: a name that is taken as it is; else it is in what was typed."""

    login = Identifier(widget=Unseen("username"))
    password = Password(_("Password"))
    remember = forms.BooleanField(
        label=_("Keep me signed in on this device"),
        required=False,
        help_text=_("Your name stays here, too, to choose at the next sign-in."),
    )

    def __init__(self, request: HttpRequest, data: Any = None, login: str = "") -> None:
        super().__init__(data, initial={"login": login})
        if not conf().remembers:
            del self.fields["remember"]
        self._request = request
        self.user: User | None = None

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = self.cleaned_data
        if not self.errors:
            self.user = guesses.person_of(self._request, found["login"], found["password"])
            if self.user is None:
                raise ValidationError(_("The username or password is not right."), code="name_or_password_wrong")
        return found


class ReauthenticateForm(forms.Form):
    """The password of who is signed in, again."""

    password = Password(_("Password"))

    def __init__(self, request: HttpRequest, user: User, data: Any = None, prefix: str | None = None) -> None:
        super().__init__(data, prefix=prefix)
        self._request, self._user = request, user

    def clean_password(self) -> str:
        return _proved(self._request, self._user, self.cleaned_data["password"], _("The password is not right."))


class Code(forms.CharField):
    """A code, typed from somewhere else. `digits`: only they are expected, so that a phone shows its keys for them."""

    def __init__(self, label: Any, *, digits: bool) -> None:
        attrs = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
        widget = forms.TextInput(attrs=attrs | ({"inputmode": "numeric"} if digits else {}))
        super().__init__(label=label, widget=widget, validators=[MaxLengthValidator(CODE_MAX_LENGTH)])


_WHY_NOT: Mapping[str, Any] = {
    "over": _("This code is not good any more. Have another one sent."),
    "wrong": _("The code is not right. It is in the newest mail."),
}


class MailedCodeForm(forms.Form):
    """A code that was mailed. `judge` answers whether it is the one, or raises ValidationError."""

    code = Code(_("Code"), digits=True)

    def __init__(self, judge: Callable[[str], Outcome], data: Any = None) -> None:
        super().__init__(data)
        self._judge = judge

    def clean_code(self) -> str:
        typed: str = self.cleaned_data["code"]
        outcome = self._judge(typed)
        if outcome != "right":
            raise ValidationError(_WHY_NOT[outcome], code=f"code_{outcome}")
        return typed

    def refuse_late(self) -> None:
        """Of a code that was right, and is spent by another request now."""
        self.add_error("code", ValidationError(_WHY_NOT["over"], code="code_over"))


class NewPasswordForm(forms.Form):
    """The password of who has a reset link or typed a code, once: who mistypes can look at it, and change it again."""

    password = Password(_("New password"), "new-password")

    def __init__(self, user: User, data: Any = None) -> None:
        super().__init__(data)
        self._user = user
        self.fields["password"].help_text = _new_password_help()

    def clean_password(self) -> str:
        return _chosen(self.cleaned_data["password"], self._user)


class NewAccountForm(NewPasswordForm):
    """What somebody makes an account with. `by_passkey`: one comes in place of the password."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=User._meta.get_field("name").max_length,
        required=False,
        validators=[check_shown],
        help_text=_("You may leave it out."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ("name", "password")

    def __init__(self, user: User, data: Any = None, *, by_passkey: bool = False) -> None:
        super().__init__(user, data)
        self.fields["password"].required = not by_passkey

    def clean_name(self) -> str:
        """The person has it from now on: it comes first, and a password that is much like it is refused."""
        self._user.name = self.cleaned_data["name"]
        return self._user.name

    def clean_password(self) -> str:
        return super().clean_password() if self.fields["password"].required else ""


class ChangePasswordForm(forms.Form):
    current_password = Password(_("Current password"))
    new_password = Password(_("New password"), "new-password")

    def __init__(self, request: HttpRequest, user: User, data: Any = None) -> None:
        super().__init__(data)
        self._request, self._user = request, user
        self.fields["new_password"].help_text = _new_password_help()

    def clean_current_password(self) -> str:
        typed = self.cleaned_data["current_password"]
        return _proved(self._request, self._user, typed, _("The current password is not right."))

    def clean_new_password(self) -> str:
        chosen = _chosen(self.cleaned_data["new_password"], self._user)
        if chosen == password_text(self.cleaned_data.get("current_password", "")):
            raise ValidationError(_("This is the password that you have. Choose another one."), code="password_same")
        return chosen


def _proved(request: HttpRequest, user: User, password: str, wrong: Any) -> str:
    """The password of who is signed in, if it is theirs. `wrong`: what they are told if not."""
    if not guesses.judge(request, user, user.username, password):
        raise ValidationError(wrong, code="password_wrong")
    return password


def _chosen(password: str, user: User) -> str:
    text = password_text(password)
    validate_password(text, user)
    return text


def _new_password_help() -> str:
    text = _(
        "At least %(length)d characters. A few words that have nothing to do with each other are easy to remember."
    )
    return str(text) % {"length": conf().least_password}
