"""A form of a row that somebody else may have changed since it was shown."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.ground import clock

CHANGED = _(
    "Somebody else changed this after you opened the page. Nothing was saved, and what you typed is still here. "
    "To save it all the same would change: %(fields)s."
)
NOTHING = _("nothing")


class VersionedForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """`version` is the row's `dated_by` as it was when the page was made: nothing is saved on top of another one."""

    dated_by = "updated"

    version = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # A field that the page does not show is not taken either.
        for name in self.fields.keys() - {"version", *(self._meta.fields or ())}:
            del self.fields[name]
        # Before the form's values are put onto the row.
        self.read: datetime = getattr(self.instance, self.dated_by) or clock.now()
        self.initial["version"] = self.read.isoformat()

    def is_stale(self) -> bool:
        """Whether it is; then the form says so, and what another sending would change."""
        if self.cleaned_data.get("version") == self.initial["version"]:
            return False
        labels = [str(self.fields[name].label) for name in self.changed_data if name != "version"]
        self.add_error(None, CHANGED % {"fields": str(_(", ")).join(labels) or NOTHING})
        # This page knows what there is now.
        shown = QueryDict(mutable=True) if not isinstance(self.data, QueryDict) else self.data.copy()
        shown["version"] = self.initial["version"]
        self.data = shown
        return True
