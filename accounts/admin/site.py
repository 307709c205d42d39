"""The Django admin, entered through our sign-in page and no other."""

from collections.abc import Iterable, Iterator
from functools import wraps
from inspect import ismethod
from typing import Any
from urllib.parse import unquote, urlencode

from django.conf import settings
from django.contrib.admin import AdminSite as DjangoAdminSite
from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import URLResolver, reverse

from accounts.admin import gate
from accounts.sign_in.password_queue import judges_a_password
from accounts.site import lists

VIEW_ON_SITE = "view_on_site"
"""Django's page that leads to where a row of any table is shown, named by numbers. None of ours is shown anywhere."""


class AdminSite(DjangoAdminSite):
    site_url = "/"

    def register(self, model_or_iterable: Any, admin_class: type[Any] | None = None, **options: Any) -> None:
        """With the lists of `accounts.site.lists`, whatever the ModelAdmin is."""
        of_lists = lists.options(admin_class or ModelAdmin)
        super().register(model_or_iterable, admin_class, **{**options, **of_lists})

    def get_urls(self) -> list[Any]:
        """Whatever page a password comes to, it waits in the queue."""
        urls: list[Any] = [each for each in super().get_urls() if getattr(each, "name", None) != VIEW_ON_SITE]
        for view in _views(urls):
            judges_a_password(view, when=_has_a_password)
        return urls

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseRedirect:
        """To our sign-in page. A person who is signed in and still may not enter gets a 403."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        target = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index", current_app=self.name)
        return HttpResponseRedirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode({REDIRECT_FIELD_NAME: target})}")

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Behind the gate, and without a NUL in what names rows: PostgreSQL would answer it with an error. Forms refuse
        their own."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if "\x00" in unquote(request.get_full_path()) + "".join(request.POST.getlist(ACTION_CHECKBOX_NAME)):
                raise BadRequest("NUL")
            return gate.answer(self, request) or inner(request, *args, **kwargs)

        return answer

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """One page changes a password, and it also ends the person's other sessions."""
        return HttpResponseRedirect(reverse("change_password"))

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().each_context(request), "site_header": settings.BRAND, "site_title": settings.BRAND}


def _views(urls: Iterable[Any]) -> Iterator[Any]:
    for each in urls:
        if isinstance(each, URLResolver):
            yield from _views(each.url_patterns)
        elif not ismethod(each.callback):  # `login` is, and leads to our page
            yield each.callback


def _has_a_password(request: HttpRequest) -> bool:
    """Whether one is to be judged or set, on whichever page."""
    return not {gate.PASSWORD, "password1"}.isdisjoint(request.POST)
