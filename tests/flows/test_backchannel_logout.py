"""Who is told that a session ended, and what (OpenID Connect Back-Channel Logout 1.0): from the browser to the relying
party's own server."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from joserfc import jws
from pytest_django.fixtures import Settings

from accounts import sessions
from accounts.models import LoginSession, User
from tests.flows import ends
from tests.flows.ends import ENDS, World
from tests.flows.logout_rp import LogoutEndpoint, logout_endpoint, verified
from tests.support.browser import Browser, exchange, parameters_of
from tests.support.builders import change_clients, person, register
from tests.support.held import held, let_end, let_rechecks_be_due, rechecks, voided
from tests.support.messages import Registered
from tests.support.people import PASSWORD
from tokens.conf import conf
from tokens.keys import signer
from tokens.protocol import access_token, id_token, logout_token, records
from tokens.stores import store
from tokens.verifier import read_access_token, read_id_token_hint
from tokens.work import cleanup
from tokens.work.backchannel_logout import deliver

OFFLINE = "openid email offline_access"


@dataclass(slots=True)
class Party:
    """A client with a server that is told."""

    client: Registered
    endpoint: LogoutEndpoint
    id_tokens: list[dict[str, Any]] = field(default_factory=list)

    def sign_in(self, browser: Browser, **request: str) -> dict[str, str]:
        answer: dict[str, str] = exchange(self.client, browser.walk(self.client, **request)["code"]).json()
        self.id_tokens.append(signer().verify(answer["id_token"], typ=id_token.TYP) or {})
        return answer

    @property
    def notices(self) -> list[tuple[str, str | None]]:
        jwks = Client().get("/oauth2/jwks").content.decode()
        return self.endpoint.notices(jwks, django_settings.ISSUER, self.client.client_id)

    @property
    def signed_in(self) -> list[tuple[str, str | None]]:
        """What its ID tokens said."""
        return [(claims["sub"], claims["sid"]) for claims in self.id_tokens]


MakeParty = Callable[..., Party]


@pytest.fixture
def party(settings: Settings) -> Iterator[MakeParty]:
    """Makes clients with servers."""
    settings.TOKENS = replace(conf(), fetch_allow=("127.0.0.1",))
    with ExitStack() as servers:

        def make(**columns: Any) -> Party:
            endpoint = servers.enter_context(logout_endpoint())
            ordinary = {"token_endpoint_auth_method": "client_secret_post", "backchannel_logout_uri": endpoint.uri}
            return Party(register(**(ordinary | columns)), endpoint)

        yield make


# --- What is told


@pytest.mark.covers("S74 sub")
def test_every_client_of_a_session_is_told_with_its_own_sub_and_sid(
    party: MakeParty, alice: User, browser: Browser
) -> None:
    first, second, pairwise, stranger = party(), party(), party(subject_type="pairwise"), party()
    deaf = register(token_endpoint_auth_method="client_secret_post")
    for each in (first, second, pairwise, first):
        each.sign_in(browser)
    exchange(deaf, browser.walk(deaf)["code"])
    stranger_s = Browser()
    User.objects.create_user("bob", "bob@example.org", PASSWORD)
    stranger_s.authorize(stranger.client)
    stranger_s.sign_in("bob")
    exchange(stranger.client, parameters_of(stranger_s.answer())["code"])
    assert deliver() == {}
    browser.sign_out()
    assert deliver() == {"delivered": 3}
    assert [each.notices for each in (first, second, pairwise)] == [
        each.signed_in[:1] for each in (first, second, pairwise)
    ]
    assert first.notices == second.notices != pairwise.notices
    assert pairwise.notices[0][0] != str(alice.pk)
    assert stranger.endpoint.requests == []
    assert deliver() == {}


def test_the_request_is_a_form_and_nothing_else(party: MakeParty, alice: User, browser: Browser) -> None:
    rp = party()
    rp.sign_in(browser)
    browser.sign_out()
    deliver()
    [(path, headers, body)] = rp.endpoint.requests
    assert path == "/logout?tenant=a"
    assert headers == {
        "host": f"127.0.0.1:{rp.endpoint.port}",
        "user-agent": "Avouch",
        "accept": "application/json, application/*+json",
        "accept-encoding": "identity",
        "connection": "close",
        "content-type": "application/x-www-form-urlencoded",
        "content-length": str(len(body)),
    }


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
def test_a_notice_is_signed_like_the_clients_id_tokens(
    party: MakeParty, alice: User, browser: Browser, alg: str
) -> None:
    rp = party(id_token_signed_response_alg=alg)
    rp.sign_in(browser)
    browser.sign_out()
    deliver()
    [token] = rp.endpoint.tokens
    jwks = Client().get("/oauth2/jwks").json()
    kid = next(key["kid"] for key in jwks["keys"] if key["alg"] == alg)
    assert jws.extract_compact(token.encode()).headers() == {"alg": alg, "typ": "logout+jwt", "kid": kid}
    assert rp.notices == rp.signed_in


@pytest.mark.covers("S74 sub")
def test_a_relying_party_that_only_knows_sessions_gets_one_notice_for_each(
    party: MakeParty, alice: User, browser: Browser
) -> None:
    of_all, by_session = party(), party(backchannel_logout_session_required=True)
    for each in (browser, Browser()):
        of_all.sign_in(each)
        by_session.sign_in(each)
    sessions.end_all(alice)
    assert deliver() == {"delivered": 3}
    assert of_all.notices == [(str(alice.pk), None)]
    assert sorted(by_session.notices) == sorted(by_session.signed_in)


@pytest.mark.covers("S74 typ")
def test_no_token_passes_for_one_of_another_kind(party: MakeParty, alice: User, browser: Browser) -> None:
    rp = party(id_token_signed_response_alg="ES256")
    answer = rp.sign_in(browser)
    browser.sign_out()
    deliver()
    [notice] = rp.endpoint.tokens
    assert signer().verify(notice, typ=logout_token.TYP) is not None
    assert read_id_token_hint(notice) is None
    assert read_access_token(notice, datetime.now(UTC)) is None
    for typ in (id_token.TYP, *access_token.TYPS):
        assert signer().verify(notice, typ=typ) is None
    for other in (answer["id_token"], answer["access_token"]):
        assert signer().verify(other, typ=logout_token.TYP) is None
        jwks = Client().get("/oauth2/jwks").content.decode()
        with pytest.raises(AssertionError):
            verified(other, jwks, django_settings.ISSUER, rp.client.client_id)


# --- All that ends a session

NOT_A_SESSION = {
    "nothing",
    "the consent is withdrawn",
    "the person withdraws it",
    *ends.ONE_AUTHORIZATION,
    *ends.EVERYTHING_OF_A_CLIENT,
}
"""Their tokens end; the person stays signed in."""
EXPECTED: Mapping[str, int] = {end: 0 if end in NOT_A_SESSION else 1 for end in ENDS}


@pytest.fixture
def world(party: MakeParty, alice: User, browser: Browser) -> World:
    """Alice at a client that is told, as `ends` wants it."""
    rp = party(scope=OFFLINE, rotate_refresh_tokens=True)
    change_clients(rp.client.client_id, skip_consent=False)
    admin = Client()
    operator = person("operator", is_staff=True, is_superuser=True)
    admin.force_login(operator, backend="accounts.sign_in.backends.PasswordBackend")
    life = World(alice, browser, admin, rp.client, rp.client, scope=OFFLINE)
    life.redeemed = browser.walk(rp.client, scope=OFFLINE)["code"]
    life.held = exchange(rp.client, life.redeemed).json()
    life.replaced = life.held["refresh_token"]
    life.held |= ends.refresh(life, life.replaced).json()
    life.held |= ends.refresh(life, life.held["refresh_token"]).json()
    life.access_tokens = dict.fromkeys(ends.TOKEN_FORMATS, life.held["access_token"])
    return life


@pytest.mark.parametrize("end", ENDS)
def test_whatever_ends_a_session_is_told_once_and_nothing_else(world: World, end: str) -> None:
    whose = str(world.alice.pk)
    ENDS[end](world)
    notices = held(records.LogoutDelivery)
    assert len(notices) == EXPECTED[end]
    for notice in notices:
        assert (notice.client_id, str(notice.subject)) == (world.client.client_id, whose)
        assert (notice.sid is not None) == (end in ends.A_SESSION)
    if notices:
        assert deliver() == {"delivered": 1}


def test_who_signs_in_again_as_somebody_else_ends_the_session_before(
    party: MakeParty, alice: User, bob: User, browser: Browser
) -> None:
    rp = party()
    rp.sign_in(browser)
    browser.http.force_login(bob, backend="accounts.sign_in.backends.PasswordBackend")
    deliver()
    assert rp.notices == rp.signed_in


def test_a_client_with_offline_access_is_told_and_keeps_it(world: World) -> None:
    ends.sign_out(world)
    assert deliver() == {"delivered": 1}
    assert ends.refresh(world, world.held["refresh_token"]).status_code == 200


def test_a_session_that_merely_runs_out_is_told_to_nobody(party: MakeParty, alice: User, browser: Browser) -> None:
    party().sign_in(browser)
    long_ago = datetime.now(UTC) - timedelta(days=40)
    LoginSession.objects.update(last_seen=long_ago, expires=long_ago)
    cleanup.delete_expired()
    assert not LoginSession.objects.exists()
    assert not held(records.LogoutDelivery)


# --- Nobody is forgotten


def test_a_client_is_told_though_its_tokens_ran_out_and_were_cleaned_up_before(
    party: MakeParty, alice: User, browser: Browser, settings: Settings
) -> None:
    """Signing in lasts for 24 hours, what is issued on it for ten minutes."""
    rp = party()
    settings.TOKENS = replace(conf(), authorization_lifetime=600, refresh_token_idle=600)
    rp.sign_in(browser)
    ago = timedelta(days=3)
    [row] = held(records.Authorization)
    assert row.kept_until == LoginSession.objects.get().expires > row.expires
    let_end(records.Authorization, row.expires - ago)
    cleanup.delete_expired()
    browser.sign_out()
    assert deliver() == {"delivered": 1}
    assert rp.notices == rp.signed_in


@pytest.mark.parametrize("scope", ["openid", OFFLINE])
def test_a_code_that_is_redeemed_when_the_session_is_over_is_refused_or_its_client_told(
    party: MakeParty, alice: User, browser: Browser, scope: str
) -> None:
    rp = party(scope=OFFLINE)
    code = browser.walk(rp.client, scope=scope, prompt="consent")["code"]
    browser.sign_out()
    answer = exchange(rp.client, code)
    assert answer.status_code == (200 if scope == OFFLINE else 400)
    assert deliver() == {}
    # No code from before lives so long.
    let_rechecks_be_due(datetime.now(UTC))
    assert deliver() == ({"delivered": 1} if scope == OFFLINE else {})
    assert len(rp.notices) == (scope == OFFLINE)
    assert not rechecks()


def test_a_session_is_looked_at_again_when_no_code_of_it_can_be_redeemed(
    party: MakeParty, alice: User, browser: Browser
) -> None:
    party().sign_in(browser)
    before = datetime.now(UTC)
    browser.sign_out()
    (due,) = rechecks()
    assert timedelta(seconds=conf().code_lifetime + 50) < due - before < timedelta(seconds=conf().code_lifetime + 90)


@pytest.mark.sql("one transaction ends it and keeps them")
def test_a_session_does_not_end_where_its_notices_cannot_be_kept(
    party: MakeParty, alice: User, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    party().sign_in(browser)

    def fails(*_: object) -> None:
        raise RuntimeError("the outbox is full")

    monkeypatch.setattr(type(store().outbox), "queue_session", fails)
    with pytest.raises(RuntimeError):
        sessions.end(LoginSession.objects.get().sid)
    assert LoginSession.objects.get().ended_at is None
    assert not voided()
