"""A sign-out for every way that it can come: by which method, from whose browser, with which hint, back to where."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from accounts.ground import dated_signer
from accounts.models import LoginSession, User
from tests.endpoints.lifecycle import END_SESSION, is_active, refresh
from tests.endpoints.test_end_session import asked_path, confirm, says
from tests.support import builders
from tests.support.builders import change_clients
from tests.support.endpoints import exchange, location, post
from tests.support.held import let_keys_be
from tests.support.messages import AUTHORIZE, USERINFO, Registered, authorization_request, bearer, begun_otherwise
from tokens import keys
from tokens.keys import signer

BACK, WRONG = "https://rp.example/signed-out", "https://rp.example/signed-out/"
URIS: Mapping[str, dict[str, str]] = {
    "none": {},
    "good": {"post_logout_redirect_uri": BACK, "state": "s"},
    "bad": {"post_logout_redirect_uri": WRONG, "state": "s"},
}
EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True, slots=True)
class World:
    """A client, what it was given in one of Alice's two sessions, and three browsers."""

    client: Registered
    tokens: dict[str, Any]
    browsers: Mapping[str, Client]
    sids: Mapping[str, str]

    def alive(self) -> set[str]:
        return {name for name, sid in self.sids.items() if LoginSession.objects.filter(sid=sid, ended_at=None).exists()}


def sign_in(person: User) -> tuple[Client, str]:
    browser = Client()
    before = set(LoginSession.objects.values_list("sid", flat=True))
    browser.force_login(person, backend="accounts.sign_in.backends.PasswordBackend")
    [sid] = set(LoginSession.objects.values_list("sid", flat=True)) - before
    return browser, sid


@pytest.fixture(params=["public", "pairwise"])
def world(request: pytest.FixtureRequest, anybody: Client, alice: User) -> World:
    client = builders.register(
        skip_consent=True,
        post_logout_redirect_uris=[BACK],
        subject_type=request.param,
        userinfo_signed_response_alg="RS256",
    )
    (that, first), (other, second), (another, third) = sign_in(alice), sign_in(alice), sign_in(builders.person("bob"))
    code = location(that.get(AUTHORIZE, authorization_request(client)))[1]["code"]
    return World(
        client,
        exchange(anybody, client, code).json(),
        {"none": anybody, "that one": that, "same person's other": other, "another person": another},
        {"that one": first, "same person's other": second, "another person": third},
    )


def fresh(world: World) -> str:
    id_token: str = world.tokens["id_token"]
    return id_token


def expired(world: World) -> str:
    """As it would be if it were old."""
    claims = signer().verify(fresh(world), typ="JWT")
    assert claims is not None
    long_ago = int((datetime.now(UTC) - timedelta(days=100)).timestamp())
    return signer().sign({**claims, "iat": long_ago, "exp": long_ago + 600}, typ="JWT", alg="RS256")


def under_a_key(state: str) -> Callable[[World], str]:
    def hint(world: World) -> str:
        let_keys_be(state)
        keys._made.cache_clear()
        return fresh(world)

    return hint


def altered(world: World) -> str:
    header, payload, signature = fresh(world).split(".")
    return f"{header}.{payload}.{signature[:-8]}AAAAAAAA"


def signed_userinfo(world: World) -> str:
    answer = Client().get(USERINFO, headers=bearer(world.tokens["access_token"]))
    assert answer["Content-Type"] == "application/jwt"
    return answer.content.decode()


def access_token(world: World) -> str:
    token: str = world.tokens["access_token"]
    return token


def access_token_of_another_typ(world: World) -> str:
    """As for APIs that know no `at+jwt`, with all that could make it look like an ID token."""
    claims = signer().verify(access_token(world), typ="at+jwt")
    named = signer().verify(fresh(world), typ="JWT")
    assert claims is not None
    assert named is not None
    return signer().sign({**named, **claims, "aud": named["aud"]}, typ="JWT", alg="RS256")


def logout_token(world: World) -> str:
    claims = signer().verify(fresh(world), typ="JWT")
    assert claims is not None
    told = {name: claims[name] for name in ("iss", "sub", "aud", "iat", "exp", "sid")}
    return signer().sign({**told, "jti": "x", "events": {EVENT: {}}}, typ="logout+jwt", alg="RS256")


def of_a_disabled_client(world: World) -> str:
    change_clients(world.client.client_id, enabled=False)
    return fresh(world)


GOOD: Mapping[str, Callable[[World], str]] = {
    "fresh": fresh,
    "expired": expired,
    "retired key": under_a_key("retired"),
}
BAD: Mapping[str, Callable[[World], str]] = {
    "revoked key": under_a_key("revoked"),
    "altered": altered,
    "signed userinfo": signed_userinfo,
    "access token": access_token,
    "access token of typ JWT": access_token_of_another_typ,
    "logout token": logout_token,
    "disabled client": of_a_disabled_client,
}
COOKIES = ("none", "that one", "same person's other", "another person")


def ask(world: World, method: str, cookie: str, asked: dict[str, str]) -> Any:
    """The answer that a browser with this cookie comes to. A POST comes without any, as from another site."""
    browser = world.browsers[cookie]
    if method == "GET":
        return browser.get(END_SESSION, asked)
    answer = post(Client(), END_SESSION, asked)
    path, parameters = location(answer)
    assert (path, "id_token_hint" in parameters) == (END_SESSION, False)
    return browser.get(answer["Location"])


def is_led(answer: Any, uri: str) -> bool:
    """Whether it does what the address asks for: follows a good one, and says what happened where there is none."""
    if uri == "good":
        return bool(answer["Location"] == f"{BACK}?state=s")
    return says(answer, WRONG if uri == "bad" else None)


