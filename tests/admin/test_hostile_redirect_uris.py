"""Redirect URIs that must not be registered, by form or by command, whichever kind of client asks."""

from collections.abc import Callable
from io import StringIO
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.admin import site
from django.core.management import CommandError, call_command
from django.http import HttpRequest, QueryDict
from django.test import Client as Browser
from pytest_django.fixtures import Settings

from accounts.models import User
from tests.admin.pages import ADD, URI, add_secret, change_url, edited, members, new
from tests.support.builders import create
from tokens.admin.forms import NewClientForm
from tokens.models import Client

HOSTILE = [
    # Not a place on the web, or one that runs.
    "javascript:alert(1)",
    "JavaScript:alert(1)//https://rp.example/",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://rp.example/x",
    "about:blank",
    "//rp.example/callback",
    "/callback",
    "rp.example/callback",
    "https:rp.example/callback",
    "https:/rp.example/callback",
    "https:///rp.example/callback",
    "https://",
    "https://?x",
    "*",
    # http that is not on this computer, however it is made to look so.
    "http://rp.example/callback",
    "http://localhost.evil/callback",
    "http://127.0.0.1.evil/callback",
    "http://localhost@evil.example/callback",
    "http://127.0.0.1:80@evil.example/callback",
    "http://evil.example#@127.0.0.1/callback",
    "http://evil.example/http://127.0.0.1/callback",
    "http://[::1]evil.example/callback",
    "http://[::1].evil.example/callback",
    "http://evil.example[::1]/callback",
    "http://[::ffff:127.0.0.1]/callback",
    "http://[::1%25lo]/callback",
    "http://[v1.x]/callback",
    "http://[::1/callback",
    "http://2130706433/callback",
    "http://0x7f000001/callback",
    "http://0x7f.1/callback",
    "http://0177.0.0.1/callback",
    "http://127.1/callback",
    "http://127.0.0.2/callback",
    "http://0.0.0.0/callback",
    "http://localhost./callback",
    "http://localhost%2eevil/callback",
    "http://xlocalhost/callback",
    "http://\u2460\u2461\u2466.0.0.1/callback",
    # Addresses that readers take apart differently.
    "https://rp.example\\@evil.example/callback",
    "https:\\\\rp.example/callback",
    "https://user@rp.example/callback",
    "https://user:secret@rp.example/callback",
    "https://@rp.example/callback",
    "https://rp.example:443:80/callback",
    "https://rp.example:99999/callback",
    "https://rp.example:0/callback",
    "https://rp.example:/callback",
    "https://rp.example:0443/callback",
    "https://rp.example:https/callback",
    "https://rp%2eexample/callback",
    "https://rp.example%00.evil.example/callback",
    "https://rp..example/callback",
    "https://-rp.example/callback",
    "https://rp_.example/callback",
    f"https://{'a' * 64}.example/callback",
    "https://bücher.example/callback",
    "https://rp.ex\u0430mple/callback",
    "https://rp。example/callback",
    "https://rp.example\u200b/callback",
    "https://2130706433/callback",
    "https://1.2.3/callback",
    "https://[fe80::1%25eth0]/callback",
    # Paths that end up somewhere else.
    "https://rp.example/a/../callback",
    "https://rp.example/./callback",
    "https://rp.example/..",
    "https://rp.example/%2e%2e/callback",
    "https://rp.example/.%2E/callback",
    "https://rp.example/a%2f..%2fcallback",
    "https://rp.example/a%5ccallback",
    "https://rp.example/callback;x=1",
    "https://rp.example/..;/callback",
    "https://rp.example/callback%00",
    "https://rp.example/callback%0d%0aSet-Cookie:x",
    "https://rp.example/callback%",
    "https://rp.example/callback%zz",
    "https://rp.example/<script>",
    'https://rp.example/"',
    "https://rp.example/{callback}",
    "https://rp.example/call back",
    "https://rp.example/call\tback",
    "https://rp.example/\x7f",
    # Fragments, wildcards, and answers that are there before we answer.
    "https://rp.example/callback#",
    "https://rp.example/callback#fragment",
    "https://rp.example/callback#code=x",
    "https://*.example/callback",
    "https://*/callback",
    "https://rp.example/*",
    "https://rp.example/callback?code=x",
    "https://rp.example/callback?a=b&state=x",
    "https://rp.example/callback?iss=https://evil.example",
    "https://rp.example/callback?error=x",
    "https://rp.example/callback?id_token=x",
    "https://rp.example/callback?ACCESS_TOKEN=x",
    "https://rp.example/callback?%63ode=x",
    "https://rp.example/callback?a=b;code=x",
    "https://rp.example/callback?code[]=x",
    "https://rp.example/callback?+code=x",
    "https://rp.example/callback?response",
    "https://rp.example/" + "a" * 2048,
]

covers = pytest.mark.covers(
    *("S3 http", "S4 registered fragments", "S4 registered userinfo", "S4 registered path-params"),
    *("S4 registered encoded", "S4 registered hosts", "S4 registered schemes", "S5 query", "S5 fragment"),
    *("CVE-2026-18211", "CVE-2026-9689", "CVE-2026-18209", "CVE-2023-6134"),
)
on_loopback = pytest.mark.covers("S3 http", "S3 loopback", "CVE-2026-18211")
people = pytest.mark.parametrize("kind", ["web", "spa", "native"])


