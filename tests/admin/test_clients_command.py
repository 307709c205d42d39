"""`manage.py clients`, and the id that `createclient` is told."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from accounts.models import User
from tests.admin.pages import BY_KIND, URI
from tokens.management.client_options import CHANGEABLE, option
from tokens.protocol import client_metadata, journal
from tokens.protocol.client_authentication.client_secret import secret_digest
from tokens.protocol.records import Client, Resource
from tokens.registration import as_code, clients, resources
from tokens.stores import store

PEOPLES = {"client_name": "A site", "redirect_uris": [URI]}


def made(kind: str = "web", client_id: str | None = None, **document: Any) -> Client:
    people = PEOPLES if kind in ("web", "spa", "native") else {"client_name": "A program"}
    client, _ = clients.create(kind, {**people, **document}, client_id)
    return held(client.client_id)


def held(client_id: str) -> Client:
    client = store().clients.get(client_id)
    assert client is not None
    return client


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("clients", *arguments, stdout=out)
    return out.getvalue()


def told(*arguments: str) -> Any:
    text = said(*arguments, "--json")
    assert text.count("\n") == 1
    return json.loads(text)


def test_clients_are_listed_by_kind_and_name(db: None) -> None:
    by_kind = {kind: made(kind, f"id-{kind}") for kind in BY_KIND}
    clients.switch("id-spa", enabled=False)
    assert told("list") == [
        {"client_id": f"id-{kind}", "kind": kind, "enabled": kind != "spa", "client_name": by_kind[kind].client_name}
        for kind in sorted(by_kind)
    ]
    assert [each["client_id"] for each in told("list", "--kind", "machine")] == ["id-machine"]
    assert [each["client_id"] for each in told("list", "--search", "a SITE")] == ["id-native", "id-spa", "id-web"]
    assert "id-spa      spa      disabled  A site\n" in said("list")
    assert said("list", "--search", "nobody") == "there is no such client\n"


def test_a_client_is_shown_whole_and_without_what_opens_it(db: None) -> None:
    client = made()
    shown = told("show", client.client_id)
    secret = shown.pop("secrets")
    assert shown == {
        "client_id": client.client_id,
        "kind": "web",
        **client_metadata.write(client),
        "resources": [],
        "updated": client.updated.isoformat(),
    }
    assert secret == [{"id": client.secrets[0].id, "lives": True, "expires": None, "last_used": None}]
    assert client.secrets[0].digest not in said("show", client.client_id)


SAMPLES: dict[str, list[str]] = {
    "client_name": ["Another name"],
    "post_logout_redirect_uris": ["https://rp.example/bye"],
    "redirect_uris": ["https://rp.example/a", "https://rp.example/b"],
    "scope": ["openid"],
    "default_max_age": ["60"],
    "rotate_refresh_tokens": ["always"],
    "subject_type": ["pairwise"],
    "client_uri": ["https://rp.example/"],
}


@pytest.mark.parametrize("member", SAMPLES)
def test_a_member_is_set_and_the_others_stay(member: str, db: None) -> None:
    client = made()
    printed = told("set", client.client_id, option(member), *SAMPLES[member])
    after = client_metadata.write(held(client.client_id))
    before = client_metadata.write(client)
    assert {name for name in after if after[name] != before[name]} == {member}
    assert printed[member] == after[member]
    assert printed["updated"] == held(client.client_id).updated.isoformat()
    assert said("set", client.client_id, option(member), *SAMPLES[member]) == "it was so already\n"


def test_what_is_unset_is_as_where_nobody_says_anything(db: None) -> None:
    client = made(default_max_age=60, client_uri="https://rp.example/")
    assert said("set", client.client_id, "--unset", "default_max_age", "client_uri").splitlines() == [
        "default_max_age: 60 -> None",
        "client_uri: 'https://rp.example/' -> ''",
    ]
    assert (held(client.client_id).default_max_age, held(client.client_id).client_uri) == (None, "")


REFUSED: dict[str, tuple[list[str], str]] = {
    "what no client may have": (["--redirect-uri", "javascript:alert(1)"], "--redirect-uri: javascript:alert(1) must"),
    "what it is for good": (["--token-endpoint-auth-method", "none"], "neither becomes public nor stops to be"),
    "what it must have": (["--unset", "redirect_uris"], "--redirect-uri: is missing"),
    "one thing twice": (["--unset", "scope", "--scope", "openid"], "--unset scope and --scope"),
    "nothing": ([], "nothing to set"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_admin_would_refuse_is_refused(case: str, db: None) -> None:
    client = made()
    arguments, words = REFUSED[case]
    with pytest.raises(CommandError) as caught:
        said("set", client.client_id, *arguments)
    assert words in str(caught.value)
    assert held(client.client_id) == client


def test_what_is_fixed_for_good_is_no_option() -> None:
    assert set(client_metadata.MEMBERS) - set(CHANGEABLE) == {"application_type"}


def test_a_secret_is_replaced_and_the_old_one_goes_on_for_a_while(db: None) -> None:
    client = made()
    before = datetime.now(UTC)
    printed = told("rotate-secret", client.client_id, "--overlap", "600")
    old, new = held(client.client_id).secrets
    assert secret_digest(printed["client_secret"], settings.PEPPERS[new.pepper]) == new.digest
    assert (old.digest, new.expires) == (client.secrets[0].digest, None)
    assert old.expires is not None
    assert timedelta() <= old.expires - before - timedelta(minutes=10) < timedelta(minutes=1)


def test_no_rotation_lengthens_the_life_of_a_secret_and_what_ended_is_forgotten(db: None) -> None:
    client = made()
    said("rotate-secret", client.client_id, "--overlap", "0")
    said("rotate-secret", client.client_id, "--overlap", "60")
    ending = held(client.client_id).secrets[0].expires
    said("rotate-secret", client.client_id, "--overlap", "3600")
    first, second, third = held(client.client_id).secrets
    assert first.digest != client.secrets[0].digest
    assert (first.expires, third.expires) == (ending, None)
    assert second.expires is not None


@pytest.mark.parametrize("overlap", ["-1", "x", "99999999999"])
def test_an_overlap_is_a_number_of_seconds_within_a_year(overlap: str, db: None) -> None:
    client = made()
    with pytest.raises(CommandError, match="--overlap"):
        said("rotate-secret", client.client_id, f"--overlap={overlap}")
    assert held(client.client_id).secrets == client.secrets


@pytest.mark.parametrize("kind", ["spa", "native"])
def test_a_client_without_secrets_gets_none(kind: str, db: None) -> None:
    client = made(kind)
    with pytest.raises(CommandError, match="is none: there is no secret"):
        said("rotate-secret", client.client_id)
    assert held(client.client_id).secrets == ()


def test_a_disabled_client_has_lost_what_it_was_given_until_then(db: None) -> None:
    client = made()
    assert told("disable", client.client_id) == {"client_id": client.client_id, "enabled": False, "changed": True}
    assert not held(client.client_id).enabled
    assert store().journal.revoked([journal.client(client.client_id)], client.updated - timedelta(minutes=1))
    assert told("disable", client.client_id)["changed"] is False
    assert told("enable", client.client_id)["changed"] is True
    assert held(client.client_id).enabled


def test_a_deleted_client_is_gone_with_what_it_was_given(db: None) -> None:
    client = made()
    assert told("delete", client.client_id) == {"client_id": client.client_id, "deleted": True}
    assert store().clients.get(client.client_id) is None
    assert store().journal.revoked([journal.client(client.client_id)], client.updated - timedelta(minutes=1))


@pytest.mark.parametrize("verb", ["show", "set", "rotate-secret", "enable", "disable", "delete"])
def test_a_client_that_is_not_there_is_said_not_to_be(verb: str, db: None) -> None:
    with pytest.raises(CommandError, match=r"there is no client a\\x1b\[31m: `clients list` tells all"):
        said(verb, "a\x1b[31m")


# --- The id of a client that moves in


@pytest.mark.parametrize("client_id", ["my-app", "0oa1b2c3:x/y~z", "6f1c4bd2-0f5c-4b0e-9f7a-3f1d6f0e2a11", "x" * 255])
def test_a_client_that_moves_in_keeps_its_id(client_id: str, db: None) -> None:
    out = StringIO()
    call_command("createclient", "--kind=machine", "--name=N", f"--client-id={client_id}", stdout=out)
    assert json.loads(out.getvalue())["client_id"] == client_id
    with pytest.raises(CommandError, match="--client-id: is taken: there is such a client"):
        call_command("createclient", "--kind=machine", "--name=N", f"--client-id={client_id}", stdout=out)


@pytest.mark.parametrize("client_id", ["", " ", "a b", "a\x00", "ä", "x" * 256, "a\n"])
def test_an_id_is_text_that_every_client_can_send(client_id: str, db: None) -> None:
    with pytest.raises(CommandError, match="--client-id: must be 1 to 255 characters"):
        call_command("createclient", "--kind=machine", "--name=N", f"--client-id={client_id}", stdout=StringIO())


@pytest.mark.covers("S54")
@pytest.mark.parametrize("written", [str, lambda text: text.upper()])
@pytest.mark.parametrize("what", ["a person", "a disabled person", "a resource", "the issuer"])
def test_no_client_is_called_like_a_person_an_api_or_this_server(what: str, written: Any, db: None) -> None:
    person = User.objects.create_user("alice", is_active=what == "a person")
    resources.create(Resource(identifier="URN:ORDERS".lower(), scope=("orders:read",), name="Orders"))
    names = {"a resource": "urn:orders", "the issuer": f"{settings.ISSUER}/"}
    client_id = names.get(what, str(person.pk))
    client_id = client_id if what == "a resource" else written(client_id)
    with pytest.raises(CommandError, match=r"--client-id: is the .*: tokens would name both alike"):
        call_command("createclient", "--kind=machine", "--name=N", f"--client-id={client_id}", stdout=StringIO())
    assert store().clients.get(client_id) is None


ORDERS = ("https://orders.example", "https://orders.example/")


@pytest.mark.parametrize(("client_id", "identifier"), [*product(ORDERS, ORDERS)])
def test_no_client_is_called_like_an_api_whatever_slash_it_has(client_id: str, identifier: str, db: None) -> None:
    """APIs take the two for one (RFC 3986 §6.2.3)."""
    resources.create(Resource(identifier=identifier, name="Orders", scope=("read",)))
    with pytest.raises(CommandError, match=r"--client-id: is the identifier of a resource"):
        call_command("createclient", "--kind=machine", "--name=N", f"--client-id={client_id}", stdout=StringIO())
    document = {"clients": {client_id: {"kind": "machine", "client_name": "N"}}}
    with pytest.raises(ValidationError, match="is the identifier of a resource"):
        as_code.plan(as_code.read(document), prune=False)


@pytest.mark.covers("S54")
@pytest.mark.parametrize(("client_id", "identifier"), [("urn:orders", "urn:orders"), *product(ORDERS, ORDERS)])
def test_no_api_is_called_like_a_client(client_id: str, identifier: str, db: None) -> None:
    made("machine", client_id)
    arguments = [f"--identifier={identifier}", "--name=Orders", "--scope=orders:read"]
    with pytest.raises(CommandError, match="--identifier: is the id of a client"):
        call_command("createresource", *arguments, stdout=StringIO())
    assert store().resources.all() == []


def test_the_id_of_nobody_is_free(db: None) -> None:
    assert made("machine", str(uuid4())).enabled
