"""refresh_token at the token endpoint: the answers, who may ask, and what a replay ends."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.endpoints.lifecycle import REFUSED, is_active, opens_userinfo, refresh
from tests.support import builders
from tests.support.endpoints import post, redeem, tokens_of
from tests.support.held import change, held, voided
from tests.support.messages import FORM_TYPE, REDIRECT_URI, Registered, basic
from tokens.conf import conf
from tokens.keys import signer
from tokens.protocol import handles, id_token, records

SCOPE = ("openid", "profile", "email")
METHODS = ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]


@pytest.fixture
def rotating() -> Registered:
    """A client that can introspect and whose tokens rotate all the same."""
    return builders.register("web", rotate_refresh_tokens=True)


@pytest.fixture
def token_response(anybody: Client, alice: User, rotating: Registered) -> dict[str, Any]:
    return tokens_of(anybody, rotating, alice.pk, scope=SCOPE)


@pytest.mark.covers("S29 rotate", "S32 auth_time", "S32 acr", "S43 at_hash", "S43 nonce", "S43 azp")
@pytest.mark.parametrize("rotates", [True, False])
@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_a_refresh_gives_tokens_with_exactly_this_in_them(
    anybody: Client, alice: User, clock: Any, rotates: bool, alg: str
) -> None:
    client = builders.register("web", rotate_refresh_tokens=rotates, id_token_signed_response_alg=alg)
    before = tokens_of(anybody, client, alice.pk, scope=SCOPE)
    now = datetime.now(UTC) + timedelta(hours=2)
    clock(now)
    answer = refresh(anybody, client, before["refresh_token"])
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    body = answer.json()
    refreshed = {"refresh_token": body["refresh_token"]} if rotates else {}
    assert body == {
        "access_token": body["access_token"],
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "openid profile email",
        "id_token": body["id_token"],
        **refreshed,
    }
    assert before["refresh_token"] not in refreshed.values()
    issued = int(now.timestamp())
    access, old_access = _claims(body["access_token"], "at+jwt"), _claims(before["access_token"], "at+jwt")
    assert access == old_access | {"iat": issued, "exp": issued + 300, "jti": access["jti"]}
    assert access["jti"] != old_access["jti"]
    identity, old_identity = _claims(body["id_token"], "JWT"), _claims(before["id_token"], "JWT")
    # OpenID Connect Core §12.2: the same iss, sub, aud, auth_time and azp, and no nonce.
    assert old_identity.pop("nonce") == "n-0S6_WzA2Mj"
    at_hash = id_token.half_hash(body["access_token"], alg)
    assert identity == old_identity | {"iat": issued, "exp": issued + 600, "at_hash": at_hash}


@pytest.mark.covers("S32 auth_time")
def test_an_id_token_comes_only_with_openid_and_comes_back_with_it(
    anybody: Client, rotating: Registered, token_response: dict[str, Any]
) -> None:
    narrow = refresh(anybody, rotating, token_response["refresh_token"], scope="email").json()
    assert narrow["scope"] == _claims(narrow["access_token"], "at+jwt")["scope"] == "email"
    assert "id_token" not in narrow
    whole = refresh(anybody, rotating, narrow["refresh_token"]).json()
    assert whole["scope"] == "openid profile email"
    assert "id_token" in whole


@pytest.mark.covers("S32 scope")
@pytest.mark.parametrize("kind", ["web", "spa"])
def test_a_wider_scope_is_refused_and_the_token_still_works(anybody: Client, alice: User, kind: str) -> None:
    client = builders.register(kind)
    tokens = redeem(
        anybody,
        client,
        builders.save_code(client.client_id, str(alice.pk))[0],
        "none" if kind == "spa" else "client_secret_basic",
    ).json()
    answer = refresh(anybody, client, tokens["refresh_token"], scope="openid email")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")
    assert refresh(anybody, client, tokens["refresh_token"]).status_code == 200


@pytest.mark.covers("S30")
def test_a_retry_gets_the_same_refresh_token_and_a_fresh_access_token(
    anybody: Client, rotating: Registered, token_response: dict[str, Any]
) -> None:
    answers = [refresh(anybody, rotating, token_response["refresh_token"]).json() for _ in range(3)]
    assert len({answer["refresh_token"] for answer in answers}) == 1
    assert len({answer["access_token"] for answer in answers}) == 3
    assert all(opens_userinfo(anybody, answer["access_token"]) for answer in answers)
    assert refresh(anybody, rotating, answers[0]["refresh_token"]).status_code == 200


@pytest.mark.covers("S29 reuse", "S34 refresh")
@pytest.mark.parametrize("replayed", [0, 1, 2])
def test_a_replay_ends_the_whole_family(
    anybody: Client, rotating: Registered, token_response: dict[str, Any], clock: Any, replayed: int
) -> None:
    """Of whichever generation, though the person's own client did nothing wrong."""
    family = [token_response]
    for _ in range(3):
        family.append(refresh(anybody, rotating, family[-1]["refresh_token"]).json())
    assert all(opens_userinfo(anybody, member["access_token"]) for member in family)
    clock(datetime.now(UTC) + timedelta(seconds=conf().refresh_retry))
    answer = refresh(anybody, rotating, family[replayed]["refresh_token"])
    assert (answer.status_code, answer.json()) == (400, REFUSED)
    _assert_dead(anybody, rotating, family)


