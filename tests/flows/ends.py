"""What can end what was given, each done as people do it: on our pages, at our endpoints, in the admin."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from io import StringIO
from typing import Any, get_args

from django.core.management import call_command
from django.test import Client

from accounts import sessions
from accounts.models import LoginSession, User
from tests.support.browser import Browser
from tests.support.endpoints import post
from tests.support.held import held, only
from tests.support.messages import TOKEN, Registered, code_form, secret_post
from tests.support.people import PASSWORD
from tokens.protocol import records
from tokens.protocol.records import TokenFormat
from tokens.stores import store

TOKEN_FORMATS: tuple[TokenFormat, ...] = get_args(TokenFormat)
NEW_PASSWORD = "another horse battery staple"


@dataclass(slots=True)
class World:
    """Alice at a client, in her browser; somebody in the admin; and an API that tokens are meant for."""

    alice: User
    browser: Browser
    admin: Client
    api: Registered
    client: Registered
    """Whose tokens are looked at: it introspects, and its refresh tokens rotate."""
    scope: str
    held: dict[str, str] = field(default_factory=dict)
    """The token response that is looked at, with the code of another authorization that waits to be redeemed."""
    access_tokens: dict[TokenFormat, str] = field(default_factory=dict)
    """Those that are looked at, one of each format."""
    redeemed: str = ""
    """The code that the held tokens came from."""
    replaced: str = ""
    """A refresh token of theirs whose successor was used."""


def send(client: Registered, path: str, **form: str) -> Any:
    """From the client's own server."""
    return post(Client(raise_request_exception=False), path, form | secret_post(client))


def exchange(world: World, code: str, **more: str) -> Any:
    return send(world.client, TOKEN, **code_form(world.client, code, **more))


def refresh(world: World, token: str, **more: str) -> Any:
    return send(world.client, TOKEN, grant_type="refresh_token", refresh_token=token, **more)


# --- By the person


def sign_out(world: World) -> None:
    world.browser.sign_out()


def sign_out_at_the_client(world: World) -> None:
    world.browser.open("/oauth2/logout", id_token_hint=world.held["id_token"])


def change_password(world: World) -> None:
    answer = world.browser.send(
        "/accounts/password/change/", {"current_password": PASSWORD, "new_password": NEW_PASSWORD}, follow=False
    )
    assert answer.status_code == 303, answer.content.decode()


def sign_out_everywhere(world: World) -> None:
    assert sessions.end_all(world.alice) == 1


def sign_out_there(world: World) -> None:
    """From another browser of theirs, on the page that lists them."""
    [sid] = LoginSession.objects.filter(ended_at=None, user=world.alice).values_list("sid", flat=True)
    elsewhere = Client()
    elsewhere.force_login(world.alice, backend="accounts.sign_in.backends.PasswordBackend")
    assert elsewhere.post("/accounts/sessions/", {"end": sid}).status_code == 303
    elsewhere.post("/accounts/logout/")


# --- By the people who run the server


def end_the_session(world: World) -> None:
    assert sessions.end(LoginSession.objects.get(ended_at=None, user=world.alice).sid)


def disable_the_person(world: World) -> None:
    world.alice.is_active = False
    world.alice.save()


def disable_and_enable_the_person(world: World) -> None:
    disable_the_person(world)
    world.alice.is_active = True
    world.alice.save()


def delete_the_person(world: World) -> None:
    world.alice.delete()


def delete_all_people_at_once(world: World) -> None:
    User.objects.filter(pk=world.alice.pk).delete()


def act(world: World, model: str, action: str, *keys: str, **more: str) -> None:
    """An action of the admin's list."""
    form = {"action": action, "_selected_action": keys, **more}
    answer = world.admin.post(f"/admin/tokens/{model}/", form)
    assert answer.status_code == 302, answer.content.decode()


def disable_the_client(world: World) -> None:
    act(world, "client", "disable", world.client.client_id)


def disable_and_enable_the_client(world: World) -> None:
    disable_the_client(world)
    act(world, "client", "enable", world.client.client_id)


def delete_the_client(world: World) -> None:
    act(world, "client", "delete_selected", world.client.client_id, post="yes")
    assert store().clients.get(world.client.client_id) is None


def withdraw_the_consent(world: World) -> None:
    consent = only(records.Consent, subject=world.alice.pk)
    act(world, "consent", "withdraw", consent.id)
    assert not held(records.Consent, subject=world.alice.pk)


def withdraw_what_was_allowed(world: World) -> None:
    """On the person's own page."""
    listed = world.browser.open("/oauth2/applications").content.decode()
    [address] = re.findall(r'href="(/oauth2/applications/one\?[^"]+)"', listed)
    world.browser.open(address)
    assert "What you allowed is withdrawn." in world.browser.send(address, {}).content.decode()
    assert not held(records.Consent, subject=world.alice.pk)


def revoke_the_authorizations(world: World) -> None:
    act(world, "authorization", "revoke", *(each.id for each in held(records.Authorization)))


def void_everything(world: World) -> None:
    call_command("void", issued_before="now", stdout=StringIO())


# --- By a client, or a thief


def revoke_the_access_token(token_format: TokenFormat, world: World) -> None:
    assert send(world.client, "/oauth2/revoke", token=world.access_tokens[token_format]).status_code == 200


def revoke_the_refresh_token(world: World) -> None:
    assert send(world.client, "/oauth2/revoke", token=world.held["refresh_token"]).status_code == 200


def replay_the_code(world: World) -> None:
    assert exchange(world, world.redeemed).json()["error"] == "invalid_grant"


def replay_the_refresh_token(world: World) -> None:
    assert refresh(world, world.replaced).json()["error"] == "invalid_grant"


Act = Callable[[World], None]


def nothing(world: World) -> None:
    """To show that what is alive is seen to be."""


EVERYTHING_OF_A_PERSON: Mapping[str, Act] = {
    "the password is changed": change_password,
    "the person signs out everywhere": sign_out_everywhere,
    "the person is disabled": disable_the_person,
    "the person is disabled and enabled again": disable_and_enable_the_person,
    "the person is deleted": delete_the_person,
    "the person is deleted among others": delete_all_people_at_once,
    "the consent is withdrawn": withdraw_the_consent,
    "the person withdraws it": withdraw_what_was_allowed,
}
"""Also what outlives a session, and what is not redeemed yet."""

A_SESSION: Mapping[str, Act] = {
    "the person signs out": sign_out,
    "the person signs out at the client": sign_out_at_the_client,
    "the person signs out there from elsewhere": sign_out_there,
    "the session is ended in the admin": end_the_session,
}
"""What was given with offline_access outlives these."""

ONE_AUTHORIZATION: Mapping[str, Act] = {
    "the authorization is revoked": revoke_the_authorizations,
    **{f"the {each} access token is revoked": partial(revoke_the_access_token, each) for each in TOKEN_FORMATS},
    "the refresh token is revoked": revoke_the_refresh_token,
    "the code is replayed": replay_the_code,
    "a refresh token is replayed": replay_the_refresh_token,
}
"""A code that was not redeemed is another one's."""

EVERYTHING_OF_A_CLIENT: Mapping[str, Act] = {
    "the client is disabled": disable_the_client,
    "the client is disabled and enabled again": disable_and_enable_the_client,
    "the client is deleted": delete_the_client,
    "all is void that was issued until now": void_everything,
}
ENDS: Mapping[str, Act] = {
    "nothing": nothing,
    **EVERYTHING_OF_A_PERSON,
    **A_SESSION,
    **ONE_AUTHORIZATION,
    **EVERYTHING_OF_A_CLIENT,
}
