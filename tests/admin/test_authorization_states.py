"""What the admin says of an authorization, beside what introspection says of its tokens: one matrix of every cause by
which they are worth nothing, for what was granted online, offline, and for an API."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.utils import quote
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from accounts.models import PeopleGroup, User
from tests.admin.staff import BrowserOf
from tests.support.builders import change_clients, protect, register
from tests.support.endpoints import post, tokens_of
from tests.support.fixtures import make_keys
from tests.support.messages import Registered, basic
from tokens import models
from tokens.admin.authorization import STATES
from tokens.protocol import journal
from tokens.stores import store

ORDERS = "https://orders.example/"
PERMISSION = "openid email offline_access read"
GRANTED: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "online": (("openid", "email"), ()),
    "offline": (("openid", "email", "offline_access"), ()),
    "online at an API": (("openid", "email", "read"), (ORDERS,)),
    "at an API alone": (("read",), (ORDERS,)),
    "at an API, without openid": (("email", "read"), (ORDERS,)),
}
"""Scopes and resources."""


def void(key: Callable[[models.Authorization], str]) -> None:
    store().journal.revoke(key(models.Authorization.objects.get()), datetime.now(UTC) + timedelta(days=1))


def expire() -> None:
    models.Authorization.objects.update(expires=datetime.now(UTC))


def scope(text: str) -> Callable[[], None]:
    return lambda: change_clients(models.Authorization.objects.get().client_id, scope=text)


def groups(*names: str, of: tuple[str, ...]) -> Callable[[], None]:
    def change() -> None:
        person = User.objects.get(pk=models.Authorization.objects.get().subject)
        person.people_groups.set([PeopleGroup.objects.get_or_create(name=name)[0] for name in names])
        change_clients(models.Authorization.objects.get().client_id, allowed_groups=list(of))

    return change


def delete_client() -> None:
    store().clients.delete(models.Authorization.objects.get().client_id)


CHANGES: Mapping[str, tuple[Callable[[], None], str | None]] = {
    "nothing": (lambda: None, None),
    "revoked": (lambda: void(lambda row: journal.authorization(row.id)), "authorization"),
    "consent": (lambda: void(lambda row: journal.consent(str(row.consent_id))), "consent"),
    "session": (lambda: void(lambda row: journal.session(str(row.sid))), "session"),
    "client": (lambda: void(lambda row: journal.client(row.client_id)), "client"),
    "client, deleted": (delete_client, "client"),
    "person": (lambda: void(lambda row: journal.subject(str(row.subject))), "subject"),
    "everything": (lambda: void(lambda row: journal.EVERYTHING), "everything"),
    "expiry": (expire, "expiry"),
    "in none of the groups": (groups(of=("hatters",)), "groups"),
    "in another group": (groups("hares", of=("hatters",)), "groups"),
    "in one of the groups": (groups("hatters", of=("hatters",)), None),
    "another scope": (scope("phone"), "scope"),
    "no scope": (scope(""), "scope"),
    "openid alone": (scope("openid"), None),
    "email alone": (scope("email"), None),
    "offline_access alone": (scope("offline_access"), None),
    "read alone": (scope("read"), None),
    "all but openid": (scope("email offline_access read"), None),
    "all but offline_access": (scope("openid email read"), None),
}
"""What happens, and the cause that the admin then names, if it is one for which every token is inactive."""


@pytest.fixture
def client(db: None) -> Registered:
    make_keys()
    registered = register("web", skip_consent=True)
    protect(ORDERS, "read", owner=registered)
    change_clients(registered.client_id, scope=PERMISSION)
    return registered


@pytest.fixture
def anybody() -> Browser:
    return Browser()


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice")


def states(root: Browser) -> set[str]:
    """Of the one authorization, on the list and on its page."""
    row = models.Authorization.objects.get()
    pages = ("/admin/tokens/authorization/", f"/admin/tokens/authorization/{quote(row.pk)}/change/")
    answers = [root.get(page) for page in pages]
    assert [answer.status_code for answer in answers] == [200, 200], [dict(answer.headers) for answer in answers]
    texts = [answer.content.decode() for answer in answers]
    found = [{cause for cause, state in STATES.items() if f">{state}<" in text} for text in texts]
    assert found[0] == found[1]
    return {str(cause) for cause in found[0]}


def introspected(sender: Browser, client: Registered, token: str) -> bool:
    """Whoever is not authenticated any more is told of nothing."""
    answer = post(sender, "/oauth2/introspect", {"token": token}, basic(client.client_id, client.client_secret))
    assert answer.status_code == 200 or answer.json()["error"] == "invalid_client", answer.content
    return answer.json().get("active") is True


@pytest.mark.parametrize("granted", GRANTED)
@pytest.mark.parametrize("what", CHANGES)
def test_the_admin_says_in_force_where_a_token_is_active_and_else_why_none_is(
    what: str, granted: str, client: Registered, browser_of: BrowserOf, anybody: Browser, alice: User
) -> None:
    (scopes, resource), (change, cause) = GRANTED[granted], CHANGES[what]
    tokens = tokens_of(anybody, client, alice.pk, scope=scopes, resource=resource)
    models.Authorization.objects.update(consent_id="0.a-consent")
    root = browser_of("superuser")
    held = [tokens[name] for name in ("access_token", "refresh_token") if name in tokens]
    assert all(introspected(anybody, client, token) for token in held)
    assert states(root) == {"None"}
    change()
    is_worth_something = any(introspected(anybody, client, token) for token in held)
    assert (states(root) == {"None"}) == is_worth_something
    if not is_worth_something:
        # A scope that was left to the client is none of what was granted: then it is the scopes that are told.
        told = "scope" if cause is None else cause
        assert states(root) == {told}
    elif cause is not None:
        assert (what, granted) == ("session", "offline"), "it outlives its session"


def test_a_list_of_many_clients_takes_no_more_statements(
    client: Registered, browser_of: BrowserOf, anybody: Browser, alice: User
) -> None:
    alice.people_groups.add(PeopleGroup.objects.create(name="hatters"))
    root, counts = browser_of("superuser"), []
    for _ in range(3):
        other = register("web", skip_consent=True, scope="openid", allowed_groups=["hatters"])
        tokens_of(anybody, other, alice.pk, scope=("openid",))
        with CaptureQueriesContext(connection) as queries:
            assert root.get("/admin/tokens/authorization/").status_code == 200
        counts.append(len(queries))
    assert counts[2] == counts[1]
