"""Roles are tasks: who may do what in the admin, each tried for real."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client as Browser
from pytest_django.fixtures import Settings

from accounts.models import AuthenticatorApp, LoginSession, Mail, PeopleGroup, ResetLink, User
from accounts.sign_in import guesses
from tests.accounts.authenticator import add_app
from tests.accounts.signing_up import offered
from tests.accounts.way_back import offered_mail
from tests.admin.desk import (
    AUTHORIZATION,
    CLIENT,
    CONSENT,
    GROUP,
    KEYS,
    NEW_PASSWORD,
    NOTICES,
    RESOURCE,
    RUNS,
    SESSIONS,
    USER,
    Desk,
)
from tests.admin.pages import add_secret, edited, new
from tests.admin.staff import BrowserOf
from tests.support.builders import create
from tokens import models
from tokens.conf import conf
from tokens.keys import rotation
from tokens.protocol import journal
from tokens.protocol.records import Resource
from tokens.registration import resources
from tokens.staff_roles import ROLES
from tokens.stores import store

__all__ = ["offered_mail"]


def ended(desk: Desk) -> bool:
    return LoginSession.objects.get(pk=desk.sid).ended_at is not None


def deleted(desk: Desk) -> bool:
    """The person, the session and all that hangs on a sign-in."""
    gone = [not User.objects.filter(pk=desk.alice.pk).exists(), not LoginSession.objects.filter(pk=desk.sid).exists()]
    gone.append(store().journal.revoked([journal.subject(str(desk.alice.pk))], desk.alice.created))
    assert len({*gone}) == 1
    return gone[0]


def disabled(desk: Desk) -> bool:
    """With all that the person was signed in to."""
    off = not User.objects.get(pk=desk.alice.pk).is_active
    assert store().journal.revoked([journal.subject(str(desk.alice.pk))], desk.alice.created) == off
    return off


def find_a_person(desk: Desk) -> bool:
    return desk.sees(f"{USER}?q=ali", "alice")


def look_at_a_person(desk: Desk) -> bool:
    return desk.sees(desk.page(desk.alice, "change"), str(desk.alice.pk))


def see_why_a_sign_in_fails(desk: Desk) -> bool:
    return desk.sees(desk.page(desk.bob, "change"), "The account is disabled")


def see_that_somebody_guesses(desk: Desk) -> bool:
    words = "Wrong passwords in a row, in browsers in which the person had not"
    return desk.sees(desk.page(desk.alice, "change"), words)


def forget_wrong_passwords(desk: Desk) -> bool:
    desk.send(desk.page(desk.alice, "forgive"))
    return not guesses.counted(str(desk.alice.pk))


def read_the_history_of_a_person(desk: Desk) -> bool:
    return desk.sees(desk.page(desk.alice, "history"))


def add_a_person(desk: Desk) -> bool:
    desk.send(f"{USER}add/", username="carol", **NEW_PASSWORD)
    return User.objects.filter(username="carol").exists()


def change_an_address(desk: Desk) -> bool:
    return desk.change(desk.alice, email="alice@example.net").email == "alice@example.net"


def set_a_password(desk: Desk) -> bool:
    desk.send(desk.page(desk.alice, "password"), **NEW_PASSWORD)
    return User.objects.get(pk=desk.alice.pk).has_usable_password()


def invite_somebody(desk: Desk) -> bool:
    desk.send(f"{USER}invite/", address="zoe@example.org")
    return Mail.objects.filter(kind="invitation", recipient="zoe@example.org").exists()


def make_a_reset_link(desk: Desk) -> bool:
    page = desk.send(desk.page(desk.alice, "reset_link")).content.decode()
    assert ("/accounts/password/new/?link=" in page) == ResetLink.objects.exists()
    return ResetLink.objects.exists()


def remove_a_lost_second_factor(desk: Desk) -> bool:
    add_app(desk.alice)
    desk.send(desk.page(desk.alice, "remove_factors"))
    return not AuthenticatorApp.objects.exists()


def disable_an_account(desk: Desk) -> bool:
    desk.send(desk.page(desk.alice, "disable"))
    return disabled(desk)


def disable_accounts_in_the_list(desk: Desk) -> bool:
    desk.act(USER, "disable", desk.alice.pk)
    return disabled(desk)


def enable_an_account(desk: Desk) -> bool:
    desk.send(desk.page(desk.bob, "enable"))
    return User.objects.get(pk=desk.bob.pk).is_active


def see_sessions(desk: Desk) -> bool:
    return desk.sees(SESSIONS, "alice")


def end_a_session(desk: Desk) -> bool:
    desk.act(SESSIONS, "end_sessions", desk.sid)
    return ended(desk)


def end_all_sessions_of_a_person(desk: Desk) -> bool:
    desk.send(desk.page(desk.alice, "end_sessions"))
    return ended(desk)


def delete_a_person_who_has_a_session(desk: Desk) -> bool:
    desk.send(desk.page(desk.alice, "delete"), post="yes")
    return deleted(desk)


def delete_people_in_the_list(desk: Desk) -> bool:
    desk.act(USER, "delete_selected", desk.alice.pk, post="yes")
    return deleted(desk)


def make_a_group_of_people(desk: Desk) -> bool:
    desk.send(f"{GROUP}add/", name="bakers")
    return PeopleGroup.objects.filter(name="bakers").exists()


def put_a_person_into_a_group(desk: Desk) -> bool:
    return desk.change(desk.alice, people_groups=["hatters"]).people_groups.exists()


def give_a_role(desk: Desk) -> bool:
    role = Group.objects.get(name="support")
    return desk.change(desk.alice, is_staff="on", groups=[role.pk]).groups.exists()


def make_a_superuser(desk: Desk) -> bool:
    return desk.change(desk.alice, is_superuser="on").is_superuser


def see_what_people_allowed(desk: Desk) -> bool:
    return desk.sees(CONSENT, "openid email")


def withdraw_a_consent(desk: Desk) -> bool:
    desk.act(CONSENT, "withdraw", models.Consent.objects.get().pk)
    return not models.Consent.objects.exists()


def see_what_clients_were_given(desk: Desk) -> bool:
    return desk.sees(AUTHORIZATION, "openid email")


def revoke_an_authorization(desk: Desk) -> bool:
    authorization = models.Authorization.objects.get()
    desk.act(AUTHORIZATION, "revoke", authorization.pk)
    return store().authorizations.get(authorization.pk, datetime.now(UTC)) is None


def see_logout_notices(desk: Desk) -> bool:
    return desk.sees(NOTICES)


def try_a_notice_again(desk: Desk) -> bool:
    desk.act(NOTICES, "try_again", models.LogoutDelivery.objects.get().pk)
    return models.LogoutDelivery.objects.get().due is not None


def look_at_a_client(desk: Desk) -> bool:
    return desk.sees(f"{desk.client_page}change/", "A site")


def make_a_client(desk: Desk) -> bool:
    desk.send(f"{CLIENT}add/", **new(client_name="Another"))
    return models.Client.objects.filter(client_name="Another").exists()


def change_a_client(desk: Desk) -> bool:
    desk.send(f"{desk.client_page}change/", **edited(desk.client, redirect_uris="https://rp.example/new"))
    return store().clients.get(desk.client.pk).redirect_uris == ("https://rp.example/new",)  # type: ignore[union-attr]


def disable_a_client(desk: Desk) -> bool:
    desk.act(CLIENT, "disable", desk.client.pk)
    return not desk.client.enabled


def end_all_that_a_client_was_given(desk: Desk) -> bool:
    desk.act(CLIENT, "end_given", desk.client.pk)
    return store().journal.revoked([journal.client(desk.client.pk)], desk.client.created)


def delete_a_client(desk: Desk) -> bool:
    desk.send(f"{desk.client_page}delete/", post="yes")
    return not models.Client.objects.exists()


def add_a_secret(desk: Desk) -> bool:
    if desk.browser.get(f"{desk.client_page}change/").status_code == 200:
        add_secret(desk.browser, desk.client)
    else:
        desk.send(f"{desk.client_page}secrets/add/", latest=models.ClientSecret.objects.get().pk)
    return models.ClientSecret.objects.count() == 2


def end_a_secret(desk: Desk) -> bool:
    desk.send(f"{desk.client_page}secrets/{models.ClientSecret.objects.get().pk}/end/")
    return not models.ClientSecret.objects.exists()


def preview_what_a_client_gets(desk: Desk) -> bool:
    answer = desk.send(f"{desk.client_page}trial/preview/", scope=["openid"], person="alice")
    return bool(answer.status_code == 200)


def try_a_client(desk: Desk) -> bool:
    return desk.send(f"{desk.client_page}trial/try/", scope=["openid"]).status_code in (302, 303)


def look_at_a_resource(desk: Desk) -> bool:
    return desk.sees(RESOURCE, "urn:orders")


def make_a_resource(desk: Desk) -> bool:
    made = {"identifier": "urn:bills", "name": "Bills", "scope": "bills:read", "access_token_format": "jwt"}
    chosen = {"access_token_signed_response_alg": "RS256", "access_token_typ": "at+jwt"}
    desk.send(f"{RESOURCE}add/", **made, **chosen)
    return models.Resource.objects.filter(identifier="urn:bills").exists()


def delete_a_resource(desk: Desk) -> bool:
    desk.send(f"{RESOURCE}{models.Resource.objects.get().pk}/delete/", post="yes")
    return not models.Resource.objects.exists()


def see_the_signing_keys(desk: Desk) -> bool:
    return desk.sees(KEYS, models.SigningKey.objects.get().kid)


def replace_a_key(desk: Desk) -> bool:
    desk.act(KEYS, "replace", models.SigningKey.objects.get().kid)
    return models.SigningKey.objects.filter(state="next").exists()


def revoke_a_key(desk: Desk) -> bool:
    kid = models.SigningKey.objects.get().kid
    desk.act(KEYS, "revoke", kid)
    return models.SigningKey.objects.get(kid=kid).state == "revoked"


def see_scheduled_work(desk: Desk) -> bool:
    return desk.sees(RUNS, "Scheduled work")


SUPPORT, AUDITOR, CLIENTS, PEOPLE, KEY = "support", "auditor", "client manager", "user manager", "key manager"
LOOKING = (SUPPORT, AUDITOR)
ACCOUNTS = (SUPPORT, PEOPLE)
TASKS: Mapping[Callable[[Desk], bool], tuple[str, ...]] = {
    find_a_person: (*LOOKING, PEOPLE),
    look_at_a_person: (*LOOKING, PEOPLE),
    see_why_a_sign_in_fails: (*LOOKING, PEOPLE),
    see_that_somebody_guesses: (*LOOKING, PEOPLE),
    forget_wrong_passwords: ACCOUNTS,
    read_the_history_of_a_person: (*LOOKING, PEOPLE),
    add_a_person: (PEOPLE,),
    change_an_address: (PEOPLE,),
    set_a_password: (PEOPLE,),
    make_a_reset_link: ACCOUNTS,
    invite_somebody: (PEOPLE,),
    remove_a_lost_second_factor: (PEOPLE,),
    disable_an_account: ACCOUNTS,
    disable_accounts_in_the_list: ACCOUNTS,
    enable_an_account: ACCOUNTS,
    see_sessions: (*LOOKING, PEOPLE),
    end_a_session: ACCOUNTS,
    end_all_sessions_of_a_person: ACCOUNTS,
    delete_a_person_who_has_a_session: (PEOPLE,),
    delete_people_in_the_list: (PEOPLE,),
    make_a_group_of_people: (PEOPLE,),
    put_a_person_into_a_group: (PEOPLE,),
    give_a_role: (),
    make_a_superuser: (),
    see_what_people_allowed: LOOKING,
    withdraw_a_consent: (SUPPORT,),
    see_what_clients_were_given: LOOKING,
    revoke_an_authorization: (SUPPORT,),
    see_logout_notices: LOOKING,
    try_a_notice_again: (SUPPORT,),
    look_at_a_client: (*LOOKING, CLIENTS),
    make_a_client: (CLIENTS,),
    change_a_client: (CLIENTS,),
    disable_a_client: (CLIENTS,),
    end_all_that_a_client_was_given: (CLIENTS,),
    delete_a_client: (CLIENTS,),
    add_a_secret: (CLIENTS,),
    end_a_secret: (CLIENTS,),
    preview_what_a_client_gets: (*LOOKING, CLIENTS),
    try_a_client: (CLIENTS,),
    look_at_a_resource: (*LOOKING, CLIENTS),
    make_a_resource: (CLIENTS,),
    delete_a_resource: (CLIENTS,),
    see_the_signing_keys: (AUDITOR, KEY),
    replace_a_key: (KEY,),
    revoke_a_key: (KEY,),
    see_scheduled_work: (*LOOKING, KEY),
}
"""Who does it, beside superusers, who do all."""
STAFF = (*ROLES, "superuser", "staff without a role")


@pytest.fixture
def desk_of(
    settings: Settings,
    offered_mail: None,
    browser_of: BrowserOf,
    consent: models.Consent,
    authorization: models.Authorization,
    logout_delivery: models.LogoutDelivery,
) -> Callable[[str], Desk]:
    settings.TOKENS = replace(conf(), signing_algs=("RS256",))
    settings.ACCOUNTS = offered("invited")
    rotation.create_missing(datetime.now(UTC))
    models.LogoutDelivery.objects.update(due=None)
    create("web", "A site", ["https://rp.example/cb"])
    resources.create(Resource(identifier="urn:orders", scope=("orders:read",), name="Orders"))
    PeopleGroup.objects.create(name="hatters")
    alice, bob = User.objects.create_user("alice"), User.objects.create_user("bob", is_active=False)
    Browser().force_login(alice)
    sid = LoginSession.objects.get().pk
    Browser().post("/accounts/login/", {"login": "alice", "password": "not the password"})

    def at(role: str) -> Desk:
        browser = browser_of("anonymous")
        if role == "staff without a role":
            browser.force_login(User.objects.create_user("staff", is_staff=True))
        else:
            browser = browser_of(role)
        return Desk(browser, User.objects.get(pk=alice.pk), bob, sid)

    return at


@pytest.mark.covers("S71 admin-sessions", "S71 admin-tokens", "S71 admin-consents")
@pytest.mark.parametrize("role", STAFF)
def test_each_role_does_its_tasks_and_no_other(role: str, desk_of: Callable[[str], Desk]) -> None:
    desk, done = desk_of(role), {}
    cookies = desk.browser.cookies.output(header="", sep=";")
    for task in TASKS:
        # A task may change the key of the session, which is taken back here with all the rest.
        desk.browser.cookies.load(cookies)
        with transaction.atomic():
            done[task.__name__] = task(desk)
            transaction.set_rollback(True)
    assert done == {task.__name__: role == "superuser" or role in roles for task, roles in TASKS.items()}


def test_every_role_has_tasks() -> None:
    assert {role for roles in TASKS.values() for role in roles} == set(ROLES)
