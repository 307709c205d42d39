"""Somebody at work in the admin, and what there is to work on."""

from dataclasses import dataclass
from typing import Any

from django.test import Client as Browser
from django.utils.html import strip_tags

from accounts.models import User
from tokens import models

USER, SESSIONS = "/admin/accounts/user/", "/admin/accounts/loginsession/"
GROUP, CLIENT, RESOURCE = "/admin/accounts/peoplegroup/", "/admin/tokens/client/", "/admin/tokens/resource/"
CONSENT, AUTHORIZATION = "/admin/tokens/consent/", "/admin/tokens/authorization/"
NOTICES, KEYS, RUNS = "/admin/tokens/logoutdelivery/", "/admin/tokens/signingkey/", "/admin/tokens/run/"
NEW_PASSWORD = {"usable_password": "true", "password1": "an old tin whistle", "password2": "an old tin whistle"}


@dataclass(frozen=True, slots=True)
class Desk:
    """Somebody at work, and what there is to work on."""

    browser: Browser
    alice: User
    bob: User
    sid: str

    def sees(self, url: str, words: str = "") -> bool:
        answer = self.browser.get(url)
        return answer.status_code == 200 and words in strip_tags(answer.content.decode())

    def send(self, url: str, **form: Any) -> Any:
        return self.browser.post(url, form)

    def act(self, url: str, action: str, row: object, **more: str) -> None:
        self.send(url, action=action, _selected_action=[str(row)], **more)

    def page(self, user: User, name: str) -> str:
        return f"{USER}{user.pk}/{name}/"

    def change(self, user: User, **changes: Any) -> User:
        form = {"username": user.username, "is_active": "on" if user.is_active else "", "attributes": "{}"}
        self.send(self.page(user, "change"), **form | changes)
        return User.objects.get(pk=user.pk)

    @property
    def client(self) -> models.Client:
        return models.Client.objects.get(client_name="A site")

    @property
    def client_page(self) -> str:
        return f"{CLIENT}{self.client.pk.replace('_', '_5F')}/"
