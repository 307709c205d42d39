"""Clients in the admin: made by kind, edited, switched off; their secrets shown once."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core import signing
from django.test import Client as Browser

from accounts.models import PeopleGroup
from tests.admin.pages import ADD, BY_KIND, URI, change_url, edited, members, new, shown
from tokens.models import Client, ClientSecret


@pytest.mark.parametrize("kind", BY_KIND)
def test_a_client_of_every_kind_is_made_from_one_page(kind: str, manager: Browser) -> None:
    answer = manager.post(ADD, new(kind))
    public = BY_KIND[kind]["token_endpoint_auth_method"] == "none"
    assert answer.status_code == (302 if public else 200)
    client = Client.objects.get()
    metadata = members(client)
    assert metadata == {
        "client_name": "A site",
        "redirect_uris": [URI] if kind in ("web", "spa", "native") else [],
        "id_token_signed_response_alg": "RS256",
        "client_uri": "",
        "logo_uri": "",
        "policy_uri": "",
        "post_logout_redirect_uris": [],
        "backchannel_logout_uri": "",
        "backchannel_logout_session_required": False,
        "jwks": None,
        "jwks_uri": "",
        "token_endpoint_auth_signing_alg": "",
        "pin_token_endpoint_auth_method": False,
        "rotate_refresh_tokens": None,
        "tos_uri": "",
        "subject_type": "public",
        "sector_identifier_uri": "",
        "userinfo_signed_response_alg": "",
        "claims_in_id_token": True,
        "claims_mapping": [],
        "allowed_groups": [],
        "username_as_name": True,
        "second_factor_required": False,
        "default_max_age": None,
        "pkce": "optional",
        "default_resource": [],
        "skip_consent": False,
        "development": False,
        "enabled": True,
        **BY_KIND[kind],
    }
    assert re.fullmatch(r"0\.[\w-]{43}", client.pk)
    assert ClientSecret.objects.count() == (0 if public else 1)
    row = manager.get("/admin/tokens/client/").content.decode()
    assert f'<td class="field-kind">{ {"spa": "Single-page", "api": "API"}.get(kind, kind.title()) }</td>' in row
    assert "A site" in manager.get(f"/admin/tokens/client/?kind={kind}").content.decode()
    other = "web" if kind != "web" else "spa"
    assert "A site" not in manager.get(f"/admin/tokens/client/?kind={other}").content.decode()


def test_a_page_that_is_sent_twice_makes_one_client_and_shows_nothing_again(manager: Browser) -> None:
    form = new()
    secret = shown(manager.post(ADD, form))
    again = manager.post(ADD, form, follow=True)
    client = Client.objects.get()
    assert again.redirect_chain == [(change_url(client), 302)]
    assert "not shown again" in again.content.decode()
    assert secret not in again.content.decode()
    assert client.secrets.count() == 1


def test_two_sendings_that_race_make_one_client(manager: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    form = new()
    manager.post(ADD, form)
    # Both had looked before either wrote.
    monkeypatch.setattr("tokens.admin.client.ClientAdmin._is_made", lambda self, client_id: False)
    assert manager.post(ADD, form)["Location"] == change_url(Client.objects.get())
    assert ClientSecret.objects.count() == 1


@pytest.mark.parametrize(
    "page",
    [
        *(lambda: "", lambda: "x", lambda: "0.chosen", lambda: "\x00", lambda: "x" * 300),
        # Signed by us, but for something else.
        lambda: signing.dumps("0.chosen"),
    ],
)
def test_nobody_chooses_a_client_id(page: Callable[[], str], manager: Browser) -> None:
    answer = manager.post(ADD, new(new_client=page()))
    assert answer.status_code == 200
    assert "open for too long" in answer.content.decode()
    assert not Client.objects.exists()
    fresh = re.search(r'name="new_client" value="([^"]+)"', answer.content.decode())
    assert fresh is not None
    assert shown(manager.post(ADD, new(new_client=fresh[1])))


BAD: dict[str, tuple[dict[str, Any], dict[str, list[str]]]] = {
    "an empty form": (
        {"kind": "", "client_name": "", "redirect_uris": ""},
        {"kind": ["This field is required."], "client_name": ["This field is required."]},
    ),
    "no redirect URI": (
        {"redirect_uris": " \n"},
        {"redirect_uris": ["a client where people sign in needs at least one redirect URI"]},
    ),
    "a machine with a redirect URI": (
        {"kind": "machine", "redirect_uris": URI},
        {"redirect_uris": ["a client where nobody signs in has no redirect URIs"]},
    ),
    "an unknown kind": (
        {"kind": "../web"},
        {"kind": ["Select a valid choice. ../web is not one of the available choices."]},
    ),
    "an unknown scope": (
        {"scope": ["openid", "admin"]},
        {"scope": ["Select a valid choice. admin is not one of the available choices."]},
    ),
    "NUL": (
        {"client_name": "A\x00", "redirect_uris": "https://rp.example/\x00", "kind": "web\x00"},
        {
            "kind": ["Select a valid choice. web\x00 is not one of the available choices."],
            "client_name": ["Null characters are not allowed."],
            "redirect_uris": ["Null characters are not allowed."],
        },
    ),
    "a name that cannot be told from another": (
        {"client_name": "Bank\u202e"},
        {"client_name": ["has characters that cannot be shown (U+202E)"]},
    ),
    "a long name": (
        {"client_name": "A" * 256},
        {"client_name": ["Ensure this value has at most 255 characters (it has 256)."]},
    ),
    "a long redirect URI": (
        {"redirect_uris": f"https://rp.example/{'a' * 2030}"},
        {"redirect_uris": [f"https://rp.example/{'a' * 81}... is longer than 2048 characters"]},
    ),
    "too many redirect URIs": (
        {"redirect_uris": "\n".join(f"https://rp.example/{number}" for number in range(101))},
        {"redirect_uris": ["a client has at most 100 redirect URIs"]},
    ),
    "a native client that does not ask": (
        {"kind": "native", "redirect_uris": "com.example.app:/cb", "skip_consent": "on"},
        {"skip_consent": ["a native client must ask, unless all its redirect URIs are https: any program can be it"]},
    ),
    "everything at once": (
        {"client_name": "\x07", "redirect_uris": "http://rp.example/\njavascript:alert(1)", "scope": ["x"]},
        {
            "client_name": ["has characters that cannot be shown (U+0007)"],
            "redirect_uris": ["http://rp.example/ must use https", "javascript:alert(1) must use https"],
            "scope": ["Select a valid choice. x is not one of the available choices."],
        },
    ),
}


@pytest.mark.covers("S78 garbage")
@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_told_at_its_field_all_at_once(case: str, manager: Browser) -> None:
    fields, errors = BAD[case]
    answer = manager.post(ADD, new(**fields))
    assert (answer.status_code, answer.context["errors"]) == (200, errors)
    assert not Client.objects.exists()


@pytest.mark.covers("S78 body")
def test_a_form_beyond_the_limit_and_what_is_no_form_are_refused(manager: Browser) -> None:
    assert manager.post(ADD, new(redirect_uris="a" * 1_000_000)).status_code == 413
    assert manager.post(ADD, b"kind=%ff%fe&client_name=\xff", content_type="text/plain").status_code == 415


def test_metadata_can_be_changed_and_the_history_says_what(manager: Browser) -> None:
    manager.post(ADD, new())
    client = Client.objects.get()
    before = members(client)
    fields = {
        "client_name": "Another",
        "redirect_uris": f"{URI}\r\n\r\n https://rp.example/second \r\n",
        "scope": ["openid"],
        "token_endpoint_auth_method": "client_secret_post",
        "id_token_signed_response_alg": "ES256",
        "client_uri": "rp.example",
        "skip_consent": "on",
    }
    answer = manager.post(change_url(client), edited(client, **fields))
    assert answer.status_code == 302, answer.context["errors"]
    client.refresh_from_db()
    assert members(client) == before | fields | {
        "redirect_uris": [URI, "https://rp.example/second"],
        "scope": "openid",
        "client_uri": "https://rp.example",
        "skip_consent": True,
    }
    changed = json.loads(LogEntry.objects.latest("action_time").change_message)
    assert len(changed[0]["changed"]["fields"]) == len(fields)


def test_nothing_is_noted_as_changed_when_nothing_was(manager: Browser) -> None:
    manager.post(ADD, new())
    client = Client.objects.get()
    manager.post(change_url(client), edited(client))
    assert LogEntry.objects.latest("action_time").change_message == "[]"


@pytest.mark.parametrize("kind", BY_KIND)
def test_a_kind_cannot_be_changed(kind: str, manager: Browser) -> None:
    manager.post(ADD, new(kind))
    client = Client.objects.get()
    before = members(client)
    forged = {
        "client_id": "0.chosen",
        "kind": "native",
        "application_type": "native",
        "created": "2000-01-01",
        "token_endpoint_auth_method": before["token_endpoint_auth_method"],
    }
    assert manager.post(change_url(client), edited(client, **forged)).status_code == 302
    assert [members(client) for client in Client.objects.all()] == [before]
    unknown = {"grant_types": '["implicit"]', "response_types": '["token"]'}
    response = manager.post(change_url(client), edited(client, version=_version(), **unknown))
    assert set(response.context["errors"]) == ({*unknown} if before["response_types"] else {"grant_types"})
    assert [members(client) for client in Client.objects.all()] == [before]


def _version() -> str:
    return Client.objects.get().updated.isoformat()


@pytest.mark.parametrize(("kind", "grants"), [("web", ["client_credentials"]), ("machine", ["authorization_code"])])
def test_where_people_sign_in_they_go_on_to_and_elsewhere_nobody_does(
    kind: str, grants: list[str], manager: Browser
) -> None:
    manager.post(ADD, new(kind))
    client = Client.objects.get()
    response = manager.post(change_url(client), edited(client, grant_types=grants))
    assert set(response.context["errors"]) == {"grant_types"}
    response = manager.post(change_url(client), edited(client, client_name="Bank\u202e", grant_types=grants))
    assert set(response.context["errors"]) == {"client_name", "grant_types"}
    client.refresh_from_db()
    assert client.grant_types == BY_KIND[kind]["grant_types"]


def test_a_client_may_be_given_another_grant_and_stays_of_its_kind(manager: Browser) -> None:
    manager.post(ADD, new("web"))
    client = Client.objects.get()
    more = [*client.grant_types, "client_credentials"]
    assert manager.post(change_url(client), edited(client, grant_types=more)).status_code == 302
    client.refresh_from_db()
    assert client.grant_types == more
    page = manager.get(change_url(client)).content.decode()
    assert "client_credentials: it uses its scopes of APIs without a person, too" in page
    assert manager.get("/admin/tokens/client/?kind=web").context["cl"].result_count == 1
    assert manager.get("/admin/tokens/client/?kind=machine").context["cl"].result_count == 0


@pytest.mark.parametrize(("kind", "method"), [("web", "none"), ("spa", "client_secret_basic"), ("machine", "none")])
def test_a_client_becomes_neither_public_nor_confidential(kind: str, method: str, manager: Browser) -> None:
    manager.post(ADD, new(kind))
    client = Client.objects.get()
    manager.post(change_url(client), edited(client, token_endpoint_auth_method=method))
    client.refresh_from_db()
    assert client.token_endpoint_auth_method == BY_KIND[kind]["token_endpoint_auth_method"]


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "ftp://rp.example/", "//\x00", "x" * 300]
)
def test_what_people_are_shown_is_a_web_address(address: str, manager: Browser) -> None:
    manager.post(ADD, new())
    client = Client.objects.get()
    names = ("client_uri", "logo_uri", "policy_uri", "tos_uri")
    answer = manager.post(change_url(client), edited(client, **dict.fromkeys(names, address)))
    assert answer.status_code == 200
    assert set(answer.context["adminform"].form.errors) == set(names)


def test_a_client_is_switched_off_and_on(manager: Browser) -> None:
    manager.post(ADD, new())
    client = Client.objects.get()
    switched = []
    for action in ("disable", "disable", "enable"):
        manager.post("/admin/tokens/client/", {"action": action, "_selected_action": [client.pk]})
        client.refresh_from_db()
        switched.append((client.enabled, LogEntry.objects.count()))
    assert switched == [(False, 2), (False, 2), (True, 3)]


def test_a_client_is_deleted_with_its_secrets(manager: Browser) -> None:
    manager.post(ADD, new())
    url = change_url(Client.objects.get()).replace("change", "delete")
    digest = ClientSecret.objects.get().digest
    assert digest not in manager.get(url).content.decode()
    manager.post(url, {"post": "yes"})
    assert (Client.objects.count(), ClientSecret.objects.count()) == (0, 0)


# --- Addresses


@pytest.mark.covers("S78 garbage")
@pytest.mark.parametrize("action", ["disable", "delete_selected", "\x00", "nothing"])
@pytest.mark.parametrize("chosen", ["\x00", "nobody", "x" * 5000, ""])
def test_an_action_on_what_never_was_is_no_error_of_the_server(action: str, chosen: str, manager: Browser) -> None:
    form = {"action": action, "_selected_action": [chosen], "index": "0"}
    assert manager.post("/admin/tokens/client/", form).status_code in (200, 302, 400)


@pytest.mark.parametrize(
    "query", ["q=%00", "q=" + "x" * 5000, "kind=%00", "kind=x", "enabled__exact=%00", "p=-1", "o=%00"]
)
def test_a_bad_query_is_no_error_of_the_server(query: str, manager: Browser) -> None:
    manager.post(ADD, new())
    assert manager.get(f"/admin/tokens/client/?{query}", follow=True).status_code in (200, 400)


@pytest.mark.covers("S77 errors", "S78 garbage")
@pytest.mark.parametrize("look_up", ["secrets__digest__startswith", "client_name__contains", "client_id__gt", "x__y"])
def test_columns_cannot_be_asked_for_their_content(look_up: str, manager: Browser) -> None:
    manager.post(ADD, new())
    assert manager.get(f"/admin/tokens/client/?{look_up}=a").status_code == 400


@pytest.mark.covers("S78 garbage")
@pytest.mark.parametrize("name", ["%00", "nobody", "x" * 5000, "%ff", "a/b", "_00"])
def test_a_client_that_never_was_is_not_found(name: str, manager: Browser) -> None:
    urls = [f"/admin/tokens/client/{name}/{rest}/" for rest in ("change", "history", "delete", "secrets/add")]
    answers = [manager.get(urls[0]), manager.get(urls[1]), manager.get(urls[2]), manager.post(urls[3])]
    assert {answer.status_code for answer in answers} <= {302, 400, 404}


def test_a_client_is_for_groups_that_there_are_and_keeps_one_that_is_gone(manager: Browser) -> None:
    """A dropped name could leave none, and none means everybody."""
    PeopleGroup.objects.create(name="hatters")
    manager.post(ADD, new())
    client = Client.objects.get()
    answer = manager.post(change_url(client), edited(client, allowed_groups="hatters\nhares"))
    assert "hares is not a group of people here" in answer.content.decode()
    assert manager.post(change_url(client), edited(client, allowed_groups="hatters")).status_code == 302
    PeopleGroup.objects.all().delete()
    client.refresh_from_db()
    form = edited(client, allowed_groups="hatters", client_name="Other")
    assert manager.post(change_url(client), form).status_code == 302
    client.refresh_from_db()
    assert (client.client_name, members(client)["allowed_groups"]) == ("Other", ["hatters"])


def test_a_mapping_is_judged_line_by_line(manager: Browser) -> None:
    manager.post(ADD, new())
    client = Client.objects.get()
    bad = edited(client, claims_mapping="profile department attribute:department\nprofile sub attribute:a")
    assert (
        "profile sub attribute:a names a claim of the protocol"
        in manager.post(change_url(client), bad).content.decode()
    )
    lines = ["profile department attribute:department", "groups roles groups:shop-*"]
    good = edited(client, claims_mapping="\r\n".join([*lines, ""]))
    assert manager.post(change_url(client), good).status_code == 302
    client.refresh_from_db()
    assert members(client)["claims_mapping"] == [
        "profile department attribute:department",
        "groups roles groups:shop-*",
    ]
