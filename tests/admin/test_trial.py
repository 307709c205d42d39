"""A client tried from its page: previews and test sign-ins."""

import html
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from accounts import sessions
from accounts.models import User
from tests.admin.pages import change_url
from tests.admin.staff import BrowserOf
from tests.admin.test_clients_command import held, made
from tests.support.endpoints import say
from tests.support.fixtures import make_keys
from tests.support.messages import FORM_TYPE
from tokens import models
from tokens.protocol import journal
from tokens.protocol.records import Client, Resource
from tokens.registration import clients, resources
from tokens.stores import store

ISSUING = ("authorization", "authorizationcode", "accesstoken", "refreshtoken", "interaction", "consent", "revocation")


@pytest.fixture
def keys(db: None) -> None:
    make_keys()


@pytest.fixture
def site(keys: None) -> Client:
    return made(scope="openid profile email")


def url(client: Client, page: str = "") -> str:
    from django.contrib.admin.utils import quote

    return f"/admin/tokens/client/{quote(client.client_id)}/trial/{page}"


def claims(answer: Any) -> list[Any]:
    """Those of ID token, access token and userinfo that the page shows."""
    texts = re.findall(r"<pre[^>]*>(.*?)</pre>", answer.content.decode(), re.DOTALL)
    return [json.loads(html.unescape(text)) for text in texts]


def alice() -> User:
    return User.objects.create_user("alice", "alice@example.org", name="Alice Liddell", email_verified=True)


# --- Preview


def test_a_preview_says_what_the_person_would_get(manager: Browser, browser_of: BrowserOf, site: Client) -> None:
    person = alice()
    answer = browser_of("superuser").post(
        url(site, "preview/"), {"scope": ["openid", "email"], "person": "ALICE@example.org"}
    )
    id_token, access_token, userinfo = claims(answer)
    assert (id_token["sub"], id_token["aud"], id_token["iss"]) == (str(person.pk), site.client_id, settings.ISSUER)
    assert (access_token["scope"], access_token["client_id"]) == ("openid email", site.client_id)
    assert userinfo == {"sub": str(person.pk), "email": "alice@example.org", "email_verified": True}
    assert "at_hash" not in id_token


def test_a_preview_follows_the_scopes(browser_of: BrowserOf, site: Client) -> None:
    alice()
    browser = browser_of("superuser")
    told = claims(browser.post(url(site, "preview/"), {"scope": ["openid", "profile"], "person": "alice"}))[2]
    assert told["name"] == "Alice Liddell"
    assert "email" not in told
    without = browser.post(url(site, "preview/"), {"scope": ["email"], "person": "alice"})
    assert len(claims(without)) == 1
    assert "There is none" in without.content.decode()


def test_a_preview_of_a_pairwise_client_has_its_own_subject(browser_of: BrowserOf, keys: None) -> None:
    client, person = made(subject_type="pairwise"), alice()
    told = claims(browser_of("superuser").post(url(client, "preview/"), {"scope": ["openid"], "person": "alice"}))
    assert told[0]["sub"] == told[1]["sub"] == told[2]["sub"] != str(person.pk)


@pytest.mark.parametrize("token_format", ["jwt", "opaque"])
def test_a_preview_for_an_api_says_for_whom_the_token_is(token_format: Any, browser_of: BrowserOf, keys: None) -> None:
    resources.create(
        Resource(identifier="urn:orders", name="Orders", scope=("orders:read",), access_token_format=token_format)
    )
    client = made(scope="openid orders:read")
    scope = ["openid", "orders:read"]
    form = {"scope": scope, "resource": "urn:orders", "person": str(alice().pk)}
    before = models.AccessToken.objects.count()
    told = claims(browser_of("superuser").post(url(client, "preview/"), form))
    assert set(told[1]["aud"]) == {"urn:orders", settings.ISSUER}
    assert "orders:read" in told[1]["scope"].split()
    assert models.AccessToken.objects.count() == before


