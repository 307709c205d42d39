"""Whom a trial is of: previews of those who would be sent back, and what a test sign-in leaves of a consent."""

import html
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client as Browser

from accounts.models import PeopleGroup, User
from tests.admin.staff import BrowserOf
from tests.admin.test_clients_command import made
from tests.admin.test_trial import alice, begun, claims, url, walked
from tests.support.fixtures import make_keys
from tokens import models
from tokens.protocol import journal

ACCOUNT_DISABLED = "the person's account is disabled: they cannot sign in"
MAY_NOT = "the person may not use this client"


def test_a_preview_says_that_a_person_who_is_in_none_of_the_clients_groups_would_get_nothing(
    browser_of: BrowserOf, db: None
) -> None:
    make_keys()
    hatters, person = PeopleGroup.objects.create(name="hatters"), alice()
    client = made(scope="openid groups", allowed_groups=["hatters"])
    form = {"scope": ["openid", "groups"], "person": "alice"}
    browser = browser_of("superuser")
    refused = browser.post(url(client, "preview/"), form)
    assert (claims(refused), "the person may not use this client" in refused.content.decode()) == ([], True)
    person.people_groups.add(hatters)
    id_token, _, userinfo = claims(browser.post(url(client, "preview/"), form))
    assert id_token["groups"] == userinfo["groups"] == ["hatters"]


@pytest.mark.parametrize("page", ["preview/", "preview_consent/"])
@pytest.mark.parametrize("disabled", [False, True])
@pytest.mark.parametrize("groups", [(), ("hares",), ("hatters",), ("hares", "hatters")])
@pytest.mark.parametrize("allowed", [(), ("hatters",)])
def test_a_person_who_would_be_sent_back_is_judged_so_in_both_previews(
    allowed: tuple[str, ...], groups: tuple[str, ...], disabled: bool, page: str, browser_of: BrowserOf, db: None
) -> None:
    make_keys()
    for name in ("hares", "hatters"):
        PeopleGroup.objects.create(name=name)
    client, person = made(allowed_groups=list(allowed)), alice()
    person.people_groups.set(PeopleGroup.objects.filter(name__in=groups))
    User.objects.filter(pk=person.pk).update(is_active=not disabled)
    answer = browser_of("superuser").post(url(client, page), {"scope": ["openid"], "person": "alice"})
    may_use = not allowed or not set(groups).isdisjoint(allowed)
    told = ACCOUNT_DISABLED if disabled else None if may_use else MAY_NOT
    text = answer.content.decode()
    assert ("<strong>access_denied</strong>" in text) == (told is not None)
    assert {each for each in (ACCOUNT_DISABLED, MAY_NOT) if each in html.unescape(text)} == ({told} - {None})
    assert ("Allow <bdi>" in text or bool(claims(answer))) == (told is None)


@pytest.mark.parametrize("answer", ["allow", "deny"])
@pytest.mark.parametrize("before", [None, "openid", "openid profile"])
@pytest.mark.parametrize("is_looked_at", [True, False])
def test_a_test_sign_in_leaves_what_was_allowed_before_as_it_was(
    is_looked_at: bool, before: str | None, answer: str, manager: Browser
) -> None:
    make_keys()
    site = made(scope="openid profile email")
    own, now = User.objects.get(username="client-manager"), datetime.now(UTC)
    if before is not None:
        models.Consent.objects.create(
            id="0.before",
            subject=own.pk,
            client_id=site.client_id,
            scope=before,
            granted_at=now - timedelta(days=1),
            expires=now + timedelta(days=1),
        )
    held_before = list(models.Consent.objects.values())
    end = walked(manager, begun(manager, site), answer)
    if is_looked_at:
        assert len(claims(manager.get(end))) == (3 if answer == "allow" else 0)
    assert list(models.Consent.objects.values()) == held_before
    assert not models.Revocation.objects.filter(key=journal.consent("0.before")).exists()
