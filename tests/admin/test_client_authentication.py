"""How a client authenticates, chosen in the admin and by `createclient`: by secret or by its own key."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.test import Client as Browser
from pytest_django.fixtures import Settings

from tests.admin.pages import ADD, URI, change_url, edited, gets_in, members, new, shown
from tests.support.assertions import key_set
from tokens.models import Client, ClientSecret

KEYS = "https://rp.example/jwks.json"


# --- private_key_jwt


@pytest.mark.parametrize("kind", ["web", "machine", "api"])
@pytest.mark.parametrize("keys", [{"jwks": json.dumps(key_set())}, {"jwks_uri": KEYS}])
def test_a_client_with_keys_of_its_own_gets_no_secret(kind: str, keys: dict[str, str], manager: Browser) -> None:
    answer = manager.post(ADD, new(kind, **keys))
    assert answer.status_code == 302, answer.context["errors"]
    client = Client.objects.get()
    assert client.token_endpoint_auth_method == "private_key_jwt"
    assert (client.metadata["jwks"], client.metadata["jwks_uri"]) == (
        (key_set(), "") if "jwks" in keys else (None, KEYS)
    )
    assert not ClientSecret.objects.exists()
    assert manager.get(f"/admin/tokens/client/?kind={kind}").context["cl"].result_count == 1


@pytest.mark.parametrize("kind", ["spa", "native"])
def test_a_client_that_everybody_has_cannot_keep_a_key(kind: str, manager: Browser) -> None:
    answer = manager.post(ADD, new(kind, jwks_uri=KEYS))
    assert set(answer.context["errors"]) == {"jwks"}
    assert not Client.objects.exists()


def test_a_client_moves_from_its_secret_to_its_key_and_back(manager: Browser, settings: Settings) -> None:
    secret = shown(manager.post(ADD, new()))
    row = Client.objects.get()
    form = edited(row, token_endpoint_auth_method="private_key_jwt")
    without = manager.post(change_url(row), form)
    told = ["a client that uses private_key_jwt needs the keys that verify it, or a jwks_uri"]
    assert dict(without.context["errors"]) == {"jwks": told}
    form |= {"jwks": json.dumps(key_set()), "token_endpoint_auth_signing_alg": "ES256"}
    assert manager.post(change_url(row), form).status_code == 302
    assert not gets_in(row, secret, settings)
    row.refresh_from_db()
    assert (row.metadata["jwks"], row.metadata["token_endpoint_auth_signing_alg"]) == (key_set(), "ES256")
    page = manager.get(change_url(row)).content.decode()
    assert "none of its secrets lets it in" in page
    assert row.secrets.count() == 1
    assert (
        manager.post(change_url(row), edited(row, token_endpoint_auth_method="client_secret_post")).status_code == 302
    )
    assert Client.objects.get().token_endpoint_auth_method == "client_secret_post"


@pytest.mark.covers("S78 garbage")
@pytest.mark.parametrize(
    ("jwks", "fault"),
    [
        ("x", "is not a JSON object whose members come once each"),
        ("[]", "is not a JSON object whose members come once each"),
        ('{"keys": [], "keys": []}', "is not a JSON object whose members come once each"),
        ('{"keys": [{"kty": "RSA", "n": NaN}]}', "is not a JSON object whose members come once each"),
        ('{"keys": [' + "1" * 5000 + "]}", "is not a JSON object whose members come once each"),
        ('{"keys": [{"kid": "\\u0000"}]}', "has escaped characters, which a key does not need"),
        ('{"keys": [{"kid": "\\ud800"}]}', "has escaped characters, which a key does not need"),
        ('{"a":' * 501 + "1" + "}" * 501, "is too large"),
        ("{}", "must be an object with the array `keys`, and a key in it"),
        (
            '{"keys": [{"kty": "EC", "d": "AQAB"}]}',
            "key 1 has private members, and is known to too many now: make a new key and register its public half",
        ),
        ("\x00", "Null characters are not allowed."),
        ("x" * 70_000, "Ensure this value has at most 65536 characters (it has 70000)."),
    ],
)
def test_keys_that_cannot_be_are_told_on_both_pages(jwks: str, fault: str, manager: Browser) -> None:
    manager.post(ADD, new())
    row = Client.objects.get()
    form = edited(row, jwks=jwks, token_endpoint_auth_method="private_key_jwt")
    for answer in (manager.post(ADD, new(jwks=jwks)), manager.post(change_url(row), form)):
        assert fault in answer.context["errors"]["jwks"]
    assert Client.objects.get().token_endpoint_auth_method == "client_secret_basic"


@pytest.mark.parametrize(
    "uri", ["http://rp.example/jwks", "https://rp.example/" + "a" * 200, "https://u:p@rp.example/"]
)
def test_an_address_of_keys_is_https_and_can_be_stored(uri: str, manager: Browser) -> None:
    manager.post(ADD, new())
    row = Client.objects.get()
    for answer in (manager.post(ADD, new(jwks_uri=uri)), manager.post(change_url(row), edited(row, jwks_uri=uri))):
        assert set(answer.context["errors"]) == {"jwks_uri"}


def test_the_command_takes_the_metadata_by_its_names(db: None, tmp_path: Path) -> None:
    (tmp_path / "jwks.json").write_text(json.dumps(key_set()))
    out = StringIO()
    options = [
        *("--kind", "web", "--name", "N", "--redirect-uri", URI),
        *("--token-endpoint-auth-method", "private_key_jwt", "--jwks", str(tmp_path / "jwks.json")),
        *("--token-endpoint-auth-signing-alg", "ES256", "--id-token-signed-response-alg", "PS256"),
        *("--userinfo-signed-response-alg", "EdDSA", "--subject-type", "pairwise", "--default-max-age", "3600"),
        *("--rotate-refresh-tokens", "always", "--post-logout-redirect-uri", "https://rp.example/bye"),
    ]
    call_command("createclient", *options, stdout=out)
    assert set(json.loads(out.getvalue())) == {"client_id"}
    metadata = members(Client.objects.get())
    expected = {
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": key_set(),
        "token_endpoint_auth_signing_alg": "ES256",
        "id_token_signed_response_alg": "PS256",
        "userinfo_signed_response_alg": "EdDSA",
        "subject_type": "pairwise",
        "default_max_age": 3600,
        "rotate_refresh_tokens": True,
        "post_logout_redirect_uris": ["https://rp.example/bye"],
    }
    assert {name: metadata[name] for name in expected} == expected
    assert not ClientSecret.objects.exists()


@pytest.mark.parametrize(
    ("kind", "options", "line"),
    [
        ("spa", ["--token-endpoint-auth-method=private_key_jwt"], "a client of the kind spa may use none"),
        (
            "web",
            ["--token-endpoint-auth-method=none"],
            "may use client_secret_basic, client_secret_post, private_key_jwt",
        ),
        ("web", ["--token-endpoint-auth-method=private_key_jwt"], "--jwks: a client that uses private_key_jwt needs"),
        ("web", ["--jwks=/nowhere"], "cannot be read: FileNotFoundError"),
        ("web", ["--default-max-age=-1"], "--default-max-age: must be from 0 to 315360000 seconds"),
        ("web", ["--default-max-age=" + "9" * 30], "is not a number of seconds"),
        (
            "spa",
            ["--rotate-refresh-tokens=never"],
            "--rotate-refresh-tokens: a client without a secret of its own must",
        ),
        ("web", ["--default-resource=urn:x"], "--default-resource: urn:x is not a resource of which"),
        ("web", ["--jwks-uri=http://rp.example/"], "--jwks-uri: http://rp.example/ must use https"),
        ("machine", ["--subject-type=pairwise"], "--subject-type: a client where nobody signs in has no subjects"),
    ],
)
def test_what_does_not_fit_is_a_line(kind: str, options: list[str], line: str, db: None, settings: Settings) -> None:
    settings.ISSUER = "https://op.example"
    uris = ["--redirect-uri", URI] if kind != "machine" else []
    with pytest.raises(CommandError) as caught:
        call_command("createclient", "--kind", kind, "--name", "N", *uris, *options, stdout=StringIO())
    assert line in str(caught.value)
    assert not Client.objects.exists()


# --- Secrets that end


def test_a_secret_is_added_with_an_end_and_the_old_one_gets_one(manager: Browser, settings: Settings) -> None:
    first = shown(manager.post(ADD, new()))
    client = Client.objects.get()
    page = manager.get(change_url(client))
    soon = (datetime.now(UTC) + timedelta(days=30)).replace(second=0, microsecond=0)
    form = {"latest": page.context["latest"], "client_secret_expires_at": f"{soon:%Y-%m-%dT%H:%M}"}
    second = shown(manager.post(page.context["add_secret_url"], form))
    old, added = client.secrets.order_by("pk")
    assert (old.client_secret_expires_at, added.client_secret_expires_at) == (None, soon)
    url = manager.get(change_url(client)).context["secrets"][0]["expire_url"]
    assert manager.post(url, {"client_secret_expires_at": f"{soon:%Y-%m-%dT%H:%M}"}).status_code == 302
    assert LogEntry.objects.latest("pk").change_message == f"The secret of {old} ends: {soon:%Y-%m-%d %H:%M} UTC."
    assert [gets_in(client, secret, settings) for secret in (first, second)] == [True, True]
    ClientSecret.objects.filter(pk=old.pk).update(client_secret_expires_at=datetime.now(UTC))
    assert [gets_in(client, secret, settings) for secret in (first, second)] == [False, True]
    # What has ended stays ended.
    assert "That secret had ended." in manager.post(url, follow=True).content.decode()
    assert not gets_in(client, first, settings)
    assert "<strong>ended</strong>" in manager.get(change_url(client)).content.decode()


@pytest.mark.covers("S78 garbage")
@pytest.mark.parametrize(
    "end",
    [
        "2020-01-01T00:00",
        "9999-12-31T23:59",
        "9999-12-31T23:59-14:00",
        "0001-01-01T00:00+14:00",
        "x",
        "\x00",
        "9" * 5000,
    ],
)
def test_an_end_that_cannot_be_changes_nothing(end: str, manager: Browser) -> None:
    manager.post(ADD, new())
    page = manager.get(change_url(Client.objects.get()))
    form = {"latest": page.context["latest"], "client_secret_expires_at": end}
    for url in (page.context["add_secret_url"], page.context["secrets"][0]["expire_url"]):
        assert "Nothing was done." in manager.post(url, form, follow=True).content.decode()
    assert list(ClientSecret.objects.values_list("client_secret_expires_at", flat=True)) == [None]


def test_the_last_use_of_each_secret_is_shown(manager: Browser) -> None:
    manager.post(ADD, new())
    url = change_url(Client.objects.get())
    assert ">never</td>" in manager.get(url).content.decode()
    ClientSecret.objects.update(last_used=datetime(2026, 3, 1, 12, 0, tzinfo=UTC))
    assert ">2026-03-01 12:00 UTC</td>" in manager.get(url).content.decode()