@pytest.mark.covers("S29 reuse", "KC #50999")
def test_a_replay_within_the_same_second_ends_it_too_once_the_successor_was_used(
    anybody: Client, rotating: Registered, token_response: dict[str, Any], clock: Any
) -> None:
    clock(datetime.now(UTC))
    second = refresh(anybody, rotating, token_response["refresh_token"]).json()
    third = refresh(anybody, rotating, second["refresh_token"]).json()
    assert refresh(anybody, rotating, token_response["refresh_token"]).json() == REFUSED
    _assert_dead(anybody, rotating, [token_response, second, third])


@pytest.mark.covers("S29 reuse")
def test_a_replay_ends_only_its_own_family(anybody: Client, alice: User, rotating: Registered) -> None:
    one, other = (tokens_of(anybody, rotating, alice.pk) for _ in range(2))
    second = refresh(anybody, rotating, one["refresh_token"]).json()
    refresh(anybody, rotating, second["refresh_token"])
    assert refresh(anybody, rotating, one["refresh_token"]).json() == REFUSED
    assert opens_userinfo(anybody, other["access_token"])
    assert refresh(anybody, rotating, other["refresh_token"]).status_code == 200


@pytest.mark.covers("S47 token", "CVE-2026-16089")
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("spent", [False, True])
@pytest.mark.parametrize("owner_rotates", [True, False])
def test_another_client_cannot_refresh_it_nor_spend_it_nor_end_it(
    anybody: Client, alice: User, method: str, spent: bool, owner_rotates: bool
) -> None:
    owner = builders.register("web", rotate_refresh_tokens=owner_rotates)
    tokens = tokens_of(anybody, owner, alice.pk)
    if spent:
        refresh(anybody, owner, tokens["refresh_token"])
        change(records.RefreshToken, {"spent_at": datetime.now(UTC) - timedelta(hours=1)}, spent_at__isnull=False)
    thief = builders.register("web", token_endpoint_auth_method=method)
    answer = refresh(anybody, thief, tokens["refresh_token"], method)
    assert (answer.status_code, answer.json()) == (400, REFUSED)
    # In the owner's name, with the thief's secret; and as a public client would.
    named = Registered(owner.client_id, thief.client_secret)
    assert refresh(anybody, named, tokens["refresh_token"], "client_secret_post").status_code == 400
    assert refresh(anybody, named, tokens["refresh_token"], "client_secret_basic").status_code == 401
    assert refresh(anybody, named, tokens["refresh_token"], "none").status_code == 400
    assert refresh(anybody, named, tokens["refresh_token"], "nothing").status_code == 400
    assert opens_userinfo(anybody, tokens["access_token"])
    assert not voided()
    if not spent:
        assert refresh(anybody, owner, tokens["refresh_token"]).status_code == 200


