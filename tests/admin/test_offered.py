"""What the page of a client offers of APIs, that of an API of clients, that of a person of groups: all to whom may look
at them, to others what is chosen already. What was not offered is not taken either."""

from collections.abc import Callable, Mapping

import pytest
from django.contrib.auth.models import Permission
from django.test import Client as Browser

from accounts.models import PeopleGroup, User
from tests.admin.pages import ADD, change_url, edited, new
from tests.admin.test_resource import ADD as ADD_RESOURCE
from tests.admin.test_resource import edited_resource, url
from tests.admin.test_resource import new as new_resource
from tests.support.builders import change_clients, create
from tokens import models
from tokens.protocol.records import Resource
from tokens.registration import resources
from tokens.stores import store

HELD, OTHER = "https://held.example/", "https://other.example/"
READ, WRITE, ELSEWHERE = f"{HELD}#read", f"{HELD}#write", f"{OTHER}#read"
MORE: Mapping[str, tuple[str, ...]] = {
    "nothing more": (),
    "what is in the other table": ("view",),
    "to change it, too": ("change",),
}
"""What somebody may do with the other table, whose rows the page offers."""


def staff(model: str, other: str, more: str) -> Browser:
    user = User.objects.create_user("staff", is_staff=True)
    names = [f"{verb}_{model}" for verb in ("view", "add", "change", "delete")]
    names += [f"{verb}_{other}" for verb in MORE[more]]
    user.user_permissions.add(*Permission.objects.filter(codename__in=names))
    browser = Browser()
    browser.force_login(user)
    return browser


@pytest.fixture
def client(db: None) -> models.Client:
    for identifier, scope in ((HELD, ("read", "write")), (OTHER, ("read",))):
        resources.create(Resource(identifier=identifier, scope=scope, name=f"The API at {identifier}"))
    create("web", "A site", ["https://rp.example/cb"])
    change_clients(scope=f"openid {READ}", default_resource=[HELD])
    return models.Client.objects.get()


def scope_of(client_name: str) -> set[str] | None:
    row = models.Client.objects.filter(client_name=client_name).first()
    return set(row.scope.split()) if row is not None else None


@pytest.mark.parametrize("more", MORE)
@pytest.mark.parametrize("asked", [READ, WRITE, ELSEWHERE])
def test_a_client_is_given_the_apis_that_its_administrator_may_look_at(
    client: models.Client, more: str, asked: str
) -> None:
    browser, free = staff("client", "resource", more), bool(MORE[more])
    page = browser.get(change_url(client)).content.decode()
    assert {each: f'value="{each}"' in page for each in (READ, WRITE, ELSEWHERE)} == {
        READ: True,
        WRITE: free,
        ELSEWHERE: free,
    }
    assert ("other.example" in page) is free
    browser.post(change_url(client), edited(client, scope=["openid", READ, asked]))
    assert scope_of("A site") == {"openid", READ, *([asked] if free else [])}

    page = browser.get(ADD).content.decode()
    assert {f'value="{each}"' in page for each in (READ, WRITE, ELSEWHERE)} == {free}
    browser.post(ADD, new(client_name="Another", scope=["openid", asked]))
    assert scope_of("Another") == ({"openid", asked} if free else None)


@pytest.mark.parametrize("more", MORE)
def test_what_a_client_has_is_kept_and_can_be_taken_away_by_whoever_may_change_it(
    client: models.Client, more: str
) -> None:
    browser = staff("client", "resource", more)
    answer = browser.post(change_url(client), edited(client, client_name="Renamed"))
    assert answer.status_code == 302, answer.context["errors"]
    client.refresh_from_db()
    kept = store().clients.get(client.pk)
    assert kept is not None
    assert (kept.client_name, set(kept.scope), kept.default_resource) == ("Renamed", {"openid", READ}, (HELD,))
    browser.post(change_url(client), edited(client, scope=["openid"], default_resource=[]))
    assert scope_of("Renamed") == {"openid"}


@pytest.mark.parametrize("more", MORE)
def test_an_api_is_served_by_clients_that_its_administrator_may_look_at(client: models.Client, more: str) -> None:
    api, _ = create("api", "Serves it")
    row = models.Resource.objects.get(identifier=HELD)
    row.owners.set(models.Client.objects.filter(pk=api.client_id))
    browser, free = staff("resource", "client", more), bool(MORE[more])
    forms: list[tuple[str, Callable[[list[str]], object]]] = [
        (url(row), lambda owners: edited_resource(row, identifier=HELD, owners=owners)),
        (ADD_RESOURCE, lambda owners: new_resource(identifier="https://new.example/", owners=owners)),
    ]
    for address, form in forms:
        page = browser.get(address).content.decode()
        assert ("A site" in page) is free
        assert (api.client_id in page) is (free or address == url(row))
        browser.post(address, form([api.client_id, client.pk]))
    owners = {each.identifier: set(each.owners.values_list("pk", flat=True)) for each in models.Resource.objects.all()}
    both = {api.client_id, client.pk}
    assert owners == {
        HELD: both if free else {api.client_id},
        OTHER: set(),
        **({"https://new.example/": both} if free else {}),
    }
    deletion = browser.get(url(row, "delete")).content.decode()
    assert ("A site" in deletion, "1 client loses its scopes" in deletion) == (free, not free)


@pytest.mark.parametrize("more", MORE)
@pytest.mark.parametrize("chosen", [[], ["held"], ["held", "other"], ["other"]], ids=str)
def test_a_person_is_put_into_groups_that_their_administrator_may_look_at(
    db: None, more: str, chosen: list[str]
) -> None:
    """Groups open applications, and are told to them."""
    browser, free = staff("user", "peoplegroup", more), bool(MORE[more])
    alice = User.objects.create_user("alice")
    alice.people_groups.set([PeopleGroup.objects.create(name="held")])
    PeopleGroup.objects.create(name="other")
    form = {"username": "alice", "attributes": "{}", "is_active": "on", "name": "Alice Liddell"}
    answer = browser.post(f"/admin/accounts/user/{alice.pk}/change/", {**form, "people_groups": chosen})
    assert answer.status_code == 302, answer.content.decode()
    alice.refresh_from_db()
    assert alice.name == "Alice Liddell"
    assert set(alice.people_groups.values_list("name", flat=True)) == (set(chosen) if free else {"held"})
