"""Where one types first when a page is there: in the field that is to be mended, else in the first that is empty, else
in the first."""

from typing import Any

import pytest
from django import forms

from accounts.templatetags.focus import focus


class Asked(forms.Form):
    unseen = forms.CharField(required=False, widget=forms.HiddenInput())
    kept = forms.BooleanField(required=False)
    name = forms.CharField()
    code = forms.CharField()


def focused(form: forms.BaseForm) -> list[str]:
    return [name for name, field in form.fields.items() if field.widget.attrs.get("autofocus")]


@pytest.mark.parametrize(
    ("data", "initial", "unfocused", "expected"),
    [
        (None, {}, False, ["name"]),
        (None, {"name": "alice"}, False, ["code"]),
        (None, {"name": "alice", "code": "1"}, False, ["name"]),
        (None, {}, True, []),
        ({"name": "alice"}, {}, False, ["code"]),
        ({"name": "alice"}, {}, True, ["code"]),
        ({"code": "1"}, {}, False, ["name"]),
    ],
)
def test_one_field_has_the_focus(data: Any, initial: Any, unfocused: bool, expected: list[str]) -> None:
    form = Asked(data, initial=initial)
    assert focus(form, unfocused=unfocused) == ""
    assert focused(form) == expected
