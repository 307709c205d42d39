"""The signing keys, as auditors look at them; `rotatekeys` moves them on."""

from django.contrib import admin

from accounts.site.read_only import ReadOnlyAdmin
from tokens.models import SigningKey


@admin.register(SigningKey)
class SigningKeyAdmin(ReadOnlyAdmin):
    list_display = ("kid", "alg", "state", "since", "created")
    # Never the private half, though it is sealed.
    fields = ("kid", "alg", "state", "since", "created", "public")
    ordering = ("-created",)