@pytest.mark.parametrize("page", ["", "preview/", "preview_consent/"])
def test_looking_and_previewing_store_nothing_and_sign_nothing(
    page: str, browser_of: BrowserOf, site: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice()
    browser = browser_of("superuser")
    monkeypatch.setattr("tokens.issuer.signer", _no_signer)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        form = {"scope": ["openid", "profile"], "person": "alice"}
        answer = browser.post(url(site, page), form) if page else browser.get(url(site))
    assert answer.status_code == 200
    written = [each["sql"] for each in queries if re.match(r"\s*(INSERT|UPDATE|DELETE)", each["sql"], re.IGNORECASE)]
    assert [sql for sql in written if "tokens_" in sql] == []
    assert all(not models_of(name).objects.exists() for name in ISSUING)


def _no_signer() -> Any:
    raise AssertionError("something would be signed")


def models_of(name: str) -> Any:
    from django.apps import apps

    return apps.get_model("tokens", name)


def test_the_consent_page_is_shown_as_its_person_sees_it_with_buttons_that_do_nothing(
    browser_of: BrowserOf, site: Client
) -> None:
    alice()
    form = {"scope": ["openid", "email"], "person": "alice"}
    page = browser_of("superuser").post(url(site, "preview_consent/"), form).content.decode()
    assert "<h1>Allow <bdi>A site</bdi>?</h1>" in page
    assert "See your e-mail address" in page
    assert "You are signed in as <strong><bdi>alice</bdi></strong>" in page
    assert "<form" not in page
    assert re.findall(r"<button[^>]*>", page) == [
        '<button class="button" disabled>',
        '<button class="button plain" disabled>',
    ]


def test_where_nobody_is_asked_the_preview_of_the_question_says_so(browser_of: BrowserOf, keys: None) -> None:
    client = made(skip_consent=True)
    page = browser_of("client manager").post(url(client, "preview_consent/"), {"scope": ["openid"]}).content.decode()
    assert "At this client people are not asked at all" in page


def test_what_would_be_refused_is_said_in_the_words_of_the_refusal(browser_of: BrowserOf, site: Client) -> None:
    alice()
    browser = browser_of("superuser")
    form = {"scope": ["openid"], "person": "alice"}
    for page in ("preview/", "preview_consent/"):
        refused = browser.post(url(site, page), {**form, "resource": "urn:nothing"})
        assert "<strong>invalid_target</strong>" in refused.content.decode()


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"scope": ["address"], "person": "alice"},
        {"scope": ["openid"], "person": "nobody"},
        {"scope": ["openid"]},
        {"scope": ["openid"], "person": "a\x00"},
        {"scope": ["openid"], "person": "a" * 300},
        {"scope": ["openid"], "person": "alice", "resource": "x" * 2001},
    ],
)
@pytest.mark.parametrize("page", ["preview/", "preview_consent/"])
def test_what_cannot_be_meant_is_said_at_its_field(
    page: str, form: dict[str, Any], browser_of: BrowserOf, site: Client
) -> None:
    alice()
    answer = browser_of("superuser").post(url(site, page), form)
    assert answer.status_code == 422
    assert claims(answer) == []


# --- Who may


PAGES = [("get", ""), ("post", "preview/"), ("post", "preview_consent/"), ("post", "try/"), ("get", "tried/")]
SEES_CLIENTS = {"superuser", "client manager", "support", "auditor"}
CHANGES_CLIENTS = {"superuser", "client manager"}


@pytest.mark.parametrize("role", ["anonymous", "nobody", *sorted(SEES_CLIENTS)])
@pytest.mark.parametrize(("method", "page"), PAGES)
def test_who_may_see_clients_may_try_them_and_who_may_change_them_may_sign_in(
    method: str, page: str, role: str, browser_of: BrowserOf, site: Client
) -> None:
    allowed = CHANGES_CLIENTS if page == "try/" else SEES_CLIENTS
    form = {"scope": ["openid"], "person": role.replace(" ", "-")}
    browser = browser_of(role)
    status = getattr(browser, method)(url(site, page), form).status_code
    if role in ("anonymous", "nobody"):
        # What was typed is in the answer.
        assert status == (403 if (method, role) == ("post", "anonymous") else 302)
    elif role in allowed:
        assert status in (200, 303, 400)
    else:
        assert status == 403


@pytest.mark.parametrize(("method", "page"), PAGES)
def test_each_page_takes_one_method(method: str, page: str, manager: Browser, site: Client) -> None:
    other = "post" if method == "get" else "get"
    assert getattr(manager, other)(url(site, page)).status_code == 405


