"""What is told to who registers a client, though it may be so: on the page, and by each command."""

import json
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.management import CommandError, call_command
from django.test import Client as Browser
from pytest_django.fixtures import Settings

from tests.admin.pages import ADD, URI, change_url, edited, new
from tests.support.builders import create
from tests.support.messages import REDIRECT_URI
from tokens.models import Client
from tokens.protocol.client_metadata import MEMBERS
from tokens.protocol.member_types import Uri
from tokens.registration.remarks import remarks

ISSUERS = ["http://localhost:8000", "https://op.example"]
LOCALHOST = "http://localhost:8000/cb"
ADDRESSES = {
    "https://rp.example/x": None,
    "http://localhost:3000/x": "localhost",
    "http://127.0.0.1:3000/x": "127.0.0.1",
    "https://127.0.0.1/x": "127.0.0.1",
    "https://10.0.0.5/x": "10.0.0.5",
    "https://internal.example/x": "internal.example",
    "https://169.254.169.254/x": "169.254.169.254",
}
"""Each with the host that is not public."""
CALLED = [name for name, member in MEMBERS.items() if isinstance(member.type, Uri)]
"""The members that name what we call."""
ALLOWED = "IDP_TOKENS_FETCH_ALLOW allows it, where it has"


def refused(address: str, issuer: str) -> str | None:
    """The host that the setting has to name before the address is called."""
    host = ADDRESSES[address]
    return None if issuer == ISSUERS[0] and host in ("localhost", "127.0.0.1") else host


@pytest.mark.parametrize("issuer", ISSUERS)
@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("member", CALLED)
def test_an_address_that_would_not_be_called_is_told_with_the_setting(
    db: None, settings: Settings, issuer: str, address: str, member: str
) -> None:
    settings.ISSUER = issuer
    client, _ = create("web", "A site", [REDIRECT_URI], development=True)
    called: dict[str, Any] = {member: address}
    client = replace(client, **called)
    told = dict(remarks(client))
    host = refused(address, issuer)
    assert set(told) == ({member} if host else set())
    assert told.get(member, f"{ALLOWED} {host}").endswith(f"{ALLOWED} {host}")
    settings.TOKENS = settings.TOKENS.__class__(fetch_allow=(host or "",))
    assert list(remarks(client)) == []


def said_by_the_admin(manager: Browser, kind: str, members: dict[str, Any]) -> str:
    """By the page of a new client, and by the one of a client that there is."""
    if "redirect_uris" in members:
        answer = manager.post(ADD, new(kind, redirect_uris=members["redirect_uris"][0]))
    else:
        create(kind, "A site", [URI])
        row = Client.objects.get()
        answer = manager.post(change_url(row), edited(row, **members))
    assert answer.status_code in (200, 302)
    assert Client.objects.count() == 1
    return "\n".join(each.message for each in get_messages(answer.wsgi_request) if each.level_tag == "warning")


def said_by_createclient(manager: Browser, kind: str, members: dict[str, Any]) -> str:
    err = StringIO()
    uris = members.get("redirect_uris", [URI])
    others = [(f"--{name.replace('_', '-')}", value) for name, value in members.items() if name != "redirect_uris"]
    options = [each for pair in others for each in pair]
    call_command(
        "createclient", "--kind", kind, "--name", "N", "--redirect-uri", *uris, *options, stdout=StringIO(), stderr=err
    )
    return err.getvalue()


def said_by_clients_set(manager: Browser, kind: str, members: dict[str, Any]) -> str:
    client, _ = create(kind, "A site", [URI])
    err = StringIO()
    uris = ["--redirect-uri", *members["redirect_uris"]] if "redirect_uris" in members else []
    others = [(f"--{name.replace('_', '-')}", value) for name, value in members.items() if name != "redirect_uris"]
    options = [each for pair in others for each in pair]
    call_command("clients", "set", client.client_id, *uris, *options, "--json", stdout=StringIO(), stderr=err)
    return err.getvalue()


def said_by_apply(manager: Browser, kind: str, members: dict[str, Any]) -> str:
    client = {"kind": kind, "client_name": "N", "redirect_uris": [URI], **members}
    file, err = Path("clients.json"), StringIO()
    file.write_text(json.dumps({"clients": {"mine": client}}))
    call_command("apply", str(file), "--json", stdout=StringIO(), stderr=err)
    return err.getvalue()


WAYS: list[Callable[[Browser, str, dict[str, Any]], str]] = [
    said_by_the_admin,
    said_by_createclient,
    said_by_clients_set,
    said_by_apply,
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("kind", "members", "told"),
    [
        ("web", {"backchannel_logout_uri": "https://internal.example/x"}, f"{ALLOWED} internal.example"),
        ("web", {"jwks_uri": "https://10.0.0.5/x"}, f"{ALLOWED} 10.0.0.5"),
        ("web", {"backchannel_logout_uri": "https://rp.example/x"}, ""),
        ("native", {"redirect_uris": [LOCALHOST]}, f"{LOCALHOST} names localhost"),
        ("native", {"redirect_uris": ["http://127.0.0.1/cb"]}, ""),
    ],
)
def test_every_way_to_register_tells_it(
    manager: Browser,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    way: Callable[[Browser, str, dict[str, Any]], str],
    kind: str,
    members: dict[str, Any],
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    said = way(manager, kind, members)
    assert told in said
    assert bool(said) == bool(told)


def test_every_member_that_names_what_we_call_is_asked_about() -> None:
    assert set(CALLED) == {"jwks_uri", "sector_identifier_uri", "backchannel_logout_uri"}


@pytest.mark.parametrize("way", WAYS)
def test_what_has_to_be_read_before_it_is_registered_is_refused_with_the_setting(
    manager: Browser,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    way: Callable[[Browser, str, dict[str, Any]], str],
) -> None:
    monkeypatch.chdir(tmp_path)
    members = {"subject_type": "pairwise", "sector_identifier_uri": "https://internal.example/x"}
    if way is said_by_the_admin:
        create("web", "A site", [URI])
        row = Client.objects.get()
        told = str(manager.post(change_url(row), edited(row, **members)).context["errors"])
    else:
        with pytest.raises(CommandError) as caught:
            way(manager, "web", members)
        told = str(caught.value)
    assert f"{ALLOWED} internal.example" in told
    assert "sector_identifier_uri" in told.replace("-", "_")
    assert [row.metadata["sector_identifier_uri"] for row in Client.objects.all() if row.metadata] in ([], [""])
