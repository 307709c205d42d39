"""Userinfo: how a token is shown, and what is told for it."""

import json
from urllib.parse import urlencode

import pytest
from django.test import Client

from accounts.models import User
from tests.endpoints.lifecycle import END_SESSION, INACTIVE, introspect
from tests.endpoints.test_id_tokens import read
from tests.support import builders
from tests.support.builders import change_resources
from tests.support.endpoints import post, tokens_of
from tests.support.messages import FORM_TYPE, USERINFO, Registered, bearer, refused
from tokens.conf import SIGNING_ALGS
from tokens.protocol.records import ClaimsRequest

ISSUER = "http://localhost:8000"


# --- What is told


@pytest.mark.covers("S12 person", "S28 scope")
def test_each_scope_tells_its_own_claims_and_no_others(anybody: Client, alice: User, web: Registered) -> None:
    alice.refresh_from_db()
    profile = {
        "name": "Alice Liddell",
        "given_name": "Alice",
        "family_name": "Liddell",
        "preferred_username": "alice",
        "updated_at": int(alice.updated_at.timestamp()),
    }
    email = {"email": "alice@example.org", "email_verified": True}
    for scope, told in (
        (("openid",), {}),
        (("openid", "profile"), profile),
        (("email", "openid"), email),
        (("openid", "profile", "email"), profile | email),
    ):
        answer = anybody.get(USERINFO, headers=bearer(tokens_of(anybody, web, alice.pk, scope=scope)["access_token"]))
        assert (answer.status_code, answer.json()) == (200, {"sub": str(alice.pk), **told})
        assert (answer["Cache-Control"], answer["Content-Type"]) == ("no-store", "application/json")


@pytest.mark.covers("S28 scope")
def test_a_token_without_openid_is_not_enough(anybody: Client, alice: User, web: Registered) -> None:
    plain = tokens_of(anybody, web, alice.pk, scope=("profile", "email"))["access_token"]
    answer = anybody.get(USERINFO, headers=bearer(plain))
    assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")
    assert answer["WWW-Authenticate"].startswith(f'Bearer realm="{ISSUER}", error="insufficient_scope"')


# --- How it is shown


def test_the_token_may_come_in_the_header_or_in_the_form(anybody: Client, token: str) -> None:
    response = anybody.get(USERINFO, headers=bearer(token))
    assert response.status_code == 200
    for answer in (
        anybody.post(USERINFO, CONTENT_TYPE=FORM_TYPE, headers=bearer(token)),
        anybody.post(USERINFO, headers=bearer(token)),
        anybody.get(USERINFO, headers={"Authorization": f"bEaReR   {token}  "}),
        post(anybody, USERINFO, {"access_token": token}),
        anybody.post(USERINFO, f"access_token={token}", content_type=f"{FORM_TYPE}; charset=UTF-8"),
    ):
        assert (answer.status_code, answer.json()) == (200, response.json())


@pytest.mark.covers("S37 userinfo")
def test_a_token_in_the_query_is_refused_also_beside_a_good_one(anybody: Client, token: str) -> None:
    for query in (urlencode({"access_token": token}), "access_token=x"):
        for answer in (
            anybody.get(f"{USERINFO}?{query}"),
            anybody.get(f"{USERINFO}?{query}", headers=bearer(token)),
            post(anybody, f"{USERINFO}?{query}", {"access_token": token}),
        ):
            assert (answer.status_code, answer.json()) == (
                400,
                refused("invalid_request", "an access token does not belong into a URL", "access_token_in_url"),
            )
            assert token not in answer.content.decode() + str(answer.headers)


@pytest.mark.covers("S48 one")
def test_a_token_shown_twice_is_refused_though_it_is_the_same(anybody: Client, token: str) -> None:
    for form in ({"access_token": token}, {"access_token": "x"}):
        answer = post(anybody, USERINFO, form, bearer(token))
        assert (answer.status_code, answer.json()) == (
            400,
            refused("invalid_request", "the access token was sent twice", "access_token_twice"),
        )


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_token_in_the_body_of_another_method_or_type_is_no_token(anybody: Client, token: str, method: str) -> None:
    form = urlencode({"access_token": token})
    assert anybody.generic(method, USERINFO, form, FORM_TYPE).status_code == (401 if method == "GET" else 405)
    assert (
        anybody.post(USERINFO, json.dumps({"access_token": token}), content_type="application/json").status_code == 401
    )


@pytest.mark.parametrize("scheme", ["Basic", "DPoP", "Token", "Bearer:", "Bearer,"])
def test_another_scheme_is_no_bearer(anybody: Client, token: str, scheme: str) -> None:
    answer = anybody.get(USERINFO, headers={"Authorization": f"{scheme} {token}"})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, f'Bearer realm="{ISSUER}"')


def test_a_session_cookie_is_no_bearer(browser: Client) -> None:
    assert browser.get(USERINFO).status_code == 401


