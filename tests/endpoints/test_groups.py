"""Groups and attributes of people: who is told of them, and who may use which client."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import PeopleGroup, User
from tests.endpoints.lifecycle import is_active, refresh
from tests.endpoints.test_id_tokens import read
from tests.support import builders
from tests.support.builders import change_clients, save_code
from tests.support.endpoints import exchange, location, post, say, tokens_of
from tests.support.held import held
from tests.support.messages import (
    AUTHORIZE,
    REDIRECT_URI,
    TOKEN,
    USERINFO,
    Registered,
    authorization_request,
    basic,
    bearer,
    refused,
)
from tokens.grants import GRANTS, Grant, authorization_code
from tokens.protocol import records
from tokens.protocol.token_request import TokenRequest

CONSENT = "/oauth2/consent"
Scope = tuple[str, ...]
Then = Callable[[], None]
REFUSED = "the person may not use this client"


def join(person: User, *names: str) -> None:
    person.people_groups.set([PeopleGroup.objects.get_or_create(name=name)[0] for name in names])


def told(sender: Client, tokens: dict[str, Any]) -> dict[str, Any]:
    """What userinfo tells, which is what the ID token says."""
    said: dict[str, Any] = sender.get(USERINFO, headers=bearer(tokens["access_token"])).json()
    identity = read(tokens["id_token"], "RS256")
    assert {name: identity.get(name) for name in said} == said
    return said


# --- What is told


@pytest.mark.covers("S28 scope")
def test_the_scope_groups_tells_a_persons_groups_and_never_the_admins_roles(
    anybody: Client, alice: User, web: Registered
) -> None:
    alice.groups.add(Group.objects.get_or_create(name="auditor")[0], Group.objects.create(name="tea"))
    subject = str(alice.pk)
    assert told(anybody, tokens_of(anybody, web, subject, scope=("openid", "groups"))) == {"sub": subject, "groups": []}
    join(alice, "tea drinkers", "hatters")
    tokens = tokens_of(anybody, web, subject, scope=("openid", "groups", "offline_access"))
    assert told(anybody, tokens)["groups"] == ["hatters", "tea drinkers"]
    join(alice, "hatters")
    assert told(anybody, refresh(anybody, web, tokens["refresh_token"]).json())["groups"] == ["hatters"]
    assert "groups" not in told(anybody, tokens_of(anybody, web, subject, scope=("openid", "profile", "email")))


@pytest.mark.covers("S28 scope")
def test_each_client_has_its_own_mapping(anybody: Client, alice: User) -> None:
    User.objects.update(attributes={"department": "Tea", "salary": 1})
    join(alice, "shop-admin", "shop-buyer", "hatters")
    mapping = ["profile department attribute:department", "groups roles groups:shop-*", "groups groups groups:hat*"]
    shop, other = builders.register("web", claims_mapping=mapping, skip_consent=True), builders.register("web")
    scope = ("openid", "profile", "groups")
    said = told(anybody, tokens_of(anybody, shop, alice.pk, scope=scope))
    assert (said["department"], said["roles"], said["groups"]) == ("Tea", ["shop-admin", "shop-buyer"], ["hatters"])
    assert "salary" not in said
    said = told(anybody, tokens_of(anybody, other, alice.pk, scope=scope))
    assert said.keys().isdisjoint({"department", "roles", "salary"})
    assert said["groups"] == ["hatters", "shop-admin", "shop-buyer"]


def test_groups_are_the_first_that_an_id_token_has_no_room_for(
    anybody: Client, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    join(alice, *(f"{number:03}" + "g" * 60 for number in range(101)))
    User.objects.update(picture="https://example.org/" + "p" * 480, attributes={"note": "n" * 1000})
    client = builders.register(
        "web", claims_mapping=["groups roles groups", "profile note attribute:note"], skip_consent=True
    )
    tokens = tokens_of(anybody, client, alice.pk, scope=("openid", "profile", "groups"))
    said, identity = (
        anybody.get(USERINFO, headers=bearer(tokens["access_token"])).json(),
        read(tokens["id_token"], "RS256"),
    )
    assert said.keys() - identity.keys() == {"roles", "groups"}
    assert [len(said["roles"]), len(said["groups"])] == [100, 100]
    assert len(tokens["id_token"]) <= 5000
    assert "an ID token had no room for" in caplog.text
    assert "ggg" not in caplog.text


@pytest.mark.covers("S75 scope")
def test_consent_names_what_a_mapping_adds_and_is_asked_again_when_that_is_more(
    anybody: Client, browser: Client, alice: User
) -> None:
    User.objects.update(attributes={"department": "Tea", "salary": 1})
    client = builders.register("web", claims_mapping=["profile dept attribute:department"])
    request = authorization_request(client, scope="openid profile offline_access", prompt="consent")
    page, query = location(browser.get(AUTHORIZE, request))
    assert page == CONSENT
    assert "See your “<bdi>department</bdi>”" in browser.get(CONSENT, query).content.decode()
    back = say(browser, query["interaction"])
    code = location(browser.get(back["Location"]))[1]["code"]
    tokens = exchange(anybody, client, code).json()
    assert told(anybody, tokens)["dept"] == "Tea"
    change_clients(claims_mapping=["profile dept attribute:department", "profile pay attribute:salary"])
    assert "pay" not in told(anybody, refresh(anybody, client, tokens["refresh_token"]).json())
    again = authorization_request(client, scope="openid profile")
    page, query = location(browser.get(AUTHORIZE, again))
    assert page == CONSENT
    shown = browser.get(CONSENT, query).content.decode()
    assert "See your “<bdi>salary</bdi>”" in shown
    assert shown.count('class="new"') == 1
    back = say(browser, query["interaction"])
    tokens = exchange(anybody, client, location(browser.get(back["Location"]))[1]["code"]).json()
    assert told(anybody, tokens)["pay"] == 1


@pytest.mark.covers("S28 scope")
def test_a_mapped_claim_may_be_asked_for_by_name_if_the_client_may_have_its_scope(
    browser: Client, anybody: Client, alice: User
) -> None:
    User.objects.update(attributes={"department": "Tea"})
    mapping = ["email dept attribute:department"]
    for scope, expected in (("openid email", "Tea"), ("openid", None)):
        client = builders.register("web", claims_mapping=mapping, skip_consent=True, scope=scope)
        asked = json.dumps({"id_token": {"dept": None}, "userinfo": {"dept": None}})
        answer = browser.get(AUTHORIZE, authorization_request(client, scope="openid", claims=asked))
        tokens = exchange(anybody, client, location(answer)[1]["code"]).json()
        assert told(anybody, tokens).get("dept") == expected


# --- Who may use which client


@pytest.fixture
def exchanged_by_anybody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A grant that is made up here: it believes that the person of this authorization is the client's."""

    def redeem(request: TokenRequest, client: records.Client, now: datetime) -> records.Issuance:
        return replace(authorization_code.redeem(request, client, now), members={"issued_token_type": "x"})

    assert isinstance(GRANTS, dict)
    monkeypatch.setitem(GRANTS, "urn:later", Grant(redeem, parameters=("code", "redirect_uri", "code_verifier")))


