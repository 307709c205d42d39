"""Client authentication over HTTP: nobody but the client gets anything of it, or burns anything."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest
from django.test import Client

from accounts.models import User
from tests.support import builders
from tests.support.builders import change_clients, save_code
from tests.support.endpoints import exchange, is_unspent, post, redeem
from tests.support.messages import FORM_TYPE, TOKEN, USERINFO, Registered, basic, bearer, code_form, refused
from tokens.protocol.client_authentication import METHODS
from tokens.protocol.client_authentication.client_secret import secret_digest
from tokens.protocol.records import Client as ClientRecord
from tokens.protocol.records import ClientSecret
from tokens.stores import store

REFUSED = refused(
    "invalid_grant", "the code is unknown, or another client's, or it was issued long ago", "code_unknown"
)
NOT_AUTHENTICATED = refused("invalid_client", "client authentication failed", "client_authentication_failed")


@pytest.mark.covers("S47 token", "S48 one")
@pytest.mark.parametrize("registered", METHODS)
@pytest.mark.parametrize("presented", [*METHODS, "basic and id", "basic and post", "basic, another id", "nothing"])
def test_a_code_is_for_who_authenticates_by_one_method_that_the_client_may_use(
    anybody: Client, alice: User, registered: str, presented: str
) -> None:
    client = builders.register("web", token_endpoint_auth_method=registered)
    code, _ = save_code(client.client_id, str(alice.pk))
    answer = redeem(anybody, client, code, presented)
    by_secret = {"client_secret_basic", "client_secret_post", "basic and id"}
    right = by_secret if registered in by_secret else {registered}
    if presented in right:
        assert answer.status_code == 200, answer.content
    elif presented in ("basic and post", "basic, another id"):
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    else:
        challenge = 'Basic realm="http://localhost:8000"' if "basic" in presented else None
        assert (answer.status_code, answer.json()["error"]) == (401 if challenge else 400, "invalid_client")
        assert answer.get("WWW-Authenticate") == challenge
    if presented not in right:
        assert is_unspent(code, client)


@pytest.mark.covers("S50 unknown")
@pytest.mark.parametrize(
    "fault", ["wrong secret", "empty secret", "unknown client", "disabled", "expired secret", "digest"]
)
def test_whatever_is_wrong_with_the_client_the_answer_is_the_same(
    anybody: Client, alice: User, web: Registered, fault: str
) -> None:
    code, _ = save_code(web.client_id, str(alice.pk))
    shown = web
    if fault == "wrong secret":
        shown = Registered(web.client_id, web.client_secret[:-1] + "_")
    elif fault == "empty secret":
        shown = Registered(web.client_id, "")
    elif fault == "unknown client":
        shown = Registered("0." + "A" * 43, web.client_secret)
    elif fault == "disabled":
        change_clients(enabled=False)
    elif fault == "expired secret":
        (secret,) = stored(web).secrets
        store().clients.expire_secret(web.client_id, secret.id, datetime.now(UTC), datetime.now(UTC))
    else:
        shown = Registered(web.client_id, stored(web).secrets[0].digest)
    answer = exchange(anybody, shown, code)
    assert (answer.status_code, answer.json()) == (401, NOT_AUTHENTICATED)
    assert is_unspent(code, web)


def stored(client: Registered) -> ClientRecord:
    record = store().clients.get(client.client_id)
    assert record is not None
    return record


def add_secret(client: Registered, pepper: str, digest: str) -> None:
    newest = stored(client).secrets[-1].id
    assert store().clients.add_secret(client.client_id, ClientSecret(pepper, digest, None), newest)


def test_several_secrets_and_several_peppers_authenticate(
    anybody: Client, alice: User, web: Registered, settings: Any
) -> None:
    settings.PEPPERS = {"new": b"n" * 32, **settings.PEPPERS}
    add_secret(web, "new", secret_digest("second", b"n" * 32))
    for secret in (web.client_secret, "second"):
        code, _ = save_code(web.client_id, str(alice.pk))
        assert exchange(anybody, Registered(web.client_id, secret), code).status_code == 200
    settings.PEPPERS = {"new": b"n" * 32}
    code, _ = save_code(web.client_id, str(alice.pk))
    assert exchange(anybody, web, code).json() == NOT_AUTHENTICATED


def test_the_halves_of_basic_are_form_decoded(anybody: Client, alice: User, settings: Any) -> None:
    client = builders.register()
    strange = "a:b/c%+ é"
    pepper, key = next(iter(settings.PEPPERS.items()))
    add_secret(client, pepper, secret_digest(strange, key))
    code, _ = save_code(client.client_id, str(alice.pk))
    answer = exchange(anybody, Registered(client.client_id, quote_plus(strange)), code)
    assert answer.status_code == 200, answer.content


@pytest.mark.covers("S21 client", "CVE-2026-16089", "attacker client")
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("owner", METHODS)
def test_another_client_cannot_redeem_a_code_nor_burn_it_nor_end_what_came_of_it(
    anybody: Client, alice: User, owner: str, method: str
) -> None:
    mine = builders.register("web", token_endpoint_auth_method=owner)
    thief = builders.register("web", token_endpoint_auth_method=method)
    code, _ = save_code(mine.client_id, str(alice.pk))
    answer = redeem(anybody, thief, code, method)
    assert (answer.status_code, answer.json()) == (400, REFUSED)
    assert is_unspent(code, mine)
    response = redeem(anybody, mine, code, owner)
    assert response.status_code == 200
    assert redeem(anybody, thief, code, method).json() == REFUSED
    assert anybody.get(USERINFO, headers=bearer(response.json()["access_token"])).status_code == 200


@pytest.mark.covers("S21 client", "S48 one", "CVE-2026-16089")
def test_naming_the_owner_beside_ones_own_credentials_does_not_help(
    anybody: Client, alice: User, web: Registered
) -> None:
    thief = builders.register("web")
    code, _ = save_code(web.client_id, str(alice.pk))
    answer = post(
        anybody, TOKEN, code_form(web, code, client_id=web.client_id), basic(thief.client_id, thief.client_secret)
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert is_unspent(code, web)


@pytest.mark.covers("S51 password", "S51 allow-list")
@pytest.mark.parametrize(
    ("grant_type", "error"),
    [
        ("password", "unsupported_grant_type"),
        ("client_credentials", "unauthorized_client"),
        ("refresh_token", "invalid_request"),
        ("implicit", "unsupported_grant_type"),
        ("Authorization_Code", "unsupported_grant_type"),
        ("authorization_code ", "unsupported_grant_type"),
        ("urn:ietf:params:oauth:grant-type:jwt-bearer", "unsupported_grant_type"),
        (None, "invalid_request"),
        ("", "invalid_request"),
    ],
)
def test_another_grant_type_is_refused(
    anybody: Client, alice: User, web: Registered, grant_type: str | None, error: str
) -> None:
    code, _ = save_code(web.client_id, str(alice.pk))
    answer = exchange(anybody, web, code, grant_type=grant_type)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert is_unspent(code, web)


@pytest.mark.covers("S51 allow-list")
def test_a_client_that_is_not_registered_for_the_grant_gets_nothing(anybody: Client, alice: User) -> None:
    client = builders.register(grant_types=["client_credentials"])
    code, _ = save_code(client.client_id, str(alice.pk))
    answer = exchange(anybody, client, code)
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")
    assert is_unspent(code, client)


def test_the_grant_is_read_from_the_form_and_never_from_the_query(
    anybody: Client, alice: User, web: Registered
) -> None:
    code, _ = save_code(web.client_id, str(alice.pk))
    query = urlencode(code_form(web, code, client_id=web.client_id, client_secret=web.client_secret))
    assert anybody.post(f"{TOKEN}?{query}", CONTENT_TYPE=FORM_TYPE).status_code == 400
    answer = post(anybody, f"{TOKEN}?{query}", {"x": "y"}, basic(web.client_id, web.client_secret))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert is_unspent(code, web)
