"""What is issued can be shown, asked about and revoked, however many scopes it has: a longer token is not issued."""

import pytest
from django.test import Client

from accounts.models import User
from tests.endpoints.lifecycle import is_active, opens_userinfo, refresh, revoke
from tests.support import builders
from tests.support.builders import change_clients
from tests.support.endpoints import exchange, is_unspent
from tests.support.messages import AUTHORIZE, Registered, authorization_request, refused
from tokens.protocol import access_token, scopes

API = "https://api.example"


def named(count: int, length: int = 60) -> tuple[str, ...]:
    """So many scopes of so many letters, `openid` before them."""
    return ("openid", *(f"{number:03}".ljust(length, "x") for number in range(count)))


@pytest.fixture(params=["RS256", "PS256", "ES256", "EdDSA"])
def alg(request: pytest.FixtureRequest, web: Registered) -> str:
    """What signs the access tokens of a resource that has all of the scopes."""
    chosen: str = request.param
    builders.protect(API, *named(99)[1:], access_token_signed_response_alg=chosen)
    change_clients(scope=" ".join(named(99)))
    return chosen


@pytest.mark.covers("S78 length")
@pytest.mark.parametrize("count", [1, 40, 79, 81, 83, 85, 87, 90, 99])
def test_a_token_that_was_issued_is_read_back_everywhere(
    anybody: Client, alice: User, web: Registered, alg: str, count: int
) -> None:
    code, _ = builders.save_code(web.client_id, str(alice.pk), scope=named(count), resource=(API,))
    answer = exchange(anybody, web, code)
    if answer.status_code != 200:
        why = f"the access token would be longer than {access_token.MAX_LENGTH} characters"
        right = "ask for fewer scopes, or for one resource at a time"
        assert answer.json() == refused("invalid_scope", f"{why}: {right}", "token_too_long")
        assert is_unspent(code, web)
        assert count > 80
        return
    given = answer.json()
    assert len(given["access_token"]) <= access_token.MAX_LENGTH
    assert given["scope"] == " ".join(named(count))
    assert opens_userinfo(anybody, given["access_token"])
    assert is_active(anybody, web, given["access_token"])
    assert revoke(anybody, web, given["access_token"]).status_code == 200
    assert not is_active(anybody, web, given["access_token"])
    assert refresh(anybody, web, given["refresh_token"]).status_code == 400


def test_a_shorter_one_is_given_where_the_request_asks_for_less(
    anybody: Client, alice: User, web: Registered, alg: str
) -> None:
    """The grant is not lost with the refusal."""
    code, _ = builders.save_code(web.client_id, str(alice.pk), scope=named(60), resource=(API,))
    given = exchange(anybody, web, code).json()
    fewer = refresh(anybody, web, given["refresh_token"], scope=" ".join(named(3)))
    assert (fewer.status_code, fewer.json()["scope"]) == (200, " ".join(named(3)))


@pytest.mark.covers("S78 body")
def test_more_than_fits_is_refused_before_anybody_is_asked(browser: Client, web: Registered, alg: str) -> None:
    fits, longer = " ".join(named(80)), " ".join(named(82))
    assert len(fits) <= scopes.MAX_LENGTH < len(longer)
    plain = authorization_request(web, resource=API, state="s")
    assert "code=" in browser.get(AUTHORIZE, {**plain, "scope": fits})["Location"]
    refused = browser.get(AUTHORIZE, {**plain, "scope": longer})["Location"]
    assert "error=invalid_scope" in refused
    assert f"longer+than+{scopes.MAX_LENGTH}+characters" in refused