def at_exchange(sender: Client, client: Registered, person: User, scope: Scope, then: Then) -> Any:
    code, _ = save_code(client.client_id, str(person.pk), scope=scope)
    then()
    return exchange(sender, client, code)


def at_a_later_grant(sender: Client, client: Registered, person: User, scope: Scope, then: Then) -> Any:
    code, _ = save_code(client.client_id, str(person.pk), scope=scope)
    then()
    return exchange(sender, client, code, grant_type="urn:later")


def at_refresh(sender: Client, client: Registered, person: User, scope: Scope, then: Then) -> Any:
    tokens = tokens_of(sender, client, person.pk, scope=scope)
    then()
    return refresh(sender, client, tokens["refresh_token"])


def at_userinfo(sender: Client, client: Registered, person: User, scope: Scope, then: Then) -> Any:
    tokens = tokens_of(sender, client, person.pk, scope=("openid", *scope))
    then()
    return sender.get(USERINFO, headers=bearer(tokens["access_token"]))


PLACES = {
    at_exchange: (400, "invalid_grant"),
    at_a_later_grant: (400, "invalid_grant"),
    at_refresh: (400, "invalid_grant"),
    at_userinfo: (401, "invalid_token"),
}


@pytest.mark.covers("CVE-2026-93999")
@pytest.mark.usefixtures("exchanged_by_anybody")
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("scope", ["openid profile", "openid", "profile"])
@pytest.mark.parametrize("claims_in_id_token", [True, False])
@pytest.mark.parametrize("left", [False, True])
def test_who_is_in_none_of_a_clients_groups_gets_nothing_for_it_wherever_it_is_issued(
    anybody: Client, alice: User, place: Any, scope: str, claims_in_id_token: bool, left: bool
) -> None:
    join(alice, "staff", "hatters")
    client = builders.register(
        "web",
        allowed_groups=["hatters", "admins"],
        claims_in_id_token=claims_in_id_token,
        rotate_refresh_tokens=True,
        grant_types=["authorization_code", "refresh_token", "urn:later"],
    )
    then = (lambda: join(alice, "staff")) if left else (lambda: None)
    answer = place(anybody, client, alice, tuple(scope.split()), then)
    if not left:
        assert answer.status_code == 200
        return
    status, error = PLACES[place]
    reason = {"invalid_grant": "grant_of_excluded_person", "invalid_token": "access_token_of_excluded_person"}[error]
    assert (answer.status_code, answer.json()) == (status, refused(error, REFUSED, reason))


