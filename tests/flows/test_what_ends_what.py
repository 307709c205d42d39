"""One matrix: whatever ends, by whichever grant the tokens came, on every way to use them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from accounts.models import LoginSession, User
from tests.builders import Registered, person, register
from tests.flows import ends
from tests.flows.browser import LOGIN, REAUTHENTICATE, Browser, told, userinfo
from tests.flows.ends import ENDS, World, exchange, refresh, send
from tokens import models
from tokens.grants import GRANTS

ONLINE, OFFLINE = "openid email", "openid email offline_access"


def authorization_code(world: World) -> None:
    world.browser.authorize(world.client, scope=world.scope)
    world.browser.sign_in()
    world.redeemed = told(world.browser.answer())["code"]
    world.held = exchange(world, world.redeemed).json()
    world.replaced = _use_up_a_refresh_token(world)
    world.held["code"] = told(world.browser.authorize(world.client, scope=world.scope))["code"]


def refresh_token(world: World) -> None:
    authorization_code(world)
    world.held |= refresh(world, world.held["refresh_token"]).json()


def client_credentials(world: World) -> None:
    """The client can do both; a person signs in too, so that there is something that ends around it."""
    authorization_code(world)
    asked = {"grant_type": "client_credentials", "scope": "email"}
    token = send(world.client, "/oauth2/token", **asked).json()["access_token"]
    world.held = {**world.held, "machine": token}


def _use_up_a_refresh_token(world: World) -> str:
    """Twice, so that the first one is no retry any more."""
    first: str = world.held["refresh_token"]
    for _ in range(2):
        world.held |= refresh(world, world.held["refresh_token"]).json()
    return first


GIVEN: Mapping[str, Callable[[World], None]] = {
    "authorization_code": authorization_code,
    "refresh_token": refresh_token,
    "client_credentials": client_credentials,
}
"""How the tokens were got: a new grant type needs a line here, and has the whole matrix to pass."""


def introspected(by: Registered, token: str) -> bool:
    answer = send(by, "/oauth2/introspect", token=token)
    assert answer.status_code in (200, 401), answer.content
    told = answer.json()
    assert answer.status_code == 401 or told == {"active": False} or told["active"] is True
    return told.get("active") is True


WAYS: Mapping[str, Callable[[World], bool]] = {
    "introspection of the access token": lambda world: introspected(world.client, world.held["access_token"]),
    "introspection of the access token by the API": lambda world: introspected(world.api, world.held["access_token"]),
    "introspection of the refresh token": lambda world: introspected(world.client, world.held["refresh_token"]),
    "userinfo": lambda world: userinfo(world.held["access_token"]).status_code == 200,
    "refresh": lambda world: refresh(world, world.held["refresh_token"]).status_code == 200,
    "code": lambda world: exchange(world, world.held["code"]).status_code == 200,
}
WAYS_OF_A_MACHINE: Mapping[str, Callable[[World], bool]] = {
    "introspection of the access token": lambda world: introspected(world.client, world.held["machine"]),
    "introspection of the access token by the API": lambda world: introspected(world.api, world.held["machine"]),
}


def expected(grant_type: str, end: str, scope: str) -> set[str]:
    """The ways that still work."""
    if end in ends.EVERYTHING_OF_A_CLIENT:
        return set()
    if grant_type == "client_credentials":
        return set(WAYS_OF_A_MACHINE)
    if end in ends.EVERYTHING_OF_A_PERSON or (end in ends.A_SESSION and scope == ONLINE):
        return set()
    return {"code"} if end in ends.ONE_AUTHORIZATION else set(WAYS)


@pytest.fixture
def world(alice: User, browser: Browser) -> World:
    client = register(
        token_endpoint_auth_method="client_secret_post",
        grant_types=list(GRANTS),
        scope=OFFLINE,
        rotate_refresh_tokens=True,
    )
    api = register("api", "", token_endpoint_auth_method="client_secret_post")
    resource = models.Resource.objects.create(identifier="http://localhost:8000", name="us")
    resource.owners.set(models.Client.objects.filter(client_id=api.client_id))
    admin = Client()
    operator = person("operator", is_staff=True, is_superuser=True)
    admin.force_login(operator, backend="accounts.backends.PasswordBackend")
    return World(alice, browser, admin, api, client, scope=OFFLINE)


def test_every_grant_type_is_in_the_matrix() -> None:
    assert GIVEN.keys() == GRANTS.keys()


@pytest.mark.covers("S33", "S34", "S70", "CVE-2026-1609", "CVE-2026-88770", "CVE-2026-93999", "CVE-2026-79652")
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize(
    ("grant_type", "scope"),
    [(grant_type, scope) for grant_type in GRANTS for scope in (ONLINE, OFFLINE)],
)
def test_what_ends_ends_on_every_way_and_nothing_else_does(world: World, grant_type: str, end: str, scope: str) -> None:
    world.scope = scope
    GIVEN[grant_type](world)
    ENDS[end](world)
    ways = WAYS_OF_A_MACHINE if grant_type == "client_credentials" else WAYS
    assert {way for way, works in ways.items() if works(world)} == expected(grant_type, end, scope)


@pytest.mark.covers("S33")
@pytest.mark.parametrize(
    "end", [end for end in ENDS if "deleted" not in end and end not in ("nothing", "the person is disabled")]
)
def test_after_it_ended_the_person_may_begin_anew(world: World, end: str) -> None:
    """In the same browser, signed in or not: a sign-in that nothing can hang on any more is asked for again."""
    authorization_code(world)
    ENDS[end](world)
    if end == "the client is disabled":
        ends.act(world, "client", "enable", world.client.client_id)
    password = {"password": ends.NEW_PASSWORD} if end == "the password is changed" else {}
    answer = world.browser.authorize(world.client, scope=OFFLINE)
    if world.browser.path == LOGIN:
        answer = world.browser.sign_in(**password)
    if world.browser.path == REAUTHENTICATE:
        answer = world.browser.reauthenticate(**password)
    if world.browser.path == "/oauth2/consent":
        answer = world.browser.answer()
    world.held |= exchange(world, told(answer)["code"]).json()
    world.held["code"] = told(world.browser.authorize(world.client, scope=OFFLINE))["code"]
    assert {way for way, works in WAYS.items() if works(world)} == set(WAYS)


def test_a_client_that_revokes_its_own_token_of_itself_ends_no_person_s(world: World) -> None:
    client_credentials(world)
    assert send(world.client, "/oauth2/revoke", token=world.held["machine"]).status_code == 200
    assert not any(works(world) for works in WAYS_OF_A_MACHINE.values())
    assert {way for way, works in WAYS.items() if works(world)} == set(WAYS)


@pytest.mark.covers("S33", "CVE-2026-79652")
@pytest.mark.parametrize("again", ["a wider scope", "prompt=consent"])
def test_a_withdrawn_consent_ends_also_what_was_given_on_it_before_it_was_given_again(world: World, again: str) -> None:
    world.scope = "openid"
    authorization_code(world)
    more = {"scope": OFFLINE} if again == "a wider scope" else {"scope": "openid", "prompt": "consent"}
    world.browser.authorize(world.client, **more)
    later = exchange(world, told(world.browser.answer())["code"]).json()
    assert userinfo(later["access_token"]).status_code == 200
    assert userinfo(world.held["access_token"]).status_code == 200
    ends.withdraw_the_consent(world)
    assert userinfo(later["access_token"]).status_code == 401
    assert {way for way, works in WAYS.items() if works(world)} == set()


@pytest.mark.covers("S33")
def test_one_person_s_end_is_not_another_s(world: World, bob: User) -> None:
    authorization_code(world)
    his = replace(world, alice=bob, browser=Browser(), held={})
    his.browser.authorize(his.client, scope=OFFLINE)
    his.browser.sign_in("bob")
    his.held = exchange(his, told(his.browser.answer())["code"]).json()
    his.held["code"] = told(his.browser.authorize(his.client, scope=OFFLINE))["code"]
    for end in (ends.withdraw_the_consent, ends.change_password, ends.sign_out_everywhere, ends.delete_the_person):
        end(world)
    assert {way for way, works in WAYS.items() if works(his)} == set(WAYS)


# --- What does not end a session


@pytest.mark.covers("S31")
def test_who_was_idle_for_long_did_not_sign_out(world: World) -> None:
    world.scope = ONLINE
    authorization_code(world)
    LoginSession.objects.update(last_seen=datetime.now(UTC) - timedelta(hours=2))
    world.browser.authorize(world.client)
    assert world.browser.path == LOGIN
    assert {way for way, works in WAYS.items() if works(world)} == set(WAYS)


@pytest.mark.covers("S31")
def test_without_offline_access_all_ends_with_the_session_s_own_end_though_nobody_signs_out(world: World) -> None:
    world.scope = ONLINE
    authorization_code(world)
    login = LoginSession.objects.get(user=world.alice)
    assert {row.expires for row in models.Authorization.objects.all()} == {login.expires}
    assert {row.expires <= login.expires for row in models.RefreshToken.objects.all()} == {True}


# --- offline_access (OpenID Connect Core §11)


@pytest.mark.covers("S32")
@pytest.mark.parametrize(
    ("skip_consent", "prompt", "given"),
    [(False, "", True), (False, "consent", True), (True, "", False), (True, "login", False), (True, "consent", True)],
)
def test_offline_access_is_given_only_where_the_person_was_asked(
    world: World, skip_consent: bool, prompt: str, given: bool
) -> None:
    models.Client.objects.filter(client_id=world.client.client_id).update(skip_consent=skip_consent)
    code = world.browser.walk(world.client, scope=OFFLINE, prompt=prompt)["code"]
    found = exchange(world, code).json()
    assert ("offline_access" in found["scope"].split()) is given
    assert models.Consent.objects.exists() is given
    ends.sign_out(world)
    assert (refresh(world, found["refresh_token"]).status_code == 200) is given


@pytest.mark.covers("S16")
def test_without_a_page_there_is_no_offline_access_for_a_client_that_need_not_ask(world: World) -> None:
    models.Client.objects.filter(client_id=world.client.client_id).update(skip_consent=True)
    world.browser.walk(world.client, scope=ONLINE)
    code = told(world.browser.authorize(world.client, scope=OFFLINE, prompt="none"))["code"]
    assert exchange(world, code).json()["scope"] == ONLINE
