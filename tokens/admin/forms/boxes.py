"""Boxes for the rows that a page has room for, and lines in which others are named: a table may have millions. It works
without scripts, and a page that is shown again still has what was typed."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

SHOWN = 100
"""Rows that get a box, by name, beside those that are chosen."""
MOST = 500
"""Rows that may be named at once: they are looked up by one statement."""


class BoxesAndLines(forms.CheckboxSelectMultiple):
    """`more`: whether there may be rows that have no box. The lines are there then, and where one was typed."""

    more = False

    def __init__(self, called: str | Promise) -> None:
        super().__init__()
        self.called = called

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        """What is ticked and what is typed, each once."""
        typed = (line.strip() for line in (data.get(_lines(name)) or "").splitlines())
        return list(dict.fromkeys([*(super().value_from_datadict(data, files, name) or ()), *filter(None, typed)]))

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        boxes, known = super().render(name, value, attrs, renderer), set(_values(self.choices))
        others = [each for each in self.format_value(value) if each not in known]
        if not (self.more or others):
            return boxes
        area = forms.Textarea(attrs={"rows": 3, "cols": 60, "spellcheck": "false", "autocapitalize": "none"})
        lines = area.render(_lines(name), "\n".join(others), {"id": f"id_{_lines(name)}"}, renderer)
        return format_html('{}<p><label for="id_{}">{}</label></p>{}', boxes, _lines(name), self.called, lines)


def few(values: Collection[object]) -> None:
    """Raises ValidationError where more are chosen than can be looked up."""
    if len(values) > MOST:
        raise ValidationError(_("Choose at most %(most)d."), params={"most": MOST})


def _lines(name: str) -> str:
    """What the field of lines is called."""
    return f"{name}_lines"


def _values(choices: Iterable[Any]) -> Iterator[str]:
    for value, label in choices:
        yield from _values(label) if isinstance(label, list | tuple) else (str(value),)
