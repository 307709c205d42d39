"""Sign-ins in the admin: looked at, and ended."""

from typing import ClassVar, cast

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import sessions
from accounts.admin.acts import ACTS, Exceeds, judged, locked
from accounts.models import LoginSession, User
from accounts.site.read_only import ReadOnlyAdmin


class LoginSessionAdmin(ReadOnlyAdmin):
    list_display = ("user", "device", "auth_time", "last_seen", "expires", "ended_at")
    # By whether it has ended, not when: an address may ask for a date that no database knows.
    list_filter = (("ended_at", admin.EmptyFieldListFilter), "remembered")
    lookups = ("ended_at__isempty", "remembered__exact")
    list_select_related = ("user",)
    search_fields = ("sid", "user__username_key", "user__email_key")
    actions = ("end_sessions",)
    gives_nothing: ClassVar = actions

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_loginsession")

    @admin.action(description=_("End the selected sessions"), permissions=["end"])
    def end_sessions(self, request: HttpRequest, queryset: QuerySet[LoginSession]) -> None:
        """None of them where one is of somebody whose rights are more than those of who asks."""
        try:
            with transaction.atomic():
                people = User.objects.filter(login_sessions__in=queryset).distinct()
                for user in locked(people):
                    judged(cast(User, request.user), user)
                ended = sum(sessions.end(sid) for sid in queryset.values_list("sid", flat=True))
        except Exceeds as refused:
            self.message_user(request, str(refused), messages.ERROR)
        else:
            self.message_user(request, ACTS["end_sessions"].told(ended) % {"count": ended}, messages.SUCCESS)