@pytest.mark.covers("S70 delete", "CVE-2026-1609")
@pytest.mark.parametrize("change", ["inactive", "deleted"])
def test_nothing_is_told_of_a_person_who_is_gone(anybody: Client, alice: User, token: str, change: str) -> None:
    if change == "inactive":
        alice.is_active = False
        alice.save()
    else:
        alice.delete()
    answer = anybody.get(USERINFO, headers=bearer(token))
    why = "the access token is expired, revoked or malformed, or meant for somebody else"
    assert (answer.status_code, answer.json()) == (401, refused("invalid_token", why, "access_token_invalid"))


@pytest.mark.covers("S70 disable", "CVE-2026-1609")
def test_nothing_is_told_of_a_person_who_is_switched_off_behind_our_back(
    anybody: Client, alice: User, token: str
) -> None:
    """By SQL, which sends no signal."""
    User.objects.update(is_active=False)
    answer = anybody.get(USERINFO, headers=bearer(token))
    closed = refused("invalid_token", "the person's account is closed", "access_token_account_closed")
    assert (answer.status_code, answer.json()) == (401, closed)


def test_a_token_of_one_person_tells_nothing_of_another(anybody: Client, alice: User, token: str) -> None:
    builders.person("bob")
    assert anybody.get(f"{USERINFO}?sub=bob", headers=bearer(token)).json()["sub"] == str(alice.pk)


@pytest.mark.covers("S28 scope")
def test_what_was_asked_for_one_by_one_is_told_beside_the_scopes(anybody: Client, alice: User, web: Registered) -> None:
    wanted = ClaimsRequest(userinfo=("email", "family_name", "birthdate"), id_token=("given_name",))
    token = tokens_of(anybody, web, alice.pk, scope=("openid",), claims=wanted)["access_token"]
    body = anybody.get(USERINFO, headers=bearer(token)).json()
    assert body == {"sub": str(alice.pk), "email": "alice@example.org", "family_name": "Liddell"}


@pytest.mark.covers("S28 scope", "S39 aud")
def test_a_token_for_an_api_alone_tells_nothing_of_anybody(anybody: Client, alice: User, web: Registered) -> None:
    api = builders.protect("urn:api", "read", caller=web)
    for token_format in ("jwt", "opaque"):
        change_resources(access_token_format=token_format)
        elsewhere = tokens_of(anybody, web, alice.pk, scope=("profile",), resource=(api,))["access_token"]
        answer = anybody.get(USERINFO, headers=bearer(elsewhere))
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")
        ours = tokens_of(anybody, web, alice.pk, scope=("openid", "profile"), resource=(api,))["access_token"]
        assert anybody.get(USERINFO, headers=bearer(ours)).json()["sub"] == str(alice.pk)


def test_an_opaque_token_is_shown_like_any_other(anybody: Client, alice: User, web: Registered) -> None:
    api = builders.protect("urn:api", "read", caller=web, access_token_format="opaque")
    token = tokens_of(anybody, web, alice.pk, resource=(api,))["access_token"]
    response = anybody.get(USERINFO, headers=bearer(token))
    assert response.status_code == 200
    assert post(anybody, USERINFO, {"access_token": token}).json() == response.json()
    assert anybody.get(f"{USERINFO}?access_token={token}").status_code == 400


# --- Signed


@pytest.mark.covers("S12 person", "S40 alg")
@pytest.mark.parametrize("alg", SIGNING_ALGS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_client_that_wants_it_signed_is_told_the_same_in_a_jwt(
    anybody: Client, alice: User, web: Registered, alg: str, method: str
) -> None:
    plain = anybody.get(USERINFO, headers=bearer(tokens_of(anybody, web, alice.pk)["access_token"])).json()
    signing = builders.register("web", userinfo_signed_response_alg=alg)
    token = tokens_of(anybody, signing, alice.pk)["access_token"]
    answer = anybody.generic(method, USERINFO, headers=bearer(token))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/jwt")
    assert (answer["Cache-Control"], answer["Access-Control-Allow-Origin"]) == ("no-store", "*")
    assert read(answer.content.decode(), alg) == plain | {"iss": ISSUER, "aud": signing.client_id}
    assert post(anybody, USERINFO, {"access_token": token})["Content-Type"] == "application/jwt"


def test_what_goes_wrong_is_told_in_json_also_to_a_client_that_wants_it_signed(anybody: Client, alice: User) -> None:
    signing = builders.register("web", userinfo_signed_response_alg="ES256")
    token = tokens_of(anybody, signing, alice.pk)["access_token"]
    User.objects.update(is_active=False)
    answer = anybody.get(USERINFO, headers=bearer(token))
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/json")


@pytest.mark.covers("CVE-2022-3102")
def test_a_signed_answer_is_no_token_of_any_kind(anybody: Client, browser: Client, alice: User) -> None:
    signing = builders.register("web", userinfo_signed_response_alg="ES256")
    tokens = tokens_of(anybody, signing, alice.pk)
    signed = anybody.get(USERINFO, headers=bearer(tokens["access_token"])).content.decode()
    assert anybody.get(USERINFO, headers=bearer(signed)).status_code == 401
    assert introspect(anybody, signing, signed).json() == INACTIVE
    assert browser.get(END_SESSION, {"id_token_hint": signed})["Location"] == "/oauth2/sign_out?"
    signed_out = browser.get(END_SESSION, {"id_token_hint": tokens["id_token"]})
    assert (signed_out.status_code, "Location" in signed_out) == (200, False)
