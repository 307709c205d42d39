"""One matrix: everything that ends, for the tokens of every grant, on every way to use them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from accounts.models import LoginSession, User
from tests.flows import ends
from tests.flows.ends import ENDS, World, exchange, refresh, send
from tests.support.browser import LOGIN, REAUTHENTICATE, Browser, parameters_of, userinfo
from tests.support.builders import ask_for, change_clients, person, protect, register
from tests.support.held import held
from tests.support.messages import Registered
from tokens.grants import GRANTS
from tokens.issuer import WRITTEN_AS
from tokens.protocol import handles, records
from tokens.protocol import refresh_token as refresh_tokens
from tokens.protocol.records import TokenFormat
from tokens.stores import store

ONLINE, OFFLINE = "openid email", "openid email offline_access"
APIS: Mapping[TokenFormat, str] = {"jwt": "https://jwt.example/", "opaque": "https://opaque.example/"}
"""What asks for access tokens of each format."""


def authorization_code(world: World) -> None:
    world.browser.authorize(world.client, scope=world.scope)
    world.browser.sign_in()
    _hold(world, parameters_of(world.browser.answer())["code"])
    # Once more, so that the first refresh token is no retry any more.
    world.held |= refresh(world, world.held["refresh_token"], resource=APIS["jwt"]).json()
    world.held["code"] = parameters_of(world.browser.authorize(world.client, scope=world.scope))["code"]


def machine_s(token_format: TokenFormat) -> str:
    return f"the client's own {token_format}"


def refresh_token(world: World) -> None:
    authorization_code(world)
    for token_format, api in APIS.items():
        world.held |= refresh(world, world.held["refresh_token"], resource=api).json()
        world.access_tokens[token_format] = world.held["access_token"]


def client_credentials(world: World) -> None:
    """The client can do both; a person signs in too, so that there is something that ends around it."""
    authorization_code(world)
    asked = {"grant_type": "client_credentials", "scope": "read"}
    for token_format, api in APIS.items():
        body = send(world.client, "/oauth2/token", resource=api, **asked).json()
        world.held[machine_s(token_format)] = body["access_token"]


def _hold(world: World, code: str) -> None:
    """What the code gives: a JWT, and by a refresh an opaque token."""
    _for_the_apis(code)
    world.redeemed = code
    world.held |= exchange(world, code, resource=APIS["jwt"]).json()
    world.access_tokens["jwt"] = world.held["access_token"]
    world.replaced = world.held["refresh_token"]
    world.held |= refresh(world, world.replaced, resource=APIS["opaque"]).json()
    world.access_tokens["opaque"] = world.held["access_token"]


def _for_the_apis(code: str) -> None:
    """As if the authorization request had named them."""
    ask_for(handles.Handle(code), APIS.values())


GIVEN: Mapping[str, Callable[[World], None]] = {
    "authorization_code": authorization_code,
    "refresh_token": refresh_token,
    "client_credentials": client_credentials,
}
"""How the tokens were got: a new grant type needs a line here, and has the whole matrix to pass."""


def introspected(by: Registered, token: str) -> bool:
    answer = send(by, "/oauth2/introspect", token=token)
    assert answer.status_code in (200, 400), answer.content
    body = answer.json()
    assert body.get("error") == "invalid_client" or body == {"active": False} or body["active"] is True
    return body.get("active") is True


def _ways_of(token_format: TokenFormat) -> dict[str, Callable[[World], bool]]:
    """What an access token of a person is good for."""

    def token(world: World) -> str:
        return world.access_tokens[token_format]

    return {
        f"introspection of the {token_format}": lambda world: introspected(world.client, token(world)),
        f"introspection of the {token_format} by the API": lambda world: introspected(world.api, token(world)),
        f"userinfo with the {token_format}": lambda world: userinfo(token(world)).status_code == 200,
    }


def _ways_of_a_machine_s(token_format: TokenFormat) -> dict[str, Callable[[World], bool]]:
    def token(world: World) -> str:
        return world.held[machine_s(token_format)]

    return {
        f"introspection of the {token_format}": lambda world: introspected(world.client, token(world)),
        f"introspection of the {token_format} by the API": lambda world: introspected(world.api, token(world)),
    }


def _in_force(world: World) -> bool:
    """Whether the admin says so of the authorization that the held tokens hang on."""
    family = refresh_tokens.parse(world.held["refresh_token"])
    assert family is not None
    return not store().authorizations.causes([family.authorization_id], datetime.now(UTC))


WAYS: Mapping[str, Callable[[World], bool]] = {
    "the admin": _in_force,
    **{way: works for token_format in APIS for way, works in _ways_of(token_format).items()},
    "introspection of the refresh token": lambda world: introspected(world.client, world.held["refresh_token"]),
    "refresh": lambda world: refresh(world, world.held["refresh_token"], resource=APIS["jwt"]).status_code == 200,
    "code": lambda world: exchange(world, world.held["code"]).status_code == 200,
}
WAYS_OF_A_MACHINE: Mapping[str, Callable[[World], bool]] = {
    way: works for token_format in APIS for way, works in _ways_of_a_machine_s(token_format).items()
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
    for token_format, identifier in APIS.items():
        protect(identifier, "read", owner=api, caller=client, access_token_format=token_format)
    admin = Client()
    operator = person("operator", is_staff=True, is_superuser=True)
    admin.force_login(operator, backend="accounts.sign_in.backends.PasswordBackend")
    return World(alice, browser, admin, api, client, scope=OFFLINE)


def test_every_grant_type_and_every_token_format_is_in_the_matrix() -> None:
    assert GIVEN.keys() == GRANTS.keys()
    assert APIS.keys() == WRITTEN_AS.keys() == set(ends.TOKEN_FORMATS)


@pytest.mark.covers("S33 person", "S33 client", "S33 consent", "S34 access", "S34 refresh", "S70 disable", "S70 delete")
@pytest.mark.covers("CVE-2026-1609", "CVE-2026-88770", "CVE-2026-93999", "CVE-2026-79652")
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
    _hold(world, parameters_of(answer)["code"])
    world.held["code"] = parameters_of(world.browser.authorize(world.client, scope=OFFLINE))["code"]
    assert {way for way, works in WAYS.items() if works(world)} == set(WAYS)


@pytest.mark.covers("S33 client", "CVE-2026-93999")
def test_a_client_that_was_enabled_again_gets_no_code_on_a_sign_in_from_before(world: World) -> None:
    """It would be worth nothing: the journal refuses it, and the person is asked to sign in again."""
    authorization_code(world)
    ends.disable_and_enable_the_client(world)
    codes = len(held(records.AuthorizationCode))
    assert (
        parameters_of(world.browser.authorize(world.client, scope=OFFLINE, prompt="none"))["error"] == "login_required"
    )
    world.browser.authorize(world.client, scope=OFFLINE)
    assert world.browser.path == REAUTHENTICATE
    assert len(held(records.AuthorizationCode)) == codes
    assert "code" in parameters_of(world.browser.reauthenticate())


def test_a_client_that_revokes_its_own_token_of_itself_ends_no_person_s(world: World) -> None:
    client_credentials(world)
    for token_format in APIS:
        own = world.held[machine_s(token_format)]
        assert send(world.client, "/oauth2/revoke", token=own).status_code == 200
    assert not any(works(world) for works in WAYS_OF_A_MACHINE.values())
    assert {way for way, works in WAYS.items() if works(world)} == set(WAYS)


@pytest.mark.covers("S33 consent", "CVE-2026-79652")
@pytest.mark.parametrize("again", ["a wider scope", "prompt=consent"])
def test_a_withdrawn_consent_ends_also_what_was_given_on_it_before_it_was_given_again(world: World, again: str) -> None:
    world.scope = "openid"
    authorization_code(world)
    more = {"scope": OFFLINE} if again == "a wider scope" else {"scope": "openid", "prompt": "consent"}
    world.browser.authorize(world.client, **more)
    later = exchange(world, parameters_of(world.browser.answer())["code"]).json()
    assert userinfo(later["access_token"]).status_code == 200
    assert userinfo(world.held["access_token"]).status_code == 200
    ends.withdraw_the_consent(world)
    assert userinfo(later["access_token"]).status_code == 401
    assert {way for way, works in WAYS.items() if works(world)} == set()


@pytest.mark.covers("S33 person")
def test_one_person_s_end_is_not_another_s(world: World, bob: User) -> None:
    authorization_code(world)
    his = replace(world, alice=bob, browser=Browser(), held={}, access_tokens={})
    his.browser.authorize(his.client, scope=OFFLINE)
    his.browser.sign_in("bob")
    _hold(his, parameters_of(his.browser.answer())["code"])
    his.held["code"] = parameters_of(his.browser.authorize(his.client, scope=OFFLINE))["code"]
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
    assert {row.expires for row in held(records.Authorization)} == {login.expires}
    assert {row.expires <= login.expires for row in held(records.RefreshToken)} == {True}


# --- offline_access (OpenID Connect Core §11)


@pytest.mark.parametrize(
    ("skip_consent", "prompt", "given"),
    [
        (False, None, True),
        (False, "consent", True),
        (True, None, False),
        (True, "login", False),
        (True, "consent", True),
    ],
)
def test_offline_access_is_given_only_where_the_person_was_asked(
    world: World, skip_consent: bool, prompt: str | None, given: bool
) -> None:
    change_clients(world.client.client_id, skip_consent=skip_consent)
    code = world.browser.walk(world.client, scope=OFFLINE, prompt=prompt)["code"]
    tokens = exchange(world, code).json()
    assert ("offline_access" in tokens["scope"].split()) is given
    assert bool(held(records.Consent)) is given
    ends.sign_out(world)
    assert (refresh(world, tokens["refresh_token"]).status_code == 200) is given


@pytest.mark.covers("S16 none")
def test_without_a_page_there_is_no_offline_access_for_a_client_that_need_not_ask(world: World) -> None:
    change_clients(world.client.client_id, skip_consent=True)
    world.browser.walk(world.client, scope=ONLINE)
    code = parameters_of(world.browser.authorize(world.client, scope=OFFLINE, prompt="none"))["code"]
    assert exchange(world, code).json()["scope"] == ONLINE