def test_only_who_may_see_people_chooses_one(browser_of: BrowserOf, site: Client) -> None:
    """A client manager sees no people: whatever is sent, the preview is their own."""
    person = alice()
    manager, form = browser_of("client manager"), {"scope": ["openid", "profile"], "person": "alice"}
    told = claims(manager.post(url(site, "preview/"), form))
    own = User.objects.get(username="client-manager")
    assert {each["sub"] for each in told} == {str(own.pk)}
    assert "alice" not in manager.post(url(site, "preview_consent/"), form).content.decode()
    assert 'name="person"' not in manager.get(url(site)).content.decode()
    own.user_permissions.add(Permission.objects.get(codename="view_user"))
    told = claims(manager.post(url(site, "preview/"), form))
    assert {each["sub"] for each in told} == {str(person.pk)}


@pytest.mark.parametrize("kind", ["machine", "api"])
def test_where_nobody_signs_in_there_is_nothing_to_try(kind: str, browser_of: BrowserOf, db: None) -> None:
    client = made(kind)
    browser = browser_of("superuser")
    assert browser.get(url(client)).status_code == 404
    page = browser.get(change_url(models.Client.objects.get(pk=client.client_id)))
    assert page.status_code == 200
    assert "/trial/" not in page.content.decode()


def test_the_page_of_a_client_leads_there(manager: Browser, site: Client) -> None:
    page = manager.get(change_url(models.Client.objects.get(pk=site.client_id))).content.decode()
    assert f'href="{url(site)}"' in page
    assert manager.get(url(site)).status_code == 200


# --- Test sign-in


def begun(browser: Browser, client: Client, **form: Any) -> str:
    """The address to which a test sign-in leads."""
    answer = browser.post(url(client, "try/"), {"scope": ["openid", "email"], **form})
    assert answer.status_code == 303, answer.content.decode()
    return str(answer.headers["Location"])


def walked(browser: Browser, address: str, answer: str = "allow") -> str:
    """Where it ends, once the person has said what they think of it."""
    page = browser.get(address)
    while page.status_code == 303:
        address = page.headers["Location"]
        if "/trial/tried/" in address:
            return str(address)
        page = browser.get(address)
    said = say(browser, parse_qs(urlsplit(address).query)["interaction"][0], answer)
    return walked(browser, said.headers["Location"])


def test_a_test_sign_in_shows_what_was_issued_and_revokes_it(manager: Browser, site: Client) -> None:
    end = walked(manager, begun(manager, site))
    answer = manager.get(end)
    own = User.objects.get(username="client-manager")
    id_token, access_token, userinfo = claims(answer)
    assert {id_token["sub"], access_token["sub"], userinfo["sub"]} == {str(own.pk)}
    assert access_token["scope"] == "openid email"
    authorization = models.Authorization.objects.get()
    assert store().authorizations.get(authorization.id, datetime.now(UTC)) is None
    assert models.Revocation.objects.filter(key=journal.authorization(authorization.id)).exists()
    page = answer.content.decode()
    assert "eyJ" not in page, "no token itself is shown"


@pytest.mark.parametrize("modes", [["form_post"], ["fragment"], ["fragment", "form_post"]], ids=" ".join)
def test_a_client_is_tried_in_whichever_response_mode_it_is_answered(
    keys: None, manager: Browser, modes: list[str]
) -> None:
    client = made(scope="openid email", response_modes=modes)
    previewed = manager.post(url(client, "preview/"), {"scope": ["openid", "email"], "person": "client-manager"})
    tried = manager.get(walked(manager, begun(manager, client)))
    assert [told["scope"] for told in (claims(previewed)[1], claims(tried)[1])] == ["openid email"] * 2


def test_a_test_sign_in_says_nothing_of_what_the_client_sends(manager: Browser, site: Client) -> None:
    manager.get(walked(manager, begun(manager, site)))
    assert held(site.client_id) == site
    assert held(site.client_id).protections_seen == site.protections_seen