@pytest.fixture(autouse=True)
def _issuer(settings: Settings) -> None:
    """A deployment that people reach from elsewhere."""
    settings.ISSUER = "https://op.example"


@covers
@people
@pytest.mark.parametrize("development", [False, True])
def test_the_form_refuses_it(kind: str, development: bool, db: None) -> None:
    flags = {"development": "on"} if development else {}
    sent = {
        uri: NewClientForm(_sent(new(kind, redirect_uris=f"https://rp.example/\n{uri}", **flags))) for uri in HOSTILE
    }
    assert {uri: set(form.errors) for uri, form in sent.items()} == {uri: {"redirect_uris"} for uri in HOSTILE}


@covers
@people
def test_the_page_refuses_them_all(kind: str, manager: Browser) -> None:
    answer = manager.post(ADD, new(kind, redirect_uris="\n".join(HOSTILE[:90]), development="on"))
    assert (answer.status_code, set(answer.context["errors"])) == (200, {"redirect_uris"})
    assert not Client.objects.exists()


@covers
@people
def test_the_change_form_refuses_it(kind: str, manager: Browser) -> None:
    create(kind, "A site", ["https://rp.example/"], development=True)
    row = Client.objects.get()
    request = HttpRequest()
    request.user = User.objects.get()
    form_class = site.get_model_admin(Client).get_form(request, row, change=True)
    sent = {uri: edited(row, redirect_uris=f"https://rp.example/\n{uri}", development="on") for uri in HOSTILE}
    wrong = {uri: set(form_class(_sent(form), instance=row).errors) for uri, form in sent.items()}
    assert wrong == {uri: {"redirect_uris"} for uri in HOSTILE}
    assert manager.post(change_url(row), sent["javascript:alert(1)"]).status_code == 200
    row.refresh_from_db()
    assert row.metadata["redirect_uris"] == ["https://rp.example/"]


@covers
@people
def test_the_command_refuses_it(kind: str, db: None) -> None:
    for uri in HOSTILE:
        out = StringIO()
        with pytest.raises(CommandError, match=r"^--redirect-uri: "):
            call_command("createclient", "--kind", kind, "--name", "N", f"--redirect-uri={uri}", stdout=out)
        assert out.getvalue() == ""
    assert not Client.objects.exists()


ON_LOOPBACK = "http://localhost:3000/cb", "http://127.0.0.1/cb", "http://[::1]:8080/"


@on_loopback
@pytest.mark.parametrize("uri", ON_LOOPBACK)
@pytest.mark.parametrize("kind", ["web", "spa"])
def test_http_on_loopback_is_for_development_and_local_issuers(
    kind: str, uri: str, db: None, settings: Settings
) -> None:
    taken = {}
    for issuer in ("https://op.example", "http://localhost:8000", "http://localhost.example"):
        for development in (False, True):
            settings.ISSUER = issuer
            taken[issuer, development] = _is_taken(kind, uri, development=development)
    assert taken == {
        ("https://op.example", False): False,
        ("https://op.example", True): True,
        ("http://localhost:8000", False): True,
        ("http://localhost:8000", True): True,
        ("http://localhost.example", False): False,
        ("http://localhost.example", True): True,
    }


@on_loopback
def test_a_native_client_has_http_on_loopback_wherever_the_issuer_is(db: None, settings: Settings) -> None:
    for issuer in ("https://op.example", "http://localhost:8000"):
        settings.ISSUER = issuer
        taken = [_is_taken("native", uri, development=on) for on in (False, True) for uri in ON_LOOPBACK]
        assert taken == [True] * 2 * len(ON_LOOPBACK)


def test_development_cannot_be_switched_off_under_an_http_redirect_uri(manager: Browser) -> None:
    create("web", "A site", ["http://localhost:3000/cb"], development=True)
    row = Client.objects.get()
    answer = manager.post(change_url(row), edited(row))
    assert answer.context["adminform"].form.errors == {"redirect_uris": ["http://localhost:3000/cb must use https"]}
    assert add_secret(manager, row).status_code == 200


def _sent(form: dict[str, Any]) -> QueryDict:
    return QueryDict(urlencode(form, doseq=True))


def _is_taken(kind: str, uri: str, *, development: bool) -> bool:
    before = Client.objects.count()
    flags = ["--development"] if development else []
    try:
        call_command("createclient", "--kind", kind, "--name", "N", "--redirect-uri", uri, *flags, stdout=StringIO())
    except CommandError:
        assert Client.objects.count() == before
        return False
    return True


@pytest.mark.parametrize("path", ["/admin/", "/admin/tokens/client/x/trial/tried/", "/%61dmin/", "/admin%2Fx"])
@pytest.mark.parametrize("spelled", [str, str.upper, str.title])
def test_no_client_has_a_page_of_the_admin_as_its_own(
    path: str, spelled: Callable[[str], str], manager: Browser, settings: Settings
) -> None:
    create("web", "A site", [URI])
    row = Client.objects.get()
    answer = manager.post(change_url(row), edited(row, redirect_uris=f"{spelled(settings.ISSUER)}{path}"))
    assert "own admin" in answer.content.decode()
    assert members(Client.objects.get())["redirect_uris"] == [URI]
