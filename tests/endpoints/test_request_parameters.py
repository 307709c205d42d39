"""What a request may say other than its scope: whom it expects, how surely, which claims, for which protected
resources."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts import claims
from accounts.models import LoginSession, User
from tests.support import builders
from tests.support.builders import change_clients
from tests.support.endpoints import location, post, say
from tests.support.held import held, only
from tests.support.messages import AUTHORIZE, CONSENT, REDIRECT_URI, Registered, authorization_request
from tokens.keys import signer
from tokens.protocol import handles, records, scopes
from tokens.protocol.records import Authorization, ClaimsRequest
from tokens.protocol.scopes import CLAIMS
from tokens.protocol.subject import subject
from tokens.stores import store

ORDERS, STOCK, FOREIGN = "https://api.example/orders", "urn:stock", "urn:foreign"


def parameters_of(answer: Any) -> dict[str, str]:
    address, query = location(answer)
    assert address == REDIRECT_URI, address
    return query


def granted(client: Registered, answer: Any) -> Authorization:
    """What the code holds that the answer carries."""
    handle = handles.parse(parameters_of(answer)["code"])
    assert handle is not None
    kept = store().codes.get(handles.key(handle), client.client_id)
    assert kept is not None
    return kept.authorization


def hint_of(client: Registered, sub: object, **changes: Any) -> str:
    """An ID token as we sign it, long expired."""
    long_ago = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp())
    body = {"iss": settings.ISSUER, "aud": client.client_id, "sub": str(sub), "exp": long_ago, "iat": long_ago}
    return signer().sign({**body, **changes}, typ=changes.pop("typ", "JWT"), alg="RS256")


def sub_of(client: Registered, person: User) -> str:
    stored = store().clients.get(client.client_id)
    assert stored is not None
    return subject(stored, str(person.pk), settings.PAIRWISE_SALT)


def naming(sub: str) -> dict[str, str]:
    return {"claims": json.dumps({"id_token": {"sub": {"value": sub}}})}


# --- id_token_hint, and the claims parameter's sub


@pytest.mark.covers("S17")
@pytest.mark.parametrize("by", ["hint", "claims", "both"])
@pytest.mark.parametrize("subject_type", ["public", "pairwise"])
@pytest.mark.parametrize("prompt", [None, "none"])
def test_the_person_who_is_named_gets_an_answer_and_nobody_else_does(
    browser: Client, alice: User, by: str, subject_type: str, prompt: str | None
) -> None:
    client = builders.register("web", skip_consent=True, subject_type=subject_type)
    alices, bobs = sub_of(client, alice), sub_of(client, builders.person("bob"))

    def ask(sub: str, claimed: str | None = None) -> dict[str, str]:
        hint = {"id_token_hint": hint_of(client, sub)} if by in ("hint", "both") else {}
        named = naming(claimed or sub) if by in ("claims", "both") else {}
        return parameters_of(browser.get(AUTHORIZE, authorization_request(client, prompt=prompt, **hint, **named)))

    assert "code" in ask(alices)
    assert ask(bobs)["error"] == "login_required"
    if by == "both":
        assert ask(alices, bobs)["error"] == ask(bobs, alices)["error"] == "login_required"
    if subject_type == "pairwise":
        assert ask(str(alice.pk))["error"] == "login_required", "the client was told another name"


@pytest.mark.covers("S17")
@pytest.mark.parametrize("by", ["hint", "claims"])
def test_who_signs_in_as_somebody_else_than_the_one_named_is_told_so_to_the_client(
    anybody: Client, alice: User, web: Registered, by: str
) -> None:
    named = {"id_token_hint": hint_of(web, alice.pk)} if by == "hint" else naming(str(alice.pk))
    silent = parameters_of(anybody.get(AUTHORIZE, authorization_request(web, prompt="none", **named)))
    assert silent["error"] == "login_required"
    for person, answer in ((builders.person("bob"), "error"), (alice, "code")):
        page, query = location(anybody.get(AUTHORIZE, authorization_request(web, **named)))
        assert page == "/accounts/login/"
        anybody.force_login(person, backend="accounts.sign_in.backends.PasswordBackend")
        assert answer in parameters_of(anybody.get(query["next"]))
        anybody.logout()


@pytest.mark.covers("S17", "S39 access token", "CVE-2024-37568")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_hint_that_is_no_id_token_of_ours_for_this_client_is_refused(
    browser: Client, alice: User, web: Registered, method: str
) -> None:
    other = builders.register("web", skip_consent=True)
    good = hint_of(web, alice.pk)
    header, body, signature = good.split(".")
    bad = [
        hint_of(other, alice.pk),
        hint_of(web, alice.pk, iss="https://evil.example"),
        hint_of(web, alice.pk, typ="at+jwt"),
        f"{header}.{body}.",
        f"{header}.{body}.{signature[:-4]}AAAA",
        f"eyJhbGciOiJub25lIn0.{body}.",
        *("x", "..", "e30.e30.e30", "\N{SNOWMAN}", "x" * 7000),
    ]
    for hint in bad:
        for prompt in (None, "none"):
            parameters = authorization_request(web, id_token_hint=hint, prompt=prompt, nonce=None)
            answer = browser.get(AUTHORIZE, parameters) if method == "GET" else post(browser, AUTHORIZE, parameters)
            assert parameters_of(answer)["error"] == "invalid_request", hint[:60]
    assert "code" in parameters_of(browser.get(AUTHORIZE, authorization_request(web, id_token_hint=good)))


# --- How long ago, how surely


@pytest.mark.covers("S16 max_age")
def test_a_client_s_default_max_age_counts_where_the_request_names_none(browser: Client) -> None:
    client = builders.register("web", skip_consent=True, default_max_age=600)
    LoginSession.objects.update(auth_time=datetime.now(UTC) - timedelta(seconds=900))
    assert location(browser.get(AUTHORIZE, authorization_request(client)))[0] == "/accounts/reauthenticate/"
    assert (
        parameters_of(browser.get(AUTHORIZE, authorization_request(client, prompt="none")))["error"] == "login_required"
    )
    assert "code" in parameters_of(browser.get(AUTHORIZE, authorization_request(client, max_age="1200")))
    assert (
        location(browser.get(AUTHORIZE, authorization_request(client, max_age="0")))[0] == "/accounts/reauthenticate/"
    )


@pytest.mark.covers("S17")
@pytest.mark.parametrize("who", ["alice", "bob"])
def test_somebody_else_cannot_sign_in_again_in_place_of_who_has_to(
    browser: Client, alice: User, web: Registered, who: str
) -> None:
    _, query = location(browser.get(AUTHORIZE, authorization_request(web, prompt="login")))
    browser.cookies.pop(settings.SESSION_COOKIE_NAME)
    person = alice if who == "alice" else builders.person("bob")
    browser.force_login(person, backend="accounts.sign_in.backends.PasswordBackend")
    assert parameters_of(browser.get(query["next"])).get("error") == (None if who == "alice" else "login_required")


@pytest.mark.parametrize(
    ("asked", "outcome"),
    [
        ({"acr_values": "phr mfa"}, "1"),
        ({"claims": '{"id_token": {"acr": {"values": ["mfa"]}}}'}, "1"),
        ({"claims": '{"id_token": {"acr": {"essential": true, "values": ["mfa", "1"]}}}'}, "1"),
        ({"claims": '{"id_token": {"acr": {"essential": true, "values": ["urn:nobody"]}}}'}, None),
        ({"claims": '{"id_token": {"acr": {"essential": true, "values": ["mfa"]}}}', "prompt": "none"}, None),
        ({"claims": '{"id_token": {"acr": {"essential": true, "value": "phr"}}}', "prompt": "none"}, None),
    ],
)
def test_an_acr_that_is_essential_is_met_or_refused_and_a_wish_is_answered_with_what_there_is(
    browser: Client, web: Registered, asked: dict[str, str], outcome: str | None
) -> None:
    answer = browser.get(AUTHORIZE, authorization_request(web, **asked))
    if outcome is None:
        assert parameters_of(answer)["error"] == "unmet_authentication_requirements"
    else:
        assert granted(web, answer).acr == outcome


def test_a_stronger_sign_in_is_told_as_the_class_that_was_essential(browser: Client, web: Registered) -> None:
    LoginSession.objects.update(acr="phr")
    wanted = '{"id_token": {"acr": {"essential": true, "values": ["1", "mfa"]}}}'
    assert granted(web, browser.get(AUTHORIZE, authorization_request(web, claims=wanted))).acr == "mfa"
    assert granted(web, browser.get(AUTHORIZE, authorization_request(web, acr_values="mfa"))).acr == "phr"


# --- Claims


def test_the_claims_that_scopes_cover_are_those_that_accounts_tells() -> None:
    assert claims.CLAIMS.keys() | {"groups"} == CLAIMS.keys()
    assert {name for scope in scopes.SUPPORTED for name in scopes.claims_of([scope])} == CLAIMS.keys()


@pytest.mark.covers("S75 scope")
def test_claims_are_kept_shown_and_asked_for_again_when_they_are_more(browser: Client, alice: User) -> None:
    client = builders.register("web")

    def ask(**members: Any) -> Any:
        return browser.get(AUTHORIZE, authorization_request(client, scope="openid", claims=json.dumps(members)))

    page, query = location(ask(userinfo={"email": None}, id_token={"given_name": None, "shoe_size": None}))
    assert page == CONSENT
    shown = browser.get(CONSENT, query).content.decode()
    assert "See your e-mail address" in shown
    assert "See your given name" in shown
    assert "shoe_size" not in shown
    back = say(browser, query["interaction"])
    authorization = granted(client, browser.get(back["Location"]))
    assert authorization.claims == ClaimsRequest(userinfo=("email",), id_token=("given_name",))
    assert authorization.scope == ("openid",)
    assert only(records.Consent).claims == ("email", "given_name")
    assert "code" in parameters_of(ask(id_token={"email": None}))
    page, query = location(ask(userinfo={"email": None, "family_name": None}))
    assert page == CONSENT
    shown = browser.get(CONSENT, query).content.decode()
    assert shown.count('class="new"') == 1
    say(browser, query["interaction"])
    assert only(records.Consent).claims == ("email", "given_name", "family_name")


def test_a_client_gets_no_claim_whose_scope_it_may_not_have(browser: Client) -> None:
    client = builders.register("web", skip_consent=True, scope="openid profile")
    wanted = json.dumps({"userinfo": {"email": {"essential": True}, "name": None}, "id_token": {"email": None}})
    authorization = granted(
        client, browser.get(AUTHORIZE, authorization_request(client, scope="openid email", claims=wanted))
    )
    assert (authorization.scope, authorization.claims) == (("openid",), ClaimsRequest(userinfo=("name",)))


def test_without_openid_there_is_nothing_to_put_claims_into(browser: Client, web: Registered) -> None:
    wanted = json.dumps({"userinfo": {"email": None}})
    answer = browser.get(AUTHORIZE, authorization_request(web, scope="profile", claims=wanted))
    assert granted(web, answer).claims == ClaimsRequest()


# --- Resources


@pytest.fixture
def apis(db: None) -> None:
    for identifier, name, scope in (
        (ORDERS, "The order service", "orders:read orders:write"),
        (STOCK, "Stock <b>", "stock:read"),
        (FOREIGN, "Foreign", "foreign"),
    ):
        builders.protect(identifier, *scope.split(), name=name)


@pytest.fixture
def shop(apis: None) -> Registered:
    return builders.register("web", scope="openid profile email orders:read stock:read")


@pytest.mark.covers("S28 audience", "S75 resource")
def test_resources_are_kept_shown_by_name_and_asked_for_again_when_they_are_more(
    browser: Client, shop: Registered
) -> None:
    def ask(*resource: str) -> Any:
        return browser.get(
            AUTHORIZE, {**authorization_request(shop, scope="openid orders:read"), "resource": list(resource)}
        )

    page, query = location(ask(ORDERS))
    assert page == CONSENT
    shown = browser.get(CONSENT, query).content.decode()
    assert "The order service" in shown
    back = say(browser, query["interaction"])
    assert granted(shop, browser.get(back["Location"])).resource == (ORDERS,)
    assert granted(shop, ask(ORDERS)).resource == (ORDERS,)
    # It follows from the scope (RFC 9068 §3).
    assert granted(shop, ask()).resource == (ORDERS,)
    page, query = location(ask(ORDERS, STOCK))
    assert page == CONSENT
    shown = browser.get(CONSENT, query).content.decode()
    assert (shown.count('class="new"'), "Stock &lt;b&gt;" in shown) == (1, True)
    say(browser, query["interaction"])
    assert only(records.Consent).resource == (ORDERS, STOCK)
    assert granted(shop, ask(STOCK, ORDERS)).resource == (STOCK, ORDERS)


@pytest.mark.covers("S28 scope")
@pytest.mark.parametrize("prompt", [None, "none", "login", "consent", "select_account"])
@pytest.mark.parametrize(
    "resource",
    [["urn:unknown"], [FOREIGN], [ORDERS, FOREIGN], [ORDERS + "/"], ["ORDERS"], [f"urn:{i}" for i in range(11)]],
)
def test_a_resource_that_the_client_may_not_ask_for_is_invalid_target_known_or_not(
    browser: Client, shop: Registered, prompt: str | None, resource: list[str]
) -> None:
    for method in (browser.get, browser.post):
        answer: Any
        if method == browser.get:
            answer = browser.get(AUTHORIZE, {**authorization_request(shop, prompt=prompt), "resource": resource})
        else:
            answer = post(browser, AUTHORIZE, authorization_request(shop, prompt=prompt, resource=resource[-1]))
        found = parameters_of(answer)
        assert found["error"] == "invalid_target"
    assert not held(records.Interaction)


def test_a_client_s_default_resources_are_those_of_a_request_that_names_none(browser: Client, apis: None) -> None:
    client = builders.register("web", skip_consent=True, scope="openid orders:read", default_resource=[ORDERS])
    assert granted(client, browser.get(AUTHORIZE, authorization_request(client))).resource == (ORDERS,)
    change_clients(scope="openid")
    assert parameters_of(browser.get(AUTHORIZE, authorization_request(client)))["error"] == "invalid_target"


def test_display_and_claims_locales_change_nothing(browser: Client, web: Registered) -> None:
    asked = authorization_request(web, display="popup", claims_locales="de fr", prompt="login")
    assert location(browser.get(AUTHORIZE, asked))[0] == "/accounts/reauthenticate/"
    assert not {"display", "claims_locales"} & only(records.Interaction).parameters.keys()
