"""When a secret ends (RFC 7591 §3.2.1, `client_secret_expires_at`)."""

from datetime import UTC, datetime, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.ground import clock

LONGEST = timedelta(days=3660)


class ExpiryForm(forms.Form):
    client_secret_expires_at = forms.DateTimeField(
        label=_("Ends at (UTC)"),
        required=False,
        help_text=_("Empty: never."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def clean_client_secret_expires_at(self) -> datetime | None:
        expires: datetime | None = self.cleaned_data["client_secret_expires_at"]
        if expires is None:
            return None
        if not clock.now() < expires < clock.now() + LONGEST:
            raise ValidationError(_("A secret ends in the future, and within ten years."))
        return expires.astimezone(UTC)
