"""A client's logo: fetched where the client is saved, by the admin and each command, and kept; what is no picture, or
cannot be had, is told where it was typed in (OpenID Connect Registration §2)."""

import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client as Browser
from pytest_django.fixtures import Settings

from tests.admin.pages import URI, change_url, edited, members
from tests.servers.loopback import Behaviour, Loopback, answer, send, serving
from tests.support.builders import create
from tests.support.pictures import SVG, named, png
from tokens import fetch, models
from tokens.admin import trial
from tokens.fetch import fetch_bytes
from tokens.models import Client
from tokens.protocol.pictures import MAX_BYTES
from tokens.registration import as_code, logos
from tokens.stores import store

LOGO, OTHER = png(), png(colour=b"abc")


@pytest.fixture
def row(db: None) -> Client:
    create("web", "A site", [URI])
    return Client.objects.get()


@pytest.fixture
def answers() -> list[Behaviour]:
    """What the client's server does, the first of these; a test may change it."""
    return [answer(LOGO)]


@pytest.fixture
def server(answers: list[Behaviour], settings: Settings) -> Iterator[Loopback]:
    settings.ISSUER = "http://localhost:8000"
    with serving(lambda connected: answers[0](connected)) as running:
        yield running


def kept(client_id: str) -> tuple[str, list[bytes]]:
    """What the client's logo is called, and what is kept of it."""
    client = store().clients.of_id(client_id)
    assert client is not None
    rows = models.ClientLogo.objects.filter(client_id=client_id)
    assert [each.name for each in rows] == [client.logo] * len(rows)
    return client.logo, [bytes(each.content) for each in rows]


@pytest.mark.covers("S53 logos", "S53 transaction of a logo")
def test_a_logo_is_fetched_once_outside_any_transaction_and_kept(
    manager: Browser, row: Client, server: Loopback, monkeypatch: pytest.MonkeyPatch, answers: list[Behaviour]
) -> None:
    around, inside = len(connection.savepoint_ids), []

    def watched(url: str, **how: Any) -> bytes:
        inside.append(len(connection.savepoint_ids) - around)
        return fetch_bytes(url, **how)

    monkeypatch.setattr(logos, "fetch_bytes", watched)
    typed = {"logo_uri": server.url("/logo")}
    assert manager.post(change_url(row), edited(row, **typed)).status_code == 302
    assert kept(row.pk) == (named(LOGO), [LOGO])
    assert b"Accept: image/png, image/jpeg, image/webp" in server.requests[0]
    # Its server shows something else by now, and is not asked.
    answers[0] = answer(OTHER)
    row.refresh_from_db()
    assert manager.post(change_url(row), edited(row, client_name="Another", **typed)).status_code == 302
    assert (server.connections, inside, kept(row.pk)) == (1, [0], (named(LOGO), [LOGO]))
    # Another address is another picture, and none is none.
    row.refresh_from_db()
    assert manager.post(change_url(row), edited(row, logo_uri=server.url("/logo?2"))).status_code == 302
    assert kept(row.pk) == (named(OTHER), [OTHER])
    row.refresh_from_db()
    assert manager.post(change_url(row), edited(row)).status_code == 302
    assert kept(row.pk) == ("", [])


def test_the_preview_of_the_consent_page_shows_it(manager: Browser, row: Client, server: Loopback) -> None:
    manager.post(change_url(row), edited(row, logo_uri=server.url()))
    page = manager.post(trial.url("preview_consent", row.pk), {"scope": ["openid"]})
    assert f'src="/oauth2/logos/{named(LOGO)}"' in page.content.decode()


def test_the_page_of_the_client_shows_what_is_kept(manager: Browser, row: Client, server: Loopback) -> None:
    assert b'class="logo"' not in manager.get(change_url(row)).content
    manager.post(change_url(row), edited(row, logo_uri=server.url()))
    page = manager.get(change_url(row)).content.decode()
    assert f'<img class="logo" src="/oauth2/logos/{named(LOGO)}"' in page
    assert "1,024 dots on each side" in page


def test_a_client_that_goes_takes_its_logo_along(manager: Browser, row: Client, server: Loopback) -> None:
    manager.post(change_url(row), edited(row, logo_uri=server.url()))
    page = change_url(row).replace("change", "delete")
    assert manager.get(page).status_code == 200
    manager.post(page, {"post": "yes"})
    assert models.ClientLogo.objects.count() == 0


