"""Who may do what in the admin."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client as Browser

from accounts.models import LoginSession, User
from tests.admin.staff import BrowserOf
from tests.support.builders import create
from tokens import models
from tokens.protocol.records import Resource
from tokens.registration import resources
from tokens.staff_roles import ROLES

CHANGELISTS = ("client", "resource", "consent", "authorization", "signingkey", "run", "logoutdelivery")
PEOPLE = ("anonymous", "person", "auditor", "support", "client manager", "user manager", "key manager", "superuser")

SIGN_IN, NO, YES = 302, 403, 200
"""What each answers to PEOPLE, in that order: to the sign-in page, no, yes."""
NOBODY = [SIGN_IN, SIGN_IN, NO, NO, NO, NO, NO, NO]
READERS = [SIGN_IN, SIGN_IN, YES, YES, NO, NO, NO, YES]
RUN_READERS = [SIGN_IN, SIGN_IN, YES, YES, NO, NO, YES, YES]
KEY_READERS = [SIGN_IN, SIGN_IN, YES, NO, NO, NO, YES, YES]
CLIENT_READERS = [SIGN_IN, SIGN_IN, YES, YES, YES, NO, NO, YES]
MANAGERS = [SIGN_IN, SIGN_IN, NO, NO, YES, NO, NO, YES]
ALL_STAFF = [SIGN_IN, SIGN_IN, YES, YES, YES, YES, YES, YES]
GET = {
    "/admin/": ALL_STAFF,
    "/admin/tokens/": [SIGN_IN, SIGN_IN, YES, YES, YES, 404, YES, YES],
    "/admin/tokens/client/": CLIENT_READERS,
    "/admin/tokens/client/add/": MANAGERS,
    "/admin/tokens/client/{client}/change/": CLIENT_READERS,
    "/admin/tokens/client/{client}/history/": CLIENT_READERS,
    "/admin/tokens/client/{client}/delete/": MANAGERS,
    "/admin/tokens/resource/": CLIENT_READERS,
    "/admin/tokens/resource/add/": MANAGERS,
    "/admin/tokens/resource/{resource}/change/": CLIENT_READERS,
    "/admin/tokens/resource/{resource}/history/": CLIENT_READERS,
    "/admin/tokens/resource/{resource}/delete/": MANAGERS,
    "/admin/tokens/consent/": READERS,
    "/admin/tokens/consent/add/": NOBODY,
    "/admin/tokens/consent/{consent}/change/": READERS,
    "/admin/tokens/consent/{consent}/delete/": NOBODY,
    "/admin/tokens/authorization/": READERS,
    "/admin/tokens/authorization/add/": NOBODY,
    "/admin/tokens/authorization/{authorization}/change/": READERS,
    "/admin/tokens/authorization/{authorization}/delete/": NOBODY,
    "/admin/tokens/logoutdelivery/": READERS,
    "/admin/tokens/logoutdelivery/add/": NOBODY,
    "/admin/tokens/logoutdelivery/{logout_delivery}/change/": READERS,
    "/admin/tokens/logoutdelivery/{logout_delivery}/delete/": NOBODY,
    "/admin/tokens/signingkey/": KEY_READERS,
    "/admin/tokens/signingkey/add/": NOBODY,
    "/admin/tokens/signingkey/{signing_key}/change/": KEY_READERS,
    "/admin/tokens/signingkey/{signing_key}/delete/": NOBODY,
    "/admin/tokens/run/": RUN_READERS,
    "/admin/tokens/run/add/": NOBODY,
    "/admin/tokens/run/{run}/change/": RUN_READERS,
    "/admin/tokens/run/{run}/delete/": NOBODY,
}
"""Every address of ours in the admin."""

POST: dict[str, tuple[dict[str, Any], list[int]]] = {
    "/admin/tokens/client/{client}/change/": ({}, MANAGERS),
    "/admin/tokens/client/{client}/secrets/add/": ({"latest": "none"}, [NO, SIGN_IN, NO, NO, SIGN_IN, NO, NO, SIGN_IN]),
    "/admin/tokens/client/{client}/secrets/0/end/": ({}, [SIGN_IN, SIGN_IN, NO, NO, SIGN_IN, NO, NO, SIGN_IN]),
    "/admin/tokens/client/{client}/secrets/0/expire/": ({}, [SIGN_IN, SIGN_IN, NO, NO, SIGN_IN, NO, NO, SIGN_IN]),
    "/admin/tokens/client/{client}/delete/": ({}, MANAGERS),
    "/admin/tokens/resource/add/": ({}, MANAGERS),
    "/admin/tokens/resource/{resource}/change/": ({}, MANAGERS),
    "/admin/tokens/resource/{resource}/delete/": ({}, MANAGERS),
    "/admin/tokens/consent/{consent}/change/": ({}, NOBODY),
    "/admin/tokens/authorization/{authorization}/change/": ({}, NOBODY),
    "/admin/tokens/logoutdelivery/{logout_delivery}/change/": ({}, NOBODY),
    "/admin/tokens/signingkey/{signing_key}/change/": ({}, NOBODY),
    "/admin/tokens/run/{run}/change/": ({}, NOBODY),
}
"""What may be sent: harmless, so that all can be asked the same. Who is signed out and had typed something gets it back
on a page that says no."""


@pytest.fixture
def ids(
    consent: models.Consent,
    authorization: models.Authorization,
    signing_key: models.SigningKey,
    run: models.Run,
    logout_delivery: models.LogoutDelivery,
) -> dict[str, object]:
    client, _ = create("web", "A site", ["https://rp.example/cb"])
    resources.create(Resource(identifier="urn:orders", scope=("orders:read",), name="Orders"))
    resource = models.Resource.objects.get()
    return {
        "client": client.client_id.replace("_", "_5F"),
        "resource": resource.pk,
        "consent": consent.pk,
        "authorization": authorization.pk,
        "signing_key": signing_key.pk,
        "run": run.pk,
        "logout_delivery": logout_delivery.pk,
    }


@pytest.mark.covers("CVE-2026-55106")
@pytest.mark.parametrize("role", PEOPLE)
def test_each_role_sees_its_pages_and_no_other(role: str, browser_of: BrowserOf, ids: dict[str, object]) -> None:
    browser = browser_of(role)
    seen = {url: browser.get(url.format(**ids)).status_code for url in GET}
    assert seen == {url: statuses[PEOPLE.index(role)] for url, statuses in GET.items()}


@pytest.mark.covers("CVE-2026-55106", "CVE-2026-49448")
@pytest.mark.parametrize("role", PEOPLE)
def test_each_role_sends_its_forms_and_no_other(role: str, browser_of: BrowserOf, ids: dict[str, object]) -> None:
    browser = browser_of(role)
    seen = {url: browser.post(url.format(**ids), form).status_code for url, (form, _) in POST.items()}
    assert seen == {url: statuses[PEOPLE.index(role)] for url, (_, statuses) in POST.items()}


@pytest.mark.covers("CVE-2026-55106")
def test_no_page_of_ours_is_missing_from_the_matrix() -> None:

    registered = {model.__name__.lower() for model in admin.site._registry if model._meta.app_label == "tokens"}
    assert registered == set(CHANGELISTS)
    assert {name for url in GET for name in CHANGELISTS if f"/tokens/{name}/" in url} == registered


@pytest.mark.parametrize("role", PEOPLE)
def test_each_role_is_offered_the_actions_that_it_may_take(
    role: str, browser_of: BrowserOf, ids: dict[str, object]
) -> None:
    browser = browser_of(role)
    offered = {name: _actions(browser, f"/admin/tokens/{name}/") for name in CHANGELISTS}
    manages = (
        {"delete_selected", "disable", "enable", "end_given"} if role in ("client manager", "superuser") else set()
    )
    supports = role in ("support", "superuser")
    assert offered == {
        "client": manages,
        "resource": set(),
        "consent": {"withdraw"} if supports else set(),
        "authorization": {"revoke"} if supports else set(),
        "signingkey": {"replace", "revoke"} if role in ("key manager", "superuser") else set(),
        "run": set(),
        "logoutdelivery": {"try_again"} if supports else set(),
    }


@pytest.mark.parametrize(("role", "ends"), [("auditor", False), ("support", True), ("superuser", True)])
def test_support_ends_sessions(role: str, ends: bool, browser_of: BrowserOf) -> None:
    browser_of("person")
    browser, url = browser_of(role), "/admin/accounts/loginsession/"
    assert ("end_sessions" in _actions(browser, url)) == ends
    sid = LoginSession.objects.get(user__username="person").pk
    browser.post(url, {"action": "end_sessions", "_selected_action": [sid]})
    assert (LoginSession.objects.get(pk=sid).ended_at is not None) == ends


def test_a_form_without_its_csrf_token_is_refused(ids: dict[str, object], browser_of: BrowserOf) -> None:
    signed_in = browser_of("superuser")
    browser = Browser(enforce_csrf_checks=True)
    browser.cookies = signed_in.cookies
    urls = ["/admin/tokens/client/add/", *(url for url in POST if "client" in url or "resource" in url)]
    assert {url: browser.post(url.format(**ids)).status_code for url in urls} == dict.fromkeys(urls, 403)


def test_secrets_are_never_changed_by_a_get(ids: dict[str, object], browser_of: BrowserOf) -> None:
    browser = browser_of("superuser")
    urls = [url for url in POST if "secrets" in url]
    assert {url: browser.get(url.format(**ids)).status_code for url in urls} == dict.fromkeys(urls, 405)


def test_the_roles_are_there_after_migrate(db: None) -> None:
    assert _roles() == {name: set(permissions) for name, permissions in ROLES.items()}


def test_what_an_operator_took_from_a_role_stays_taken(db: None) -> None:
    role = Group.objects.get(name="client manager")
    role.permissions.remove(role.permissions.get(codename="delete_client"))
    call_command("migrate", verbosity=0)
    assert _roles()["client manager"] == set(ROLES["client manager"]) - {"tokens.delete_client"}


def test_a_superuser_gives_a_role_to_a_person(browser_of: BrowserOf) -> None:
    root, person = browser_of("superuser"), User.objects.create_user("carol")
    url, role = f"/admin/accounts/user/{person.pk}/change/", Group.objects.get(name="auditor")
    answer = root.post(url, {"username": "carol", "is_active": "on", "is_staff": "on", "groups": [role.pk]})
    assert answer.status_code == 302, answer.context["errors"]
    assert User.objects.get(pk=person.pk).has_perm("tokens.view_signingkey")


@pytest.mark.parametrize("role", ROLES)
def test_no_role_can_give_rights(role: str, browser_of: BrowserOf) -> None:
    browser, person = browser_of(role), User.objects.create_user("carol")
    form = {"username": "carol", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    manages = role == "user manager"
    answer = browser.post(f"/admin/accounts/user/{person.pk}/change/", form)
    assert answer.status_code == (302 if manages else 403)
    after = User.objects.get(pk=person.pk)
    assert (after.is_staff, after.is_superuser) == (False, False)
    if manages:
        return
    assert browser.get("/admin/accounts/user/add/").status_code == 403
    assert browser.get(f"/admin/accounts/user/{person.pk}/password/").status_code in (403, 404)


def test_a_role_that_was_deleted_comes_back_whole(db: None) -> None:
    Group.objects.get(name="support").delete()
    call_command("migrate", verbosity=0)
    assert _roles()["support"] == set(ROLES["support"])


def _roles() -> dict[str, set[str]]:
    return {
        role.name: {f"{held.content_type.app_label}.{held.codename}" for held in role.permissions.all()}
        for role in Group.objects.all()
    }


def _actions(browser: Browser, url: str) -> set[str]:
    answer = browser.get(url)
    form = answer.context.get("action_form") if answer.status_code == 200 else None
    return {name for name, _ in form.fields["action"].choices if name} if form else set()
