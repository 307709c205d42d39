"""Every way to protect a view, and everything that may be sent to one: what is let in, and how the rest is told."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.resource_server import cases
from tests.resource_server.cases import Case, Sent
from tests.resource_server.world import World
from tests.support.messages import refused

REALM = 'Bearer realm="http://localhost:8000"'
NO_TOKEN = refused("invalid_token", "an access token is needed", "access_token_missing")
INVALID_TOKEN = {"error": "invalid_token", "error_description": "The access token is invalid."}
ELSEWHERE = {"error": "invalid_token", "error_description": "The access token is not valid for this resource."}
IN_A_URL = refused("invalid_request", "an access token does not belong into a URL", "access_token_in_url")
TOO_NARROW = {
    "error": "insufficient_scope",
    "error_description": "The access token is valid but does not have enough scope.",
}

Answer = tuple[int, str | None, Any]
"""Status, WWW-Authenticate, body."""


def challenged(start: str, error: Mapping[str, str], comma: str = ",") -> str:
    return comma.join([start, *(f'{name}="{value}"' for name, value in error.items() if name != "error_uri")])


def ours(status: int, error: Mapping[str, str]) -> Answer:
    """RFC 6750 §3: no error where no token was shown."""
    return status, REALM if error == NO_TOKEN else challenged(REALM, error, ", "), error


OURS: Mapping[str, Answer] = {
    "no token": ours(401, NO_TOKEN),
    "invalid token": ours(401, INVALID_TOKEN),
    "elsewhere": ours(401, ELSEWHERE),
    "in a URL": ours(400, IN_A_URL),
    "too narrow": ours(403, TOO_NARROW),
}
UNKNOWN = {"detail": "Authentication credentials were not provided."}
REST_FRAMEWORK: Mapping[str, Answer] = {
    "no token": (401, 'Bearer realm="api"', UNKNOWN),
    "invalid token": (401, challenged('Bearer realm="api"', INVALID_TOKEN), UNKNOWN),
    "elsewhere": (401, challenged('Bearer realm="api"', ELSEWHERE), UNKNOWN),
    "in a URL": (401, 'Bearer realm="api"', UNKNOWN),
    # Its own 403, without a challenge.
    "too narrow": (403, None, {"detail": "You do not have permission to perform this action."}),
}
TOOLKIT_CLASS: Mapping[str, Answer] = {
    "no token": (401, "Bearer", None),
    "invalid token": (401, challenged("Bearer error", INVALID_TOKEN).replace("error,error", "error"), None),
    "elsewhere": (401, challenged("Bearer error", ELSEWHERE).replace("error,error", "error"), None),
    "in a URL": (401, "Bearer", None),
    "too narrow": (403, challenged("Bearer error", TOO_NARROW).replace("error,error", "error"), None),
}
WRONG = ("no token", "invalid token", "elsewhere", "in a URL", "too narrow")
TOOLKIT_NINJA: Mapping[str, Answer] = dict.fromkeys(WRONG, (401, None, {"detail": "Unauthorized"}))
MIDDLEWARE: Mapping[str, Answer] = dict.fromkeys(WRONG[:-1], (401, None, {"user": None}))

PROTECTIONS: Mapping[str, Mapping[str, Answer]] = {
    "/view": OURS,
    "/class": OURS,
    "/ninja/songs/1": OURS,
    "/drf": REST_FRAMEWORK,
    "/ninja/toolkit": TOOLKIT_NINJA,
    "/toolkit-class": TOOLKIT_CLASS,
    "/middleware": MIDDLEWARE,
}
SENT: Mapping[str, Mapping[str, Case]] = {
    "good": cases.GOOD,
    "no token": cases.NO_TOKEN,
    "invalid token": cases.INVALID_TOKEN,
    "elsewhere": cases.ELSEWHERE,
    "in a URL": cases.IN_A_URL,
    "too narrow": cases.TOO_NARROW,
}
MATRIX = [pytest.param(kind, case, id=case) for kind, named in SENT.items() for case in named]


def call(sender: Client, path: str, sent: Sent) -> Any:
    return sender.get(path, sent.query, headers=sent.headers)


def answer_of(answer: Any) -> Answer:
    body = answer.json() if answer.content else None
    return answer.status_code, answer.headers.get("WWW-Authenticate"), body


def let_in(path: str, world: World, person: bool = True) -> Answer:
    """The views tell the client too, where they are told it."""
    client = {} if path in ("/toolkit-class", "/middleware") else {"client": world.client.client_id}
    return 200, None, {"user": str(world.alice.pk) if person else None, **client}


@pytest.mark.covers(
    "S28 audience",
    "S28 scope",
    "S37 API",
    "S39 typ",
    "S39 aud",
    "S39 iss",
    "S40 alg",
    "S40 none",
    "S40 HS",
    "S42 exp",
    "CVE-2022-3102",
    "CVE-2026-1609",
)
@pytest.mark.parametrize("path", PROTECTIONS)
@pytest.mark.parametrize(("kind", "case"), MATRIX)
def test_a_good_token_is_let_in_and_nothing_else_is(
    anybody: Client, world: World, path: str, kind: str, case: str
) -> None:
    person = str(world.alice.pk)
    answer = call(anybody, path, SENT[kind][case](world))
    good = kind == "good" or (path == "/middleware" and kind == "too narrow")
    expected = let_in(path, world) if good else PROTECTIONS[path][kind]
    assert answer_of(answer) == expected
    assert good == (person in answer.content.decode())


@pytest.mark.parametrize("path", PROTECTIONS)
def test_a_client_for_itself_is_nobody_and_let_in_for_its_scopes(anybody: Client, world: World, path: str) -> None:
    answer = call(anybody, path, cases._machine(world))
    # The middleware knows only people.
    expected = MIDDLEWARE["no token"] if path == "/middleware" else let_in(path, world, person=False)
    assert answer_of(answer) == expected


@pytest.mark.covers("S28 audience")
@pytest.mark.parametrize("path", PROTECTIONS)
@pytest.mark.parametrize("audience", [["http://localhost:8000"], ["https://api.example", "http://localhost:8000"]])
def test_an_api_with_a_name_of_its_own_is_not_opened_by_a_token_for_the_provider(
    anybody: Client, world: World, named: None, path: str, audience: list[str]
) -> None:
    answer = call(anybody, path, cases.meant_for(*audience)(world))
    assert answer_of(answer) == PROTECTIONS[path]["elsewhere"]


@pytest.mark.covers("S28 audience")
@pytest.mark.parametrize("path", PROTECTIONS)
@pytest.mark.parametrize("audience", [["https://api.example/songs"], ["http://localhost:8000", "urn:example:other"]])
def test_an_api_with_a_name_of_its_own_is_opened_by_each_of_its_names(
    anybody: Client, world: World, named: None, path: str, audience: list[str]
) -> None:
    answer = call(anybody, path, cases.meant_for(*audience)(world))
    assert answer_of(answer) == let_in(path, world)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the budgets are counted on PostgreSQL")
@pytest.mark.parametrize("path", PROTECTIONS)
def test_a_protected_call_costs_its_authorization_and_its_person(anybody: Client, world: World, path: str) -> None:
    for case, budget in ((cases._person, 2), (cases._machine, 1), (cases.INVALID_TOKEN["garbage"], 0)):
        sent = case(world)
        call(anybody, path, sent)  # what is loaded once has been loaded
        with CaptureQueriesContext(connection) as captured:
            call(anybody, path, sent)
        assert len(captured) == budget, [query["sql"] for query in captured]


@pytest.mark.parametrize("path", PROTECTIONS)
def test_a_database_that_is_down_is_a_503(anybody: Client, sent_before: Sent, down: None, path: str) -> None:
    answer = call(anybody, path, sent_before)
    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
    assert answer["Retry-After"] == "2"


@pytest.fixture
def sent_before(world: World) -> Sent:
    return cases._person(world)
