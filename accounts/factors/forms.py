"""The forms that ask for a code."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.factors import second
from accounts.models import User
from accounts.sign_in.forms import Code


class CodeForm(forms.Form):
    """A code of the app or a recovery code, of whoever's account it is. `by`: what it is spent by (`second.judge`).
    `method`: what it proved, once it is valid."""

    code = Code(_("Code from your app, or a recovery code"), digits=False)

    def __init__(self, request: HttpRequest, user: User, data: Any = None, by: str = "") -> None:
        super().__init__(data)
        self._request, self._user, self._by = request, user, by
        self.method = ""

    def clean_code(self) -> str:
        text: str = self.cleaned_data["code"]
        method = second.judge(self._request, self._user, text, self._by)
        if method is None:
            raise ValidationError(self.wrong(), code="code_wrong")
        self.method = method
        return text

    def wrong(self) -> Any:
        return _("This code is not right, or it was used already.")


class AppCodeForm(CodeForm):
    """Asks for what the app shows; a recovery code is taken all the same."""

    code = Code(_("Code from your app"), digits=True)

    def wrong(self) -> Any:
        return _("This code is not right, or it was used already. Wait for the next one that the app shows.")


class RecoveryCodeForm(CodeForm):
    code = Code(_("Recovery code"), digits=False)


class EnrolForm(forms.Form):
    """The first code of an app that is not anybody's yet. `shows`: whether it is what the app shows."""

    code = Code(_("The six digits that it shows now"), digits=True)

    def __init__(self, shows: Any, data: Any = None) -> None:
        super().__init__(data)
        self._shows = shows

    def clean_code(self) -> str:
        text: str = self.cleaned_data["code"]
        if not self._shows(text):
            told = _("This is not what the app should show now. Is the clock of the phone right?")
            raise ValidationError(told, code="code_wrong")
        return text
