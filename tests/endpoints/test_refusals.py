"""What is told of a refusal: where it is explained, and one line in the log."""

import logging
import re
from collections.abc import Callable, Mapping
from threading import get_ident
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from accounts.models import User
from accounts.site.refusal_lines import RefusalFilter
from idp.mount_list import PEOPLE, PROGRAMS
from idp.node import bulkhead
from tests.endpoints.lifecycle import END_SESSION, INTROSPECT, REVOKE
from tests.rules.test_mount_list import paths
from tests.support import builders
from tests.support.assertions import assertion_form, claims_of, pair, sign
from tests.support.builders import save_code
from tests.support.endpoints import exchange, location, post
from tests.support.messages import AUTHORIZE, CONSENT, TOKEN, USERINFO, Registered, authorization_request, basic, bearer
from tests.support.people import PASSWORD
from tokens.protocol.reasons import REASONS

SELF = ("/healthz", "/readyz", "/metrics", "/nowhere")
"""What a node says of itself, and what it does not have."""
ISSUER = "http://localhost:8000"
ERRORS = "/oauth2/errors"
LINE = re.compile(r"refused at (\S+): client (\S+), error (\S+), reason (\S+)")
JWKS, SIGN_OUT, SIGN_IN = "/oauth2/jwks", "/oauth2/sign_out", "/accounts/login/"
SWITCHED_OFF = "/accounts/inactive/"
Ask = Callable[[Client, Registered], Any]


def authorize(**changes: str | None) -> Ask:
    return lambda sender, client: sender.get(AUTHORIZE, authorization_request(client, **changes))


def asked(path: str, form: Mapping[str, str]) -> Ask:
    return lambda sender, client: post(sender, path, form, basic(client.client_id, client.client_secret))


def sign_out(**changes: str) -> Ask:
    """An address that nobody is led to, in the name of the client or of one that `changes` names."""
    wrong = {"post_logout_redirect_uri": "https://rp.example/x", **changes}
    return lambda sender, client: sender.get(END_SESSION, {"client_id": client.client_id, **wrong})


REFUSED: dict[str, tuple[Ask, str, str]] = {
    "by redirect": (authorize(response_type="token"), AUTHORIZE, "response_type_unsupported"),
    "by a posted form": (authorize(scope="x", response_mode="form_post"), AUTHORIZE, "scope_unknown"),
    "by fragment, nobody is signed in": (
        authorize(prompt="none", response_mode="fragment"),
        AUTHORIZE,
        "login_required",
    ),
    "on a page": (authorize(redirect_uri="https://evil.example/"), AUTHORIZE, "redirect_uri_unregistered"),
    "on a page, disabled": (
        lambda sender, client: sender.get(AUTHORIZE, authorization_request(disabled())),
        AUTHORIZE,
        "client_disabled",
    ),
    "on the page of an interaction": (
        lambda sender, client: sender.get(CONSENT, {"interaction": "x"}),
        CONSENT,
        "interaction_gone",
    ),
    "token": (asked(TOKEN, {"grant_type": "password"}), TOKEN, "grant_type_unsupported"),
    "token, another secret": (
        lambda sender, client: post(sender, TOKEN, {"grant_type": "x"}, basic(client.client_id, "wrong")),
        TOKEN,
        "client_authentication_failed",
    ),
    "token, another method": (lambda sender, client: sender.get(TOKEN), TOKEN, "method_not_allowed"),
    "introspection": (asked(INTROSPECT, {"x": "y"}), INTROSPECT, "parameter_missing"),
    "revocation": (asked(REVOKE, {"x": "y"}), REVOKE, "parameter_missing"),
    "userinfo": (lambda sender, client: sender.get(USERINFO), USERINFO, "access_token_missing"),
    "userinfo, a bad token": (
        lambda sender, client: sender.get(USERINFO, headers=bearer("x")),
        USERINFO,
        "access_token_invalid",
    ),
    "sign-out, another address": (sign_out(), END_SESSION, "post_logout_redirect_uri_unregistered"),
    "sign-out, of no client": (sign_out(client_id=""), END_SESSION, "post_logout_redirect_uri_of_nobody"),
    "sign-out, disabled": (
        lambda sender, client: sign_out(client_id=disabled().client_id)(sender, client),
        END_SESSION,
        "post_logout_redirect_uri_of_nobody",
    ),
    "sign-out, asked": (
        lambda sender, client: sender.get(SIGN_OUT, {"post_logout_redirect_uri": "x", "client_id": client.client_id}),
        SIGN_OUT,
        "post_logout_redirect_uri_unregistered",
    ),
    "sign-out, unreadable": (
        lambda sender, client: sender.get(f"{END_SESSION}?state=1&state=2"),
        END_SESSION,
        "parameter_repeated",
    ),
    "a slash too much": (lambda sender, client: sender.post(f"{TOKEN}/"), f"{TOKEN}/", "path_unknown"),
    "another host": (lambda sender, client: sender.get(JWKS, headers={"Host": "x.example"}), JWKS, "host_unknown"),
    "no room": (lambda sender, client: without_room(sender), JWKS, "temporarily_unavailable"),
}
NAMELESS = {
    *("on the page of an interaction", "token, another method", "userinfo", "userinfo, a bad token"),
    *("sign-out, of no client", "sign-out, unreadable", "a slash too much", "another host", "no room"),
}
"""No client is named by these, or not before they are refused."""


