"""An invitation by a click: somebody makes an account for one address (docs/sign-up.md)."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.account import actor
from accounts.models import User
from accounts.sign_in import invitations, sign_up
from accounts.sign_in.forms import AddressForm


class InvitationForm(AddressForm):
    """Of staff, who may know whose an address is."""

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, most=sign_up.MOST)

    def clean_address(self) -> str:
        address = super().clean_address()
        if sign_up.owner_of(address) is not None:
            raise ValidationError(
                gettext_lazy("This address has an account. A reset link lets whoever it is choose a password."),
                code="address_taken",
            )
        return address


class InvitingAdmin(DjangoUserAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self._invite)
        return [path("invite/", view, name="accounts_user_invite"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        shown = {**(extra_context or {}), "may_invite": sign_up.is_offered() and self.has_add_permission(request)}
        return super().changelist_view(request, shown)

    def _invite(self, request: HttpRequest) -> HttpResponse:
        """Who may make accounts may let others make theirs. The journal says whom; else only the mail is written."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = InvitationForm(request.POST if request.method == "POST" else None)
        if sign_up.is_offered() and form.is_valid():
            address = form.cleaned_data["address"]
            with transaction.atomic():
                invitations.send(address)
                LogEntry.objects.create(
                    user=actor(request),
                    content_type=ContentType.objects.get_for_model(User),
                    object_repr=address,
                    action_flag=ADDITION,
                    change_message="Invited.",
                )
            self.message_user(
                request, _("An invitation to %(address)s is on its way.") % {"address": address}, messages.SUCCESS
            )
            return HttpResponseRedirect(reverse("admin:accounts_user_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Invite somebody"),
            "opts": self.opts,
            "form": form,
            "is_offered": sign_up.is_offered(),
        }
        return TemplateResponse(request, "admin/accounts/user/invite.html", context)
