"""The signing keys, as auditors look at them. `rotatekeys` moves them on by itself; who manages keys begins a
replacement, or revokes a key that others may have."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from operator import attrgetter

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.ground import clock
from tokens.admin.records import RecordsAdmin
from tokens.admin.records_list import Asked, following
from tokens.conf import signing_algs
from tokens.keys import CannotUnseal, rotation
from tokens.keys.rotation import Step
from tokens.management.step_descriptions import describe
from tokens.models import SigningKey
from tokens.stores import store
from tokens.stores.orm.rows import row_of


@admin.register(SigningKey)
class SigningKeyAdmin(RecordsAdmin):
    part = "keys"
    needs = ""
    list_display = ("kid", "alg", "state", "since", "created")
    # Never the private half, though it is sealed.
    fields = ("kid", "alg", "state", "since", "created", "public")
    ordering = ("-created",)
    actions = ("replace", "revoke")

    def of_id(self, row_id: str) -> SigningKey | None:
        return next((row for row in _rows() if row.pk == row_id), None)

    def found(self, asked: Asked, after: str, limit: int) -> Sequence[SigningKey]:
        return following(_rows(), after, limit)

    def has_move_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("tokens.change_signingkey")

    @admin.action(
        description=gettext_lazy("Replace the selected keys: the next ones sign once everybody can have read them"),
        permissions=["move"],
    )
    def replace(self, request: HttpRequest, queryset: QuerySet[SigningKey]) -> None:
        algs = {key.alg for key in queryset} & {*signing_algs()}
        self._do(request, queryset, lambda: rotation.begin(sorted(algs), clock.now()))

    @admin.action(
        description=gettext_lazy("Revoke the selected keys: what they signed is refused at once"), permissions=["move"]
    )
    def revoke(self, request: HttpRequest, queryset: QuerySet[SigningKey]) -> None:
        self._do(request, queryset, lambda: rotation.revoke([key.kid for key in queryset], clock.now()))

    def _do(self, request: HttpRequest, queryset: QuerySet[SigningKey], act: Callable[[], Sequence[Step]]) -> None:
        keys = list(queryset)
        try:
            done = [describe(step) for step in act()]
        except CannotUnseal as error:
            text = _("Nothing was done: this server cannot open the key %(kid)s.") % {"kid": error}
            self.message_user(request, text, messages.ERROR)
            return
        for key in keys if done else ():
            self.log_change(request, key, " ".join(done))
        for line in done or [_("It was so already.")]:
            self.message_user(request, line, messages.SUCCESS if done else messages.WARNING)


def _rows() -> list[SigningKey]:
    """The newest first, without their private halves."""
    held = [row_of(SigningKey, replace(key, private="")) for key in store().keys.all()]
    return sorted(held, key=attrgetter("created"), reverse=True)