def test_a_client_from_before_logos_were_kept_gets_its_own_at_the_next_save(
    manager: Browser, row: Client, server: Loopback, answers: list[Behaviour]
) -> None:
    row.metadata = {name: value for name, value in row.metadata.items() if name != "logo"} | {"logo_uri": server.url()}
    row.save()
    answers[0] = answer(SVG)
    assert manager.post(change_url(row), edited(row, logo_uri=server.url(), enabled="")).status_code == 302
    row.refresh_from_db()
    assert (row.enabled, kept(row.pk)) == (False, ("", [])), "it holds up no other change"
    answers[0] = answer(LOGO)
    assert manager.post(change_url(row), edited(row, logo_uri=server.url())).status_code == 302
    assert kept(row.pk) == (named(LOGO), [LOGO])


REFUSED: dict[str, tuple[Behaviour, str]] = {
    "an SVG": (answer(SVG), "is no picture that is taken: a PNG, JPEG or WebP picture of at most 20 KB is, and no SVG"),
    "a page, whatever it is called": (
        send(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 6\r\n\r\n<html>"),
        "is no picture that is taken",
    ),
    "too large": (answer(png() + b"x" * MAX_BYTES), f"cannot be read: answered more than {MAX_BYTES} bytes"),
    "a bomb": (answer(png(20_000, 20_000)), "is a picture of 20000 x 20000 dots"),
    "a bomb that has to be inflated": (answer(LOGO, "Content-Encoding: gzip"), "a Content-Encoding that was not asked"),
    "not there": (answer(b"", status="404 Not Found"), "cannot be read: answered 404"),
    "elsewhere": (answer(b"", "Location: http://169.254.169.254/", status="302 Found"), "cannot be read: answered 302"),
    "nothing": (send(), "cannot be read: "),
    "for ever": (lambda connected: [connected.recv(1)].clear(), "no answer within 0.3 seconds"),
}


@pytest.mark.covers("S53 logos", "S53 redirects", "S53 size", "S53 time")
@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_kept_is_told_at_its_field_and_nothing_that_was_typed_is_lost(
    what: str,
    manager: Browser,
    row: Client,
    server: Loopback,
    answers: list[Behaviour],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers[0], fault = REFUSED[what]
    if what == "for ever":
        monkeypatch.setattr(fetch, "MAX_SECONDS", 0.3)
    typed = {"client_name": "Another", "logo_uri": server.url(), "tos_uri": "https://rp.example/terms"}
    page = manager.post(change_url(row), edited(row, **typed))
    assert page.status_code == 200
    assert [*page.context["errors"]] == ["logo_uri"]
    assert fault in str(page.context["errors"]["logo_uri"])
    shown = page.content.decode()
    assert all(f'value="{text}"' in shown for text in typed.values())
    row.refresh_from_db()
    assert (row.client_name, kept(row.pk)) == ("A site", ("", []))
    with pytest.raises(CommandError, match="--logo-uri: ") as refused:
        call_command("clients", "set", row.pk, "--logo-uri", server.url(), stdout=StringIO())
    assert fault in str(refused.value)


@pytest.mark.covers("S53 logos", "S53 private", "S53 link-local", "S53 mapped")
@pytest.mark.parametrize("host", ["10.0.0.1", "169.254.169.254", "[::ffff:127.0.0.1]", "[fd00::1]", "127.0.0.1"])
def test_no_address_of_our_own_network_is_asked(
    host: str, manager: Browser, row: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ISSUER = "https://idp.example"
    monkeypatch.setattr(socket, "create_connection", None)
    page = manager.post(change_url(row), edited(row, logo_uri=f"https://{host}/logo.png"))
    assert "is not a public address" in str(page.context["errors"]["logo_uri"])


@pytest.mark.parametrize("name", ["client_uri", "logo_uri", "policy_uri", "tos_uri"])
@pytest.mark.parametrize(
    "address",
    [
        *("http://rp.example/", "http://127.0.0.1/", "https://bank.example@rp.example/", "https://@rp.example/"),
        *("https://rp.example./", "https://2130706433/", "https://0x7f.1/", "https://127.1/", "https://[::1%25lo]/"),
        *("https://rp.example:0/", "https://rp.example:99999/", "https://rp.example:/", "https://rp.example:x/"),
        *("https://-rp.example/", "https://rp..example/", "https://r\u0440.example/", "https://rp.example\\@x/"),
    ],
)
def test_what_people_are_shown_is_https_and_says_whose_it_is(
    name: str, address: str, manager: Browser, row: Client, settings: Settings
) -> None:
    settings.ISSUER = "https://idp.example"
    page = manager.post(change_url(row), edited(row, **{name: address}))
    assert [*page.context["errors"]] == [name]


@pytest.mark.parametrize(
    "address",
    ["https://rp.example:8443/a", "https://192.0.2.7/a", "https://[2001:db8::7]:8443/a", "https://RP.example"],
)
def test_a_page_may_have_a_port_and_be_at_an_address(address: str, manager: Browser, row: Client) -> None:
    assert manager.post(change_url(row), edited(row, policy_uri=address, tos_uri=address)).status_code == 302


def test_nobody_without_the_right_makes_us_ask(browser_of: Any, row: Client, server: Loopback) -> None:
    form = edited(row, logo_uri=server.url())
    for role in ("anonymous", "person", "auditor", "support"):
        assert browser_of(role).post(change_url(row), form).status_code in (302, 403)
    assert server.connections == 0


# --- Commands


def test_each_command_that_makes_or_changes_a_client_fetches_its_logo(server: Loopback, db: None) -> None:
    out = StringIO()
    call_command(
        *("createclient", "--kind", "web", "--name", "A site", "--redirect-uri", URI, "--logo-uri", server.url("/1")),
        stdout=out,
    )
    client_id = json.loads(out.getvalue())["client_id"]
    assert kept(client_id) == (named(LOGO), [LOGO])
    call_command("clients", "set", client_id, "--logo-uri", server.url("/2"), stdout=out)
    call_command("clients", "set", client_id, "--logo-uri", server.url("/2"), stdout=out)
    assert out.getvalue().endswith("it was so already\n")
    assert (server.connections, kept(client_id)) == (2, (named(LOGO), [LOGO]))
    call_command("clients", "set", client_id, "--unset", "logo_uri", stdout=out)
    assert kept(client_id) == ("", [])


def test_a_client_that_is_refused_is_not_made(server: Loopback, answers: list[Behaviour], db: None) -> None:
    answers[0] = answer(SVG)
    arguments = ("--kind", "web", "--name", "A site", "--redirect-uri", URI, "--logo-uri", server.url())
    with pytest.raises(CommandError, match="--logo-uri: what it answers is no picture that is taken"):
        call_command("createclient", *arguments)
    assert Client.objects.count() == 0


@pytest.fixture
def apply(tmp_path: Path, db: None) -> Callable[..., None]:
    def applied(*options: str, **more: str) -> None:
        client = {"kind": "web", "client_name": "A site", "redirect_uris": [URI], **more}
        file = tmp_path / "clients.json"
        file.write_text(json.dumps({"clients": {"shop": client}}))
        call_command("apply", str(file), *options, stdout=StringIO())

    return applied


def test_apply_keeps_what_it_fetched_and_a_plan_keeps_nothing(
    apply: Callable[..., None], server: Loopback, answers: list[Behaviour]
) -> None:
    apply()
    with pytest.raises(SystemExit):
        apply("--plan", logo_uri=server.url())
    assert kept("shop") == ("", [])
    apply(logo_uri=server.url())
    assert kept("shop") == (named(LOGO), [LOGO])
    apply(logo_uri=server.url())
    assert (server.connections, kept("shop")) == (2, (named(LOGO), [LOGO]))
    answers[0] = answer(SVG)
    with pytest.raises(CommandError, match="logo_uri: what it answers is no picture that is taken"):
        apply(logo_uri=server.url("/other"))
    assert kept("shop") == (named(LOGO), [LOGO])


def test_a_plan_from_before_another_logo_does_not_name_a_picture_that_is_gone(
    apply: Callable[..., None], server: Loopback, answers: list[Behaviour]
) -> None:
    apply(logo_uri=server.url())
    client = {"kind": "web", "client_name": "Another", "redirect_uris": [URI], "logo_uri": server.url()}
    plan = as_code.plan(as_code.read({"clients": {"shop": client}}), prune=False)
    answers[0] = answer(OTHER)
    call_command("clients", "set", "shop", "--logo-uri", server.url("/other"), stdout=StringIO())
    with pytest.raises(as_code.Conflict):
        as_code.carry_out(plan)
    assert kept("shop") == (named(OTHER), [OTHER])


def test_what_a_client_says_has_the_address_of_its_logo_and_nothing_of_what_is_kept(
    manager: Browser, row: Client, server: Loopback
) -> None:
    manager.post(change_url(row), edited(row, logo_uri=server.url()))
    row.refresh_from_db()
    assert members(row)["logo_uri"] == server.url()
    assert "logo" not in members(row)
    switched = store().clients.of_id(row.pk)
    assert switched is not None
    assert store().clients.change(replace(switched, enabled=False), switched.updated)
    assert kept(row.pk) == (named(LOGO), [LOGO])