def disabled() -> Registered:
    return builders.register(enabled=False)


def without_room(sender: Client) -> Any:
    """The answer where an endpoint has more requests than it takes at once."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(bulkhead.Group, "enter", lambda group: False)
        return sender.get(JWKS)


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, ...]]:
    found = [LINE.fullmatch(record.getMessage()) for record in caplog.records]
    return [match.groups() for match in found if match is not None]


@pytest.mark.covers("S77 logs")
@pytest.mark.parametrize("how", REFUSED)
def test_each_refusal_is_one_line_with_its_endpoint_client_error_and_reason(
    anybody: Client, web: Registered, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    ask, path, reason = REFUSED[how]
    with caplog.at_level(logging.INFO), caplog.filtering(RefusalFilter()):
        ask(anybody, web)
    [(where, client_id, error, why)] = lines(caplog)
    assert (where, error, why) == (path, REASONS[reason].error.error, reason)
    assert (client_id == "-") == (how in NAMELESS)
    if "disabled" not in how:
        assert client_id in ("-", web.client_id)
    [record] = [record for record in caplog.records if LINE.fullmatch(record.getMessage())]
    assert record.levelno == logging.INFO
    # Django's own words of an answer of 4xx come on top of it nowhere.
    assert [each.getMessage() for each in caplog.records if getattr(each, "status_code", 500) < 500] == []


def wrong_password(sender: Client, client: Registered) -> Any:
    """For the client's request."""
    following = sender.get(AUTHORIZE, authorization_request(client))["Location"]
    return post(sender, following, {"login": "alice", "password": "not hers"})


def switched_off(sender: Client, client: Registered) -> Any:
    alice = User.objects.get(username="alice")
    alice.set_password(PASSWORD)
    alice.is_active = False
    alice.save()
    return sender.get(post(sender, SIGN_IN, {"login": "alice", "password": PASSWORD})["Location"])


def forged(sender: Client, client: Registered) -> Any:
    return post(Client(enforce_csrf_checks=True), SIGN_IN, {"login": "a\r\nb"})


