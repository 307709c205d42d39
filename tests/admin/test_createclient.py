"""`manage.py createclient`."""

import json
import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.admin.pages import BY_KIND, URI, members
from tokens.models import Client, ClientSecret

MANAGED = Path(__file__).parents[2]


def created(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("createclient", *arguments, stdout=out)
    assert out.getvalue().endswith("}\n")
    assert out.getvalue().count("\n") == 1
    body: dict[str, Any] = json.loads(out.getvalue())
    return body


def faults(*arguments: str) -> list[str]:
    out = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("createclient", *arguments, stdout=out)
    assert (out.getvalue(), Client.objects.count()) == ("", 0)
    return str(caught.value).splitlines()


@pytest.mark.parametrize("kind", BY_KIND)
def test_a_client_of_every_kind_is_made(kind: str, db: None) -> None:
    uris = ["--redirect-uri", URI] if kind in ("web", "spa", "native") else []
    printed = created("--kind", kind, "--name", " A site ", *uris)
    public = BY_KIND[kind]["token_endpoint_auth_method"] == "none"
    assert set(printed) == ({"client_id"} if public else {"client_id", "client_secret"})
    client = Client.objects.get(pk=printed["client_id"])
    expected = {"client_name": "A site", "redirect_uris": [URI] if uris else [], **BY_KIND[kind]}
    assert {name: members(client)[name] for name in expected} == expected
    assert ClientSecret.objects.count() == (0 if public else 1)


def test_options_may_be_repeated_or_given_together(db: None) -> None:
    separately = ["--redirect-uri", URI, "--redirect-uri", f"{URI}/2", "--scope", "openid", "--scope", "email"]
    together = ["--redirect-uri", URI, f"{URI}/2", URI, "--scope", "openid email"]
    for options in (separately, together):
        printed = created("--kind", "spa", "--name", "A site", *options)
        client = Client.objects.get(pk=printed["client_id"])
        assert (members(client)["redirect_uris"], client.scope) == ([URI, f"{URI}/2"], "openid email")


def test_a_developers_client_of_their_own_is_made(db: None) -> None:
    options = ["--development", "--skip-consent", "--redirect-uri", "http://localhost:3000/cb"]
    printed = created("--kind", "web", "--name", "A site", *options)
    client = Client.objects.get(pk=printed["client_id"])
    assert (client.development, client.metadata["skip_consent"]) == (True, True)


def test_a_client_may_ask_for_logout_notices(db: None) -> None:
    own = ["--backchannel-logout-uri", f"{URI}/logout", "--backchannel-logout-session-required"]
    printed = created("--kind", "web", "--name", "A site", "--redirect-uri", URI, *own)
    client = Client.objects.get(pk=printed["client_id"])
    assert (client.backchannel_logout_uri, client.backchannel_logout_session_required) == (f"{URI}/logout", True)


FAULTS: dict[str, tuple[list[str], list[str]]] = {
    "no redirect URI": (
        ["--kind", "native", "--name", "N"],
        ["--redirect-uri: a client where people sign in needs at least one redirect URI"],
    ),
    "a redirect URI for an API": (
        ["--kind", "api", "--name", "N", "--redirect-uri", URI],
        ["--redirect-uri: a client where nobody signs in has no redirect URIs"],
    ),
    "all at once": (
        [
            *("--kind", "native", "--name", " \n", "--scope", "openid", "x\x1b[31m", "--skip-consent"),
            *("--redirect-uri", "http://rp.example/\x00#\ud800", "http://127.0.0.1/cb?code=1#x"),
        ],
        [
            "--name: a name is needed, which people see when they are asked",
            "--redirect-uri: http://rp.example/\\x00#\\ud800 has characters that a URI cannot have",
            "--redirect-uri: http://127.0.0.1/cb?code=1#x has a fragment",
            "--redirect-uri: http://127.0.0.1/cb?code=1#x has the response parameter code in its query",
            "--scope: x\\x1b[31m is not a scope of this server; "
            "it has openid, profile, email, address, phone, groups, offline_access",
            "--skip-consent: a native client must ask, unless all its redirect URIs are https: any program can be it",
        ],
    ),
    "a name that cannot be stored": (
        ["--kind", "machine", "--name", "A\ud800\x00"],
        ["--name: has characters that cannot be shown (U+D800)"],
    ),
    "a name too long": (["--kind", "api", "--name", "A" * 256], ["--name: is longer than 255 characters"]),
}


@pytest.mark.parametrize("case", FAULTS)
def test_every_fault_is_a_line_and_nothing_is_made(case: str, db: None) -> None:
    arguments, lines = FAULTS[case]
    assert faults(*arguments) == lines


@pytest.mark.parametrize("arguments", [[], ["--kind", "web"], ["--name", "N"], ["--kind", "x", "--name", "N"]])
def test_what_is_left_out_is_named(arguments: list[str], db: None) -> None:
    with pytest.raises(CommandError, match=r"required|invalid choice"):
        call_command("createclient", *arguments)
    assert not Client.objects.exists()


def test_a_fault_ends_the_process_with_1_and_says_so_on_stderr_alone() -> None:
    command = [sys.executable, "-c", "from django.core.management import execute_from_command_line as e; e()"]
    arguments = ["createclient", "--kind", "web", "--name", "N", "--redirect-uri", "javascript:alert(1)"]
    ended = subprocess.run(
        [*command, *arguments], cwd=MANAGED, env=os.environ, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert re.fullmatch(r"CommandError: --redirect-uri: javascript:alert\(1\) must use https\n", ended.stderr)


@pytest.mark.parametrize("kind", BY_KIND)
def test_a_grant_that_is_typed_in_comes_to_those_of_the_kind(kind: str, db: None) -> None:
    uris = ["--redirect-uri", URI] if kind in ("web", "spa", "native") else []
    options = ["--kind", kind, "--name", "A site", *uris, "--grant-type", "client_credentials"]
    if BY_KIND[kind]["token_endpoint_auth_method"] == "none":
        assert faults(*options) == ["--grant-type: client_credentials is for clients that authenticate (RFC 6749 §4.4)"]
        return
    client = Client.objects.get(pk=created(*options)["client_id"])
    grants = [name for name in BY_KIND[kind]["grant_types"] if name != "client_credentials"]
    assert client.grant_types == [*grants, "client_credentials"]


def test_what_a_kind_has_may_be_chosen_otherwise(db: None) -> None:
    uris, scope = ["--redirect-uri", URI], ["--scope", "openid"]
    printed = created("--kind", "web", "--name", "A site", *uris, *scope, "--no-enabled")
    client = Client.objects.get(pk=printed["client_id"])
    assert (client.scope, client.enabled) == ("openid", False)
    with pytest.raises(CommandError, match="--grant-type: invalid choice: 'implicit'"):
        call_command("createclient", "--kind", "web", "--name", "N", *uris, "--grant-type", "implicit")
    with pytest.raises(CommandError, match="--response-type: code is for the grant type authorization_code"):
        call_command("createclient", "--kind", "api", "--name", "N", "--response-type", "code")


@pytest.mark.parametrize(
    "uri", ["javascript:alert(1)", "https://", "x" * 201, "https://rp.example/\x00", "//rp.example"]
)
@pytest.mark.parametrize("member", ["client-uri", "logo-uri", "policy-uri", "tos-uri"])
def test_what_people_are_shown_is_a_web_address(member: str, uri: str, db: None) -> None:
    told = faults("--kind", "web", "--name", "N", "--redirect-uri", URI, f"--{member}", uri)
    assert [line.partition(":")[0] for line in told] == [f"--{member}"]
