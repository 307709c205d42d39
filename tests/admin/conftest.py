"""Staff of every role, signed in, and rows to look at."""

import socket
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client as Browser

from accounts.models import LoginSession, User
from tests.admin.staff import PERSON, BrowserOf
from tokens import models
from tokens.staff_roles import ROLES
from tokens.work import schedule


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """A world where names of `.example` are public, but for `internal.example`: who registers a client has the hosts
    looked up that would be called."""
    real = socket.getaddrinfo

    def found(host: str, *more: Any, **named: Any) -> Any:
        if host == "internal.example":
            host = "10.0.0.5"
        return real("8.8.8.8" if host.endswith(".example") else host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", found)


@pytest.fixture
def browser_of(db: None) -> BrowserOf:
    """A browser in which somebody of that role has just signed in, with two factors, as the admin asks it but on
    loopback; nobody has in the one of `anonymous`."""

    def signed_in(role: str) -> Browser:
        browser = Browser()
        if role != "anonymous":
            browser.force_login(_user(role))
            LoginSession.objects.update(methods=["password", "totp"], amr=["pwd", "otp", "mfa"], acr="mfa")
        return browser

    return signed_in


@pytest.fixture
def manager(browser_of: BrowserOf) -> Browser:
    return browser_of("client manager")


@pytest.fixture
def authorization(db: None) -> models.Authorization:
    now = datetime.now(UTC)
    return models.Authorization.objects.create(
        id="0.an-authorization",
        client_id="0.a-client",
        subject=PERSON,
        sid="0.a-session",
        scope="openid email",
        auth_time=now,
        acr="1",
        amr=["pwd"],
        root_at=now,
        expires=now + timedelta(days=1),
        kept_until=now + timedelta(days=1),
    )


@pytest.fixture
def consent(db: None) -> models.Consent:
    now = datetime.now(UTC)
    return models.Consent.objects.create(
        id="0.a-consent",
        subject=PERSON,
        client_id="0.a-client",
        scope="openid email",
        granted_at=now,
        expires=now + timedelta(days=1),
    )


@pytest.fixture
def signing_key(db: None) -> models.SigningKey:
    return models.SigningKey.objects.create(
        kid="a-kid",
        alg="ES256",
        public={"kty": "EC", "x": "the-public-half"},
        private="the-sealed-private-half",
        state="active",
        slot="active:ES256",
        created=datetime.now(UTC),
    )


@pytest.fixture
def logout_delivery(db: None) -> models.LogoutDelivery:
    return models.LogoutDelivery.objects.create(client_id="0.a-client", subject=PERSON, sid="0.a-session")


def _user(role: str) -> User:
    name = role.replace(" ", "-")
    if role == "superuser":
        return User.objects.create_superuser(name)
    user = User.objects.create_user(name, is_staff=role in ROLES)
    if role in ROLES:
        user.groups.add(Group.objects.get(name=role))
    return user


@pytest.fixture
def run(db: None) -> models.Run:
    schedule.perform("delete_expired")
    return models.Run.objects.get()