def test_an_answer_is_shown_once(manager: Browser, site: Client) -> None:
    end = walked(manager, begun(manager, site))
    assert manager.get(end).status_code == 200
    again = manager.get(end)
    assert (again.status_code, claims(again)) == (400, [])


def test_an_answer_is_for_the_session_that_began(manager: Browser, browser_of: BrowserOf, site: Client) -> None:
    end = walked(manager, begun(manager, site))
    stranger = browser_of("superuser")
    assert stranger.get(end).status_code == 400
    begun(stranger, site)
    assert stranger.get(end).status_code == 400
    again = Browser()
    again.force_login(User.objects.get(username="client-manager"))
    assert again.get(end).status_code == 400
    assert manager.get(end).status_code == 200
    assert models.Authorization.objects.count() == 1


def test_an_answer_with_another_state_uses_nothing_up(manager: Browser, site: Client) -> None:
    end = walked(manager, begun(manager, site))
    for state in ("", "x", "é"):
        assert manager.get(url(site, "tried/"), {"code": "x", "state": state}).status_code == 400
    assert len(claims(manager.get(end))) == 3


def test_an_answer_is_for_the_client_that_was_tried(manager: Browser, site: Client) -> None:
    other = made()
    end = urlsplit(walked(manager, begun(manager, site)))
    assert manager.get(f"{url(other, 'tried/')}?{end.query}").status_code == 400
    assert manager.get(f"{end.path}?{end.query}").status_code == 200


def test_who_does_not_allow_it_is_told_what_the_client_would_be(manager: Browser, site: Client) -> None:
    answer = manager.get(walked(manager, begun(manager, site), "deny"))
    assert "<strong>access_denied</strong>" in answer.content.decode()
    assert not models.Authorization.objects.exists()


def test_a_public_client_is_tried_too(manager: Browser, keys: None) -> None:
    client = made("spa", scope="openid")
    end = walked(manager, begun(manager, client, scope=["openid"]))
    assert claims(manager.get(end))[0]["aud"] == client.client_id


def test_a_refused_request_is_told(manager: Browser, site: Client) -> None:
    answer = manager.get(walked(manager, begun(manager, site, resource="urn:nothing")))
    assert "<strong>invalid_target</strong>" in answer.content.decode()


def test_a_client_that_was_disabled_meanwhile_gives_nothing(manager: Browser, site: Client) -> None:
    address = begun(manager, site)
    clients.switch(site.client_id, enabled=False)
    assert manager.get(address).status_code == 400
    assert not models.AuthorizationCode.objects.exists()


@pytest.mark.covers("S1 exact", "S2 redirect_uri")
def test_no_request_can_name_where_a_test_sign_in_ends(manager: Browser, site: Client) -> None:
    end = walked(manager, begun(manager, site)).partition("?")[0]
    assert end == f"{settings.ISSUER}{url(site, 'tried/')}"
    form = {"client_id": site.client_id, "redirect_uri": end, "response_type": "code", "scope": "openid"}
    for method in ("get", "post"):
        for more in ({}, {"tried": "1"}, {"prompt": "none"}):
            sent: Any = {**form, **more}
            options = {"content_type": FORM_TYPE} if method == "post" else {}
            sent = urlencode(sent) if method == "post" else sent
            answer = getattr(manager, method)("/oauth2/authorize", sent, **options)
            assert (answer.status_code, answer.headers.get("Location")) == (400, None)


def test_another_browser_cannot_go_on_with_it(manager: Browser, browser_of: BrowserOf, site: Client) -> None:
    address = begun(manager, site)
    assert browser_of("superuser").get(address).status_code == 400


def test_signing_out_in_between_ends_it(manager: Browser, site: Client) -> None:
    end = walked(manager, begun(manager, site))
    own = User.objects.get(username="client-manager")
    sessions.end_all(own)
    manager.force_login(own)
    assert manager.get(end).status_code == 400


def test_a_code_that_waited_too_long_is_refused_as_a_client_would_be(manager: Browser, site: Client) -> None:
    end = walked(manager, begun(manager, site))
    models.AuthorizationCode.objects.update(expires=datetime.now(UTC) - timedelta(seconds=1))
    answer = manager.get(end)
    assert "<strong>invalid_grant</strong>" in answer.content.decode()
    assert not models.Authorization.objects.exists()