@pytest.mark.covers("S13 post_logout", "S39 access token", "S73 hint")
@pytest.mark.parametrize("uri", URIS)
@pytest.mark.parametrize("hint", GOOD)
@pytest.mark.parametrize("cookie", COOKIES)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_good_hint_ends_its_session_and_that_of_the_same_person_s_browser(
    world: World, method: str, cookie: str, hint: str, uri: str
) -> None:
    answer = ask(world, method, cookie, {"id_token_hint": GOOD[hint](world), **URIS[uri]})
    assert world.alive() == set(world.sids) - {"that one"} - ({cookie} - {"another person"})
    if cookie == "another person":
        assert asked_path(answer)
        answer = confirm(world.browsers[cookie], answer)
        assert world.alive() == {"same person's other"}
    assert is_led(answer, uri)


@pytest.mark.covers("S13 post_logout", "S39 access token", "S73 asked", "S73 client_id")
@pytest.mark.parametrize("uri", URIS)
@pytest.mark.parametrize("hint", BAD)
@pytest.mark.parametrize("cookie", COOKIES)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_any_other_hint_ends_nothing_before_the_person_said_so(
    world: World, method: str, cookie: str, hint: str, uri: str
) -> None:
    asked = {"id_token_hint": BAD[hint](world), "client_id": world.client.client_id, **URIS[uri]}
    answer = ask(world, method, cookie, asked)
    assert world.alive() == set(world.sids)
    if cookie == "none":
        # There is nothing to ask, and nobody said that the address may be followed: it is a link.
        is_known = uri == "good" and hint != "disabled client"
        assert says(answer, None if is_known else asked.get("post_logout_redirect_uri"))
        return
    answer = confirm(world.browsers[cookie], answer)
    assert world.alive() == set(world.sids) - {cookie}
    if hint == "disabled client" and uri == "good":
        assert says(answer, BACK)
    else:
        assert is_led(answer, uri)


def test_at_the_post_itself_the_session_is_over_with_all_that_hung_on_it(anybody: Client, world: World) -> None:
    """The application's own server asks, and follows nothing."""
    assert is_active(anybody, world.client, world.tokens["access_token"])
    assert post(Client(), END_SESSION, {"id_token_hint": fresh(world)}).status_code == 303
    assert world.alive() == {"same person's other", "another person"}
    assert not is_active(anybody, world.client, world.tokens["access_token"])
    assert refresh(anybody, world.client, world.tokens["refresh_token"]).status_code == 400
    # Once more, it ends nothing, and is answered the same.
    assert post(Client(), END_SESSION, {"id_token_hint": fresh(world)}).status_code == 303


@pytest.mark.parametrize("before", ["public", "pairwise"])
def test_the_authorization_keeps_what_its_client_was_told(anybody: Client, world: World, before: str) -> None:
    """A client that begins or ceases to be pairwise was told of its sessions as it was then."""
    hint = fresh(world)
    change_clients(world.client.client_id, subject_type=before)
    assert post(Client(), END_SESSION, {"id_token_hint": hint}).status_code == 303
    assert "that one" not in world.alive()


def test_the_sid_of_one_client_ends_nothing_at_another(anybody: Client, world: World) -> None:
    """Both sign with our keys: a client could get hold of the other's session id, not of its ID token."""
    other = builders.register(skip_consent=True)
    claims = signer().verify(fresh(world), typ="JWT")
    assert claims is not None
    crossed = signer().sign({**claims, "aud": other.client_id, "azp": other.client_id}, typ="JWT", alg="RS256")
    assert post(Client(), END_SESSION, {"id_token_hint": crossed}).status_code == 303
    assert world.alive() == set(world.sids)


FORGED: Mapping[str, Callable[[dict[str, str]], dict[str, str]]] = {
    "another address": lambda sent: {**sent, "post_logout_redirect_uri": WRONG},
    "another state": lambda sent: {**sent, "state": "y"},
    "no state": lambda sent: {name: value for name, value in sent.items() if name != "state"},
    "no note": lambda sent: {name: value for name, value in sent.items() if name != "note"},
    "an altered note": lambda sent: {**sent, "note": sent["note"][:-4] + "AAAA"},
    "another person's note": lambda sent: {**sent, "note": begun_otherwise(sent["note"])},
    "garbage": lambda sent: {**sent, "note": "a.b:c:d"},
}


@pytest.mark.covers("S13 post_logout", "S73 hint")
@pytest.mark.parametrize("kind", FORGED)
def test_a_note_is_good_for_its_own_request_only(world: World, kind: str) -> None:
    sent = location(post(Client(), END_SESSION, {"id_token_hint": fresh(world), **URIS["good"]}))[1]
    cookie = "same person's other"
    assert asked_path(world.browsers[cookie].get(END_SESSION, FORGED[kind](sent)))
    assert cookie in world.alive()
    assert world.browsers[cookie].get(END_SESSION, sent)["Location"] == f"{BACK}?state=s"
    assert cookie not in world.alive()


@pytest.mark.covers("S73 hint")
@pytest.mark.parametrize(("seconds", "good"), [(0, True), (59, True), (61, False), (3600, False)])
def test_a_note_is_good_for_a_minute(world: World, monkeypatch: pytest.MonkeyPatch, seconds: int, good: bool) -> None:
    noted = datetime.now(UTC)
    monkeypatch.setattr(dated_signer, "clock", SimpleNamespace(now=lambda: noted))
    answer = post(Client(), END_SESSION, {"id_token_hint": fresh(world), **URIS["good"]})
    monkeypatch.setattr(dated_signer, "clock", SimpleNamespace(now=lambda: noted + timedelta(seconds=seconds)))
    followed = world.browsers["same person's other"].get(answer["Location"])
    assert followed["Location"].startswith(BACK) is good
    assert ("same person's other" in world.alive()) is not good