PAGES: dict[str, tuple[Ask, str, str, str]] = {
    "no such page": (lambda sender, client: sender.get("/nowhere"), "/nowhere", "not_found", "path_unknown"),
    "another host": (
        lambda sender, client: sender.get("/", headers={"Host": "x.example"}),
        "/",
        "invalid_request",
        "host_unknown",
    ),
    "another method": (lambda sender, client: sender.delete("/"), "/", "405", "method_not_allowed"),
    "no metrics": (lambda sender, client: sender.get("/metrics"), "/metrics", "not_found", "path_unknown"),
    "a wrong password": (wrong_password, SIGN_IN, "422", "name_or_password_wrong"),
    "an account that is switched off": (switched_off, SWITCHED_OFF, "403", "switched_off"),
    "no form": (
        lambda sender, client: sender.post(SIGN_IN, "{}", content_type="application/json"),
        SIGN_IN,
        "415",
        "not_a_form",
    ),
    "too much": (
        lambda sender, client: post(sender, SIGN_IN, {"login": "a" * 200_000}),
        SIGN_IN,
        "413",
        "body_too_large",
    ),
    "nothing typed": (lambda sender, client: post(sender, SIGN_IN, {"x": "y"}), SIGN_IN, "422", "required"),
    "another site's form": (forged, SIGN_IN, "403", "form_unmatched"),
    "a link that is over": (
        lambda sender, client: sender.get("/accounts/password/new/?link=x"),
        "/accounts/password/new/",
        "410",
        "reset_link_over",
    ),
    "a path of two lines": (lambda sender, client: sender.get("/a%0D%0Ab"), "/a??b", "not_found", "path_unknown"),
}