@pytest.mark.parametrize("left", [False, True])
@pytest.mark.parametrize("by_the_api", [False, True])
@pytest.mark.parametrize("told_of_the_person", [False, True])
@pytest.mark.parametrize("held", ["jwt", "opaque", "refresh_token"])
def test_the_tokens_of_who_is_in_none_of_a_clients_groups_are_inactive_until_they_join_again(
    anybody: Client, alice: User, held: str, told_of_the_person: bool, by_the_api: bool, left: bool
) -> None:
    join(alice, "staff", "hatters")
    client, api = builders.register("web", allowed_groups=["hatters"]), builders.register("api", "")
    identifier = builders.protect(
        "urn:api",
        "read",
        caller=client,
        owner=api,
        access_token_format="opaque" if held == "opaque" else "jwt",
        introspection_claims=("email",) if told_of_the_person else (),
    )
    tokens = tokens_of(anybody, client, alice.pk, resource=(identifier,), scope=("openid", "read", "offline_access"))
    token = tokens["refresh_token" if held == "refresh_token" else "access_token"]
    asker = api if by_the_api else client
    # A refresh token is nobody's but its client's.
    is_told = held != "refresh_token" or not by_the_api
    if left:
        join(alice, "staff")
    assert is_active(anybody, asker, token) is (is_told and not left)
    join(alice, "hatters")
    assert is_active(anybody, asker, token) is is_told


@pytest.mark.covers("S33 person")
def test_who_joins_again_goes_on_with_the_refresh_token_that_was_refused(anybody: Client, alice: User) -> None:
    join(alice, "hatters")
    client = builders.register("web", allowed_groups=["hatters"], rotate_refresh_tokens=True)
    held = tokens_of(anybody, client, alice.pk)["refresh_token"]
    join(alice)
    assert refresh(anybody, client, held).json()["error"] == "invalid_grant"
    join(alice, "hatters")
    assert refresh(anybody, client, held).status_code == 200


def test_a_refresh_that_is_refused_does_not_keep_its_token_alive(anybody: Client, alice: User, clock: Any) -> None:
    join(alice, "hatters")
    client = builders.register("web", allowed_groups=["hatters"])
    ends = datetime.now(UTC) + timedelta(days=100)
    token = tokens_of(anybody, client, alice.pk, authorization_expires=ends)["refresh_token"]
    (before,) = held(records.RefreshToken)
    clock(datetime.now(UTC) + timedelta(hours=1))
    join(alice)
    assert refresh(anybody, client, token).status_code == 400
    assert held(records.RefreshToken) == [before]
    join(alice, "hatters")
    assert refresh(anybody, client, token).status_code == 200
    (after,) = held(records.RefreshToken)
    assert after.expires - before.expires > timedelta(minutes=59)


@pytest.mark.parametrize("prompt", [None, "none", "consent"])
@pytest.mark.parametrize("skip_consent", [False, True])
@pytest.mark.parametrize("group", ["hatters", "staff", None])
def test_the_client_is_told_that_somebody_may_not_use_it_before_anything_is_asked(
    browser: Client, alice: User, prompt: str | None, skip_consent: bool, group: str | None
) -> None:
    join(alice, *([group] if group else []))
    client = builders.register("web", allowed_groups=["hatters"], skip_consent=skip_consent)
    page, answered = location(browser.get(AUTHORIZE, authorization_request(client, prompt=prompt)))
    if group != "hatters":
        assert (page, answered["error"], answered["error_description"]) == (REDIRECT_URI, "access_denied", REFUSED)
    elif prompt == "consent" or not skip_consent:
        assert (page, answered.get("error")) in [(CONSENT, None), (REDIRECT_URI, "consent_required")]
    else:
        assert "code" in answered


@pytest.mark.parametrize("prompt", ["login", "select_account"])
def test_who_may_choose_another_account_is_not_refused_before_they_did(
    browser: Client, alice: User, prompt: str
) -> None:
    client = builders.register("web", allowed_groups=["hatters"])
    page, _ = location(browser.get(AUTHORIZE, authorization_request(client, prompt=prompt)))
    assert page in ("/accounts/reauthenticate/", "/oauth2/select_account")


def test_a_group_that_is_gone_lets_nobody_in(browser: Client, alice: User) -> None:
    join(alice, "hatters")
    client = builders.register("web", allowed_groups=["hatters"], skip_consent=True)
    PeopleGroup.objects.all().delete()
    assert location(browser.get(AUTHORIZE, authorization_request(client)))[1]["error"] == "access_denied"


def test_a_client_that_acts_for_itself_is_in_no_group_and_needs_none(anybody: Client) -> None:
    client = builders.register("machine", "", allowed_groups=["hatters"], scope="email")
    form = {"grant_type": "client_credentials"}
    assert post(anybody, TOKEN, form, basic(client.client_id, client.client_secret)).status_code == 200
