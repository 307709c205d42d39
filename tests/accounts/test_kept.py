"""What was typed on a page of ours and not taken: the answer holds it, with a button that sends it again."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.forms import BaseForm, PasswordInput
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from accounts.admin import forms as admin_forms
from accounts.admin import gate
from accounts.models import User
from accounts.sign_in import forms
from accounts.site import error_pages, kept
from idp.node import failures
from tests.accounts.signed_in import who
from tests.support.people import PASSWORD

LOGIN = "/accounts/login/"
OURS = {"Origin": "http://testserver"}
TYPED = {"login": "alice", "password": PASSWORD, "next": "/?a=b&c=d"}


def hidden(answer: Any) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', answer.content.decode())
    return {unescape(name): unescape(value) for name, value in found}


@pytest.mark.covers("S72 login")
def test_a_sign_in_form_from_before_the_last_sign_in_is_sent_again_and_only_the_password_is_typed_anew(
    person: User,
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.get(LOGIN)
    answer = browser.post(LOGIN, {**TYPED, "csrfmiddlewaretoken": "x" * 64}, headers=OURS)
    fields = hidden(answer)
    assert (answer.status_code, PASSWORD in answer.content.decode()) == (403, False)
    assert {name: fields[name] for name in ("login", "next")} == {name: TYPED[name] for name in ("login", "next")}
    assert "form-action" not in answer["Content-Security-Policy"], "it may lead on to a client"
    again = browser.post(LOGIN, fields, follow=True)
    assert (again.status_code, 'value="alice"' in again.content.decode()) == (200, True)
    done = browser.post(LOGIN, {**fields, "password": PASSWORD})
    assert (done.status_code, done["Location"], who(browser)) == (303, TYPED["next"], "alice")


@pytest.mark.parametrize("origin", ["http://testserver", "https://evil.example", "null", None])
@pytest.mark.parametrize("method", ["post", "get"])
def test_a_form_is_kept_while_a_server_is_away_if_it_came_from_a_page_of_ours(origin: str | None, method: str) -> None:
    headers = {"Origin": origin} if origin else {}
    request = getattr(RequestFactory(), method)(LOGIN, TYPED, headers=headers)
    answer = failures.unavailable(request)
    is_kept = origin == "http://testserver" and method == "post"
    assert (answer.status_code, int(answer["Retry-After"]) > 0, "no-store" in answer["Cache-Control"]) == (
        503,
        True,
        True,
    )
    assert ("alice" in answer.content.decode()) == is_kept
    assert PASSWORD not in answer.content.decode()


@pytest.mark.parametrize("refuse", [failures.unavailable, error_pages.csrf_failure])
def test_its_title_says_that_it_is_an_error(refuse: Callable[[HttpRequest], HttpResponse]) -> None:
    for typed in (TYPED, {}):
        answer = refuse(RequestFactory().post(LOGIN, typed, headers=OURS))
        assert ("<title>Error: " in answer.content.decode(), "Send it again" in answer.content.decode()) == (
            True,
            bool(typed),
        )


def _password_fields() -> set[str]:
    """As pages name them, in each form of ours that has one."""
    user, request = User(), RequestFactory().get(LOGIN)
    asking: list[BaseForm] = [
        forms.SignInForm(request),
        forms.ReauthenticateForm(request, user),
        forms.ReauthenticateForm(request, user, prefix=gate.PREFIX),
        forms.ChangePasswordForm(request, user),
        forms.NewPasswordForm(user),
        admin_forms.NewPasswordForm(user),
        admin_forms.NewUserForm(),
    ]
    fields = [(form.add_prefix(name), field) for form in asking for name, field in form.fields.items()]
    return {name for name, field in fields if isinstance(field.widget, PasswordInput)}


@pytest.mark.parametrize("refuse", [failures.unavailable, error_pages.csrf_failure])
def test_no_password_is_kept_whichever_form_it_was_typed_in(refuse: Callable[[HttpRequest], HttpResponse]) -> None:
    names = _password_fields()
    assert {"password", "current_password", "new_password", "password2", gate.PASSWORD} <= names
    for name in names:
        answer = refuse(RequestFactory().post("/admin/", {"username": "made", name: PASSWORD}, headers=OURS))
        assert hidden(answer)["username"] == "made"
        assert PASSWORD not in answer.content.decode(), name


@pytest.mark.covers("S78 garbage")
@pytest.mark.parametrize("body", ["a=" + "b" * 300_000, "&".join(f"a{n}=b" for n in range(2000)), ""])
def test_what_no_form_of_ours_sends_is_not_kept(body: str) -> None:
    request = RequestFactory().post(LOGIN, body, content_type="application/x-www-form-urlencoded", headers=OURS)
    assert kept.again(request, 503, title="t", what="w") is None


def test_no_host_of_ours_is_no_page_of_ours() -> None:
    request: HttpRequest = RequestFactory().post(LOGIN, TYPED, headers={"Origin": "http://x", "Host": "x"})
    assert "x" not in settings.ALLOWED_HOSTS
    assert not kept.is_from_our_page(request)