@pytest.mark.parametrize("how", PAGES)
def test_what_a_page_refuses_is_one_line_too_in_the_same_words(
    anybody: Client, alice: User, web: Registered, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    ask, path, error, reason = PAGES[how]
    with caplog.at_level(logging.INFO), caplog.filtering(RefusalFilter()):
        assert 400 <= ask(anybody, web).status_code < 500
    client_id = web.client_id if how == "a wrong password" else "-"
    assert [record.getMessage() for record in caplog.records if "django" in record.name or "refus" in record.name] == [
        f"refused at {path}: client {client_id}, error {error}, reason {reason}"
    ]


@pytest.mark.parametrize("who", ["nobody", "alice"])
@pytest.mark.parametrize("path", sorted({*paths(PEOPLE), *paths(PROGRAMS), *SELF}))
def test_whatever_is_mounted_tells_of_each_refusal_once(
    anybody: Client, browser: Client, caplog: pytest.LogCaptureFixture, path: str, who: str
) -> None:
    sender = browser if who == "alice" else anybody
    for method in ("GET", "POST", "PUT"):
        for asked, host in ((path, "localhost"), (f"{path.rstrip('/')}/x", "localhost"), (path, "elsewhere.example")):
            caplog.clear()
            with caplog.at_level(logging.INFO), caplog.filtering(RefusalFilter()):
                status = sender.generic(method, asked, HTTP_HOST=host).status_code
            refused = 400 <= status < 500
            # Beside the request a thread may say, at any moment, that the session cache answers.
            told = [record.getMessage() for record in caplog.records if record.thread == get_ident()]
            assert [line.split(": ")[0] for line in told if status < 500] == [f"refused at {asked}"] * refused, told


def test_what_breaks_is_told_with_all_that_happened(
    anybody: Client, web: Registered, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tokens.views.token.redeem", lambda *_: 1 / 0)
    with caplog.at_level(logging.INFO), caplog.filtering(RefusalFilter()):
        answer = asked(TOKEN, {"grant_type": "x"})(anybody, web)
    assert answer.json()["error_uri"] == f"{ISSUER}{ERRORS}#server_error"
    assert lines(caplog) == [(TOKEN, web.client_id, "server_error", "server_error")]
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [ZeroDivisionError]


@pytest.mark.covers("S77 logs")
def test_a_line_repeats_nothing_of_a_request_but_the_clients_id_in_one_line(
    anybody: Client, alice: User, web: Registered, caplog: pytest.LogCaptureFixture
) -> None:
    code, _ = save_code(web.client_id, str(alice.pk))
    with caplog.at_level(logging.INFO):
        exchange(anybody, web, code, code_verifier="v" * 43)
        post(anybody, TOKEN, {"grant_type": "x"}, basic("a\r\nb" + "c" * 1000, "a-secret"))
        anybody.get(AUTHORIZE, authorization_request(web, state="a-state", redirect_uri="https://evil.example/"))
    assert [client_id for _, client_id, _, _ in lines(caplog)] == [web.client_id, "unknown", web.client_id]
    told = " ".join(record.getMessage() for record in caplog.records if LINE.fullmatch(record.getMessage()))
    assert not any(each in told for each in (code, "v" * 43, "a-secret", "a-state", "evil.example"))


def test_what_was_not_granted_of_a_scope_is_told_in_the_log_once(
    browser: Client, web: Registered, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        assert "code" in location(browser.get(AUTHORIZE, authorization_request(web, scope="openid profil")))[1]
        assert "code" in location(browser.get(AUTHORIZE, authorization_request(web, scope="openid")))[1]
    told = [record.getMessage() for record in caplog.records if "not granted" in record.getMessage()]
    assert told == [f"client {web.client_id}: not granted of its scope: profil"]


@pytest.mark.parametrize("how", REFUSED)
def test_what_is_refused_is_explained_where_error_uri_leads(anybody: Client, web: Registered, how: str) -> None:
    ask, _, reason = REFUSED[how]
    answer = ask(anybody, web)
    told = f"{ISSUER}{ERRORS}#{reason}"
    if "Location" in answer:
        parts = urlsplit(answer["Location"])
        assert parse_qs(parts.query or parts.fragment)["error_uri"] == [told]
    elif answer["Content-Type"] == "application/json":
        assert answer.json()["error_uri"] == told
    else:
        shown = answer.content.decode()
        assert f'href="{ERRORS}#{reason}"' in shown or f'name="error_uri" value="{told}"' in shown
    page = anybody.get(ERRORS)
    assert (page.status_code, page["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert f'<h3 id="{reason}">' in page.content.decode()


def test_the_page_is_the_same_whatever_is_sent_to_it(anybody: Client) -> None:
    plain = anybody.get(ERRORS).content
    assert (b"`" in plain, b"<code>code_challenge_method</code>, <code>pkce</code>" in plain) == (False, True)
    assert anybody.get(f"{ERRORS}?error=<script>&client_id=x").content == plain
    assert anybody.get(ERRORS, headers={"Accept-Language": "xx"}).content == plain
    assert anybody.post(ERRORS, {"a": "b"}).status_code == 405


OTHER_KEY = pair(kid="another")
Proof = tuple[dict[str, str], dict[str, str] | None]
"""The form and the headers by which a request shows who it comes from."""
PROOFS: dict[str, Callable[[str, str, bool], Proof]] = {
    "client_secret_basic": lambda client_id, secret, right: ({}, basic(client_id, secret if right else "wrong")),
    "client_secret_post": lambda client_id, secret, right: (
        {"client_id": client_id, "client_secret": secret if right else "wrong"},
        None,
    ),
    "private_key_jwt": lambda client_id, secret, right: (
        assertion_form(client_id, None if right else sign(claims_of(client_id), OTHER_KEY)),
        None,
    ),
    # It proves nothing.
    "none": lambda client_id, secret, right: ({"client_id": client_id}, None),
}


@pytest.mark.covers("S50 unknown")
@pytest.mark.parametrize("state", ["enabled", "disabled", "unknown"])
@pytest.mark.parametrize("right", [True, False], ids=["its own", "another"])
@pytest.mark.parametrize("method", PROOFS)
@pytest.mark.parametrize("path", [TOKEN, INTROSPECT, REVOKE])
def test_more_than_that_authentication_failed_is_told_to_who_has_proved_to_be_the_client(
    anybody: Client, path: str, method: str, right: bool, state: str
) -> None:
    client = builders.register(
        "spa" if method == "none" else "web", token_endpoint_auth_method=method, enabled=state != "disabled"
    )
    client_id = client.client_id if state != "unknown" else "0." + "A" * 43
    form, headers = PROOFS[method](client_id, client.client_secret, right)
    answer = post(anybody, path, {"grant_type": "refresh_token", "token": "x", **form}, headers)
    told = answer.json().get("error_uri", "").partition("#")[2] if answer.content else ""
    proved = state == "enabled" and (right or method == "none")
    assert (told == "client_authentication_failed") == (not proved)
    if not proved:
        assert answer.json()["error_description"] == "client authentication failed"