@pytest.mark.covers("S14 token")
@pytest.mark.parametrize("name", ["refresh_token", "scope", "grant_type"])
def test_no_parameter_may_come_twice(
    anybody: Client, rotating: Registered, token_response: dict[str, Any], name: str
) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": token_response["refresh_token"], "scope": "openid"}
    body = "&".join(f"{key}={value}" for key, value in [*form.items(), (name, form[name])])
    answer = anybody.post(
        "/oauth2/token",
        body,
        content_type=FORM_TYPE,
        headers=basic(rotating.client_id, rotating.client_secret),
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert refresh(anybody, rotating, token_response["refresh_token"]).status_code == 200


@pytest.mark.covers("CVE-2026-4282")
def test_no_other_token_of_ours_is_a_refresh_token(
    anybody: Client, alice: User, rotating: Registered, token_response: dict[str, Any]
) -> None:
    code, kept = builders.save_code(rotating.client_id, str(alice.pk))
    key = handles.key(token_response["refresh_token"])
    others = [
        code,
        kept.key,
        key,
        token_response["access_token"],
        token_response["id_token"],
        rotating.client_secret,
        "\N{SNOWMAN}",
    ]
    for other in [
        *others,
        token_response["refresh_token"] + "A",
        token_response["refresh_token"].swapcase(),
        "x" * 100_000,
    ]:
        answer = refresh(anybody, rotating, other)
        assert (answer.status_code, answer.json()) == (400, REFUSED)
    assert refresh(anybody, rotating, token_response["refresh_token"]).status_code == 200


def test_without_a_signing_key_nothing_is_spent(
    anybody: Client, rotating: Registered, token_response: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tokens.keys import LocalSigner, NoSigningKey

    def none(*_: Any, **__: Any) -> str:
        raise NoSigningKey("none")

    with monkeypatch.context() as patched:
        patched.setattr(LocalSigner, "sign", none)
        assert refresh(anybody, rotating, token_response["refresh_token"]).status_code == 503
    assert len(held(records.RefreshToken, spent_at=None)) == 1
    assert refresh(anybody, rotating, token_response["refresh_token"]).status_code == 200


# --- client_credentials


@pytest.fixture
def machine() -> Registered:
    return builders.register("machine", "", scope="profile email")


@pytest.mark.covers("S28 scope", "S54")
def test_a_client_that_acts_for_itself_gets_an_access_token_and_nothing_else(
    anybody: Client, machine: Registered
) -> None:
    answer = _ask(anybody, machine, scope="email")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    body = answer.json()
    token = body["access_token"]
    assert body == {"access_token": token, "token_type": "Bearer", "expires_in": 300, "scope": "email"}
    claims = _claims(token, "at+jwt")
    assert claims == {
        "iss": "http://localhost:8000",
        "aud": "http://localhost:8000",
        "sub": machine.client_id,
        "client_id": machine.client_id,
        "scope": "email",
        "iat": claims["iat"],
        "exp": claims["iat"] + 300,
        "jti": claims["jti"],
    }
    assert not held(records.Authorization)
    assert not held(records.RefreshToken)


@pytest.mark.covers("S28 scope")
def test_its_token_tells_nothing_of_anybody(anybody: Client, alice: User, machine: Registered) -> None:
    token = _ask(anybody, machine).json()["access_token"]
    answer = anybody.get("/oauth2/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")


@pytest.mark.covers("S47 token", "S51 allow-list")
@pytest.mark.parametrize(
    ("columns", "scope", "status", "error"),
    [
        ({"scope": "openid email"}, "openid", 400, "invalid_scope"),
        ({"scope": "offline_access"}, "offline_access", 400, "invalid_scope"),
        ({"scope": "email"}, "email profile", 400, "invalid_scope"),
        ({"enabled": False}, "email", 401, "invalid_client"),
        ({"grant_types": ["authorization_code"]}, "email", 400, "unauthorized_client"),
        ({"token_endpoint_auth_method": "none"}, "email", 401, "invalid_client"),
    ],
)
def test_who_may_not_gets_nothing(
    anybody: Client, columns: dict[str, Any], scope: str | None, status: int, error: str
) -> None:
    client = builders.register("machine", "", **columns)
    answer = _ask(anybody, client, **({"scope": scope} if scope else {}))
    assert (answer.status_code, answer.json()["error"]) == (status, error)


@pytest.mark.covers("S28 scope")
@pytest.mark.parametrize("scope", ["openid email", "openid profile email address phone offline_access", "profile", ""])
def test_who_asks_for_no_scope_gets_nothing_that_is_of_people(anybody: Client, scope: str) -> None:
    client = builders.register("machine", "", scope=scope)
    answer = _ask(anybody, client)
    assert answer.status_code == 200, answer.content
    assert "scope" not in answer.json()
    assert "scope" not in _claims(answer.json()["access_token"], "at+jwt")


@pytest.mark.covers("S28 scope", "S51 allow-list")
def test_one_client_signs_people_in_and_acts_for_itself(anybody: Client, alice: User) -> None:
    """As Keycloak's and Spring's have it: one registration, both grants, and the scopes of each where they belong."""
    builders.protect("https://api.example", "orders:read")
    client, secret = builders.create(
        "web",
        "Both",
        [REDIRECT_URI],
        grant_types=["authorization_code", "refresh_token", "client_credentials"],
        scope="openid email offline_access orders:read",
    )
    both = Registered(client.client_id, secret or "")
    tokens = tokens_of(anybody, both, alice.pk, scope=("openid", "email"))
    assert tokens.keys() >= {"id_token", "refresh_token"}
    assert _ask(anybody, both).json()["scope"] == "orders:read"
    assert _ask(anybody, both, scope="openid").json()["error"] == "invalid_scope"
    assert refresh(anybody, both, tokens["refresh_token"]).json()["scope"] == "openid email"


@pytest.mark.covers("S47 token")
def test_a_public_client_cannot_act_for_itself(anybody: Client) -> None:
    client = builders.register("spa", grant_types=["client_credentials"])
    form = {"grant_type": "client_credentials", "client_id": client.client_id, "scope": "email"}
    answer = post(anybody, "/oauth2/token", form)
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


def _ask(sender: Client, client: Registered, **more: str) -> Any:
    form = {"grant_type": "client_credentials", **more}
    return post(sender, "/oauth2/token", form, basic(client.client_id, client.client_secret))


def _assert_dead(sender: Client, client: Registered, family: list[dict[str, Any]]) -> None:
    for member in family:
        assert not opens_userinfo(sender, member["access_token"])
        assert not is_active(sender, client, member["access_token"])
        assert not is_active(sender, client, member["refresh_token"])
        assert refresh(sender, client, member["refresh_token"]).json() == REFUSED


def _claims(token: str, typ: str) -> dict[str, Any]:
    claims = signer().verify(token, typ=typ)
    assert claims is not None
    return claims
