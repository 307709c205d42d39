"""Each relying party's default request, made of a live node with a client of `createclient`'s defaults, comes out as is
right: a sign-in, or a refusal that names what has to be another."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.outside.interop.registration import register
from tests.outside.parties.party import SIGNED_OUT, Begun, Party, Watched, response
from tests.outside.parties.table import CASES, NAMES, ROWS
from tests.outside.parties.table.row import Row
from tests.servers.nodes import Cluster
from tests.support.messages import Registered
from tests.support.people import PASSWORD, USERNAME
from tests.support.person import Page

Parties = Mapping[str, Party]
SIGNS_IN = [row for row in ROWS if row.refused is None]
CONNECT = Path(__file__).parents[3] / "docs" / "connect"
OPENER = "Cross-Origin-Opener-Policy"


@dataclass(frozen=True, slots=True)
class SignedIn:
    tokens: Mapping[str, Any]
    """The token response."""
    claims: Mapping[str, Any]
    """Of the ID token."""
    openers: set[str | None]
    """The Cross-Origin-Opener-Policy of all that the browser was answered."""


SignIn = Callable[[Row], SignedIn]


@pytest.fixture(scope="session")
def parties(provider: Cluster) -> Parties:
    """By the ids of the rows."""
    metadata = requests.get(f"{provider.issuer}/.well-known/openid-configuration", timeout=10).json()
    made = register(provider, *map(_registration, ROWS))
    return {
        row.id: Party(row, Registered(known["client_id"], known["client_secret"], row.redirect_uri), metadata)
        for row, known in zip(ROWS, made, strict=True)
    }


@pytest.fixture(scope="session")
def regular() -> Iterator[Watched]:
    """Somebody who signs in once for all rows but those that sign out."""
    with Watched(USERNAME, PASSWORD) as alice:
        yield alice


@pytest.fixture
def person() -> Iterator[Watched]:
    """Somebody in a browser that nobody used before."""
    with Watched(USERNAME, PASSWORD) as alice:
        yield alice


@pytest.fixture(scope="session")
def sign_in(parties: Parties, regular: Watched) -> SignIn:
    """Signs in by a row, once."""
    return cache(lambda row: _sign_in(parties[row.id], regular))


# --- The table


def test_every_relying_party_that_is_named_has_a_row() -> None:
    assert {row.name for row in ROWS} == set(NAMES)
    for name, cases in CASES.items():
        assert {row.case for row in ROWS if row.name == name} == cases
    assert len({row.id for row in ROWS}) == len(ROWS)


def test_each_row_says_where_its_facts_come_from() -> None:
    assert all(row.source.document and row.source.version for row in ROWS)


@pytest.mark.parametrize("row", [row for row in ROWS if row.refused and row.refused.page], ids=lambda row: row.id)
def test_the_page_on_connecting_it_sets_what_its_default_lacks(row: Row) -> None:
    assert row.refused is not None
    assert row.refused.sets in (CONNECT / f"{row.refused.page}.md").read_text()


# --- What comes of them


@pytest.mark.covers("S8 off")
@pytest.mark.parametrize("row", [row for row in ROWS if row.refused], ids=lambda row: row.id)
def test_what_is_forbidden_is_refused_with_the_option_that_has_to_be_another(
    parties: Parties, regular: Watched, person: Watched, row: Row
) -> None:
    party = parties[row.id]
    begun = party.begin()
    # A browser sends none of our cookies from a frame of another site.
    browser = person if row.way == "cross-site iframe" else regular
    told = _come_back(browser, party, begun)
    assert row.refused is not None
    assert told["error"] == row.refused.error
    assert row.refused.option in told.get("error_description", "")


@pytest.mark.parametrize("row", SIGNS_IN, ids=lambda row: row.id)
def test_the_default_request_signs_a_person_in(parties: Parties, sign_in: SignIn, row: Row) -> None:
    signed_in = sign_in(row)
    told = signed_in.claims
    if row.reads == "userinfo":
        told = parties[row.id].userinfo(signed_in.tokens["access_token"])
        assert told["sub"] == signed_in.claims["sub"]
    missing = [name for name in row.needs if told.get(name) in (None, "", False)]
    assert not missing, told
    if row.way == "popup":
        assert signed_in.openers <= {"unsafe-none", None}


@pytest.mark.parametrize("row", [row for row in SIGNS_IN if row.refreshes], ids=lambda row: row.id)
def test_its_refresh_keeps_the_person_signed_in(parties: Parties, sign_in: SignIn, row: Row) -> None:
    tokens = sign_in(row).tokens
    answer = parties[row.id].refresh(tokens["refresh_token"])
    assert answer.status_code == 200, answer.text
    assert answer.json()["access_token"] != tokens["access_token"]
    if row.reads == "id_token":
        assert answer.json()["id_token"]


@pytest.mark.parametrize("row", [row for row in SIGNS_IN if row.revokes], ids=lambda row: row.id)
def test_what_it_revokes_is_void(parties: Parties, regular: Watched, row: Row) -> None:
    party = parties[row.id]
    tokens = _sign_in(party, regular).tokens
    _revoke(party, tokens)
    assert party.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("row", [row for row in SIGNS_IN if row.logout], ids=lambda row: row.id)
def test_its_sign_out_ends_the_session_and_leads_back(parties: Parties, person: Watched, row: Row) -> None:
    party, logout = parties[row.id], row.logout
    assert logout is not None
    tokens = _sign_in(party, person).tokens
    _revoke(party, tokens)
    url, sent = party.leave(logout, tokens["id_token"])
    if logout.by_server:
        answer = requests.request(logout.method, url, **_sent(logout.method, sent), allow_redirects=False, timeout=10)
        assert answer.status_code in (200, 302, 303), answer.text
    else:
        query = requests.Request("GET", url, params=sent).prepare().url or url
        left = person.visit(query, client=SIGNED_OUT)
        assert left == f"{SIGNED_OUT}?state=left" if logout.state else left == SIGNED_OUT
    asked = person.visit(_without_pages(party.begin()), client=row.redirect_uri)
    assert not isinstance(asked, Page)
    assert response(asked, person.posted)["error"] == "login_required"


@pytest.mark.parametrize("row", [row for row in ROWS if row.secret == "basic, then body"], ids=lambda row: row.id)
def test_who_tries_the_secret_both_ways_is_told_what_is_really_wrong(parties: Parties, row: Row) -> None:
    """The last of its two errors is the one that reaches a log."""
    answer = parties[row.id].exchange("0.never-given")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


# --- How


def _registration(row: Row) -> dict[str, Any]:
    signed_out = {"post_logout_redirect_uris": [SIGNED_OUT]} if row.logout else {}
    return {"kind": row.kind, "redirect_uri": row.registered or row.redirect_uri, **signed_out}


def _come_back(browser: Watched, party: Party, begun: Begun) -> dict[str, str]:
    """The authorization response, after all that the pages ask."""
    browser.answers.clear()
    redirected = browser.go(begun.url, client=party.row.redirect_uri)
    told = response(redirected, browser.posted)
    assert told.get("state") == begun.sent.get("state")
    assert told["iss"] == party.metadata["issuer"]
    return told


def _sign_in(party: Party, browser: Watched) -> SignedIn:
    begun = party.begin()
    told = _come_back(browser, party, begun)
    openers = {answer.headers.get(OPENER) for answer in browser.answers}
    assert "code" in told, told
    answer = party.exchange(told["code"])
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    claims = party.verified(tokens["id_token"], tokens["access_token"], begun.sent.get("nonce"))
    return SignedIn(tokens, claims, openers)


def _revoke(party: Party, tokens: Mapping[str, Any]) -> None:
    for hint in party.row.revokes:
        assert party.revoke(tokens[hint], hint).status_code == 200


def _without_pages(begun: Begun) -> str:
    """The request again, for an answer without any page."""
    url = requests.Request("GET", begun.url.partition("?")[0], params={**begun.sent, "prompt": "none"}).prepare().url
    assert url is not None
    return url


def _sent(method: str, fields: Mapping[str, str]) -> dict[str, Any]:
    return {"params": fields} if method == "GET" else {"data": fields}
