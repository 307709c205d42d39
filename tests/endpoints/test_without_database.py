"""A back node whose store is not in the database, while that is away: each row of the table of docs/running.md."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts import sessions
from accounts.models import PeopleGroup, User
from tests.endpoints.lifecycle import introspect, refresh, revoke
from tests.support import builders
from tests.support.dynamodb import on_dynamodb, own_tables
from tests.support.endpoints import exchange, post, tokens_of
from tests.support.fixtures import database_away
from tests.support.messages import TOKEN, USERINFO, Registered, basic, bearer
from tokens import keys, stores
from tokens.conf import conf
from tokens.protocol.records import ClaimsRequest, SigningKey

PAGE = Path(__file__).parents[2] / "docs/running.md"
SECTION = "## A back node without the database\n"
MACHINE = {"grant_type": "client_credentials"}
API = "https://api.example/"
OFFLINE = "openid profile email offline_access"
PERSON = {"scope": ("openid", "email"), "claims": ClaimsRequest(id_token=("email",))}
SERVED, LATER = "served", "503, and works afterwards"

__all__ = ["on_dynamodb", "own_tables"]  # fixtures that hold here too

pytestmark = pytest.mark.server("a database that can be away")


def documented() -> Mapping[str, str]:
    """The answer of each request."""
    section = PAGE.read_text().partition(SECTION)[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", section, re.MULTILINE)
    return {request: answer for request, answer in rows if request != "request"}


@dataclass(frozen=True, slots=True)
class Stage:
    """Who is there while the database answers."""

    alice: User
    program: Client

    def client(self, **members: Any) -> Registered:
        return builders.register("web", skip_consent=True, **members)

    def of_hatters(self) -> Registered:
        self.alice.people_groups.add(PeopleGroup.objects.create(name="hatters"))
        return self.client(scope=OFFLINE, allowed_groups=["hatters"])

    def api(self, *claims: str) -> Registered:
        owner = builders.register("api", "")
        builders.protect(API, "read", owner=owner, introspection_claims=claims)
        return owner

    def code(self, client: Registered, **changes: Any) -> "Ask":
        code, _ = builders.save_code(client.client_id, str(self.alice.pk), **changes)
        return lambda: exchange(self.program, client, code)

    def refresh(self, client: Registered, **changes: Any) -> "Ask":
        scope = (*changes.pop("scope", ("openid",)), "offline_access")
        tokens = tokens_of(self.program, client, self.alice.pk, scope=scope, **changes)
        return lambda: refresh(self.program, client, tokens["refresh_token"])

    def introspection(self, owner: Registered, client: Registered, **changes: Any) -> "Ask":
        token = tokens_of(self.program, client, self.alice.pk, **changes)["access_token"]
        return lambda: introspect(self.program, owner, token)

    def at_the_api(self, *claims: str) -> "Ask":
        owner = self.api(*claims)
        return self.introspection(owner, self.client(scope=f"openid {API}#read"), scope=("openid",), resource=(API,))


Ask = Callable[[], Any]


def _machine(stage: Stage) -> Ask:
    machine = builders.register("machine", "", scope="email")
    return lambda: post(stage.program, TOKEN, MACHINE, basic(machine.client_id, machine.client_secret))


def _of_a_machine(stage: Stage) -> Ask:
    machine = builders.register("machine", "", scope="email")
    shown = basic(machine.client_id, machine.client_secret)
    token = post(stage.program, TOKEN, MACHINE, shown).json()["access_token"]
    return lambda: introspect(stage.program, machine, token)


def _of_who_is_gone(stage: Stage) -> Ask:
    ask = stage.refresh(stage.client(scope=OFFLINE))
    sessions.end_all(stage.alice)
    return ask


def _own(stage: Stage) -> Ask:
    client = stage.client()
    return stage.introspection(client, client)


def _of_hatters(stage: Stage) -> Ask:
    client = stage.of_hatters()
    return stage.introspection(client, client)


def _revocation(stage: Stage) -> Ask:
    client = stage.client()
    token = tokens_of(stage.program, client, stage.alice.pk)["access_token"]
    return lambda: revoke(stage.program, client, token)


def _userinfo(stage: Stage) -> Ask:
    token = tokens_of(stage.program, stage.client(), stage.alice.pk)["access_token"]
    return lambda: stage.program.get(USERINFO, headers=bearer(token))


ROWS: Mapping[str, Callable[[Stage], Ask]] = {
    "`client_credentials`": _machine,
    "a code whose ID token says nothing of the person, of a client that is for everybody": lambda stage: stage.code(
        stage.client(), scope=("openid",)
    ),
    "a refresh token of the same kind": lambda stage: stage.refresh(stage.client(scope=OFFLINE)),
    "a code whose ID token says something of the person": lambda stage: stage.code(stage.client(), **PERSON),
    "a code of a client that is for some groups": lambda stage: stage.code(stage.of_hatters()),
    "a refresh token whose ID token says something of the person": lambda stage: stage.refresh(
        stage.client(scope=OFFLINE), **PERSON
    ),
    "a refresh token of a client that is for some groups": lambda stage: stage.refresh(stage.of_hatters()),
    "a refresh token of a person who was disabled, or signed out everywhere": _of_who_is_gone,
    "introspection by the token's own client": _own,
    "introspection by an API, whose resources ask for no claims": lambda stage: stage.at_the_api(),
    "introspection by an API, whose resources ask for claims of the person": lambda stage: stage.at_the_api("email"),
    "introspection by an API, whose resources ask for `username`": lambda stage: stage.at_the_api("username"),
    "introspection of a token of a client that is for some groups": _of_hatters,
    "introspection of a machine's token": _of_a_machine,
    "revocation": _revocation,
    "JWK Set": lambda stage: lambda: stage.program.get("/oauth2/jwks"),
    "discovery": lambda stage: lambda: stage.program.get("/.well-known/openid-configuration"),
    "userinfo": _userinfo,
}


@pytest.fixture(params=["memory", "dynamodb"])
def elsewhere(request: pytest.FixtureRequest, settings: Any, pairs: list[SigningKey]) -> Iterator[None]:
    """The store is not in the database."""
    if request.param == "dynamodb":
        request.getfixturevalue("on_dynamodb")
    else:
        settings.TOKENS = replace(conf(), store="tokens.stores.memory.memory_store")
    stores._of_path.cache_clear()
    for pair in pairs:
        assert stores.store().keys.add(pair)
    keys._made.cache_clear()
    yield
    stores._of_path.cache_clear()


@pytest.fixture
def stage(elsewhere: None, alice: User, anybody: Client) -> Stage:
    return Stage(alice, anybody)


@pytest.fixture(params=[False, True], ids=["no pool", "pool"])
def pooled(request: pytest.FixtureRequest) -> bool:
    given: bool = request.param
    return given


def test_each_row_is_tried() -> None:
    assert documented().keys() == ROWS.keys()


@pytest.mark.parametrize("row", ROWS)
def test_the_answer_is_as_the_page_says(row: str, stage: Stage, pooled: bool) -> None:
    answer, ask = documented()[row], ROWS[row](stage)
    with database_away(pooled=pooled):
        met = ask()
    if answer == LATER:
        assert (met.status_code, met.json()["error"], met["Retry-After"]) == (503, "temporarily_unavailable", "2")
        later = ask()
        assert later.status_code == 200
        assert later.json().get("active", True)
    elif answer == "refused":
        assert (met.status_code, met.json()["error"]) == (400, "invalid_grant")
    else:
        assert answer.startswith(SERVED)
        assert met.status_code == 200, met.content
        if row.startswith("introspection"):
            assert met.json()["active"]
            assert "username" not in met.json()


def test_an_api_is_told_the_username_where_the_database_answers(stage: Stage) -> None:
    assert stage.at_the_api()().json()["username"] == "alice"


def test_who_needs_a_person_makes_no_route_sick(stage: Stage, pooled: bool) -> None:
    machine, person = _machine(stage), stage.code(stage.client(), **PERSON)
    with database_away(pooled=pooled):
        assert [person().status_code for _ in range(4)] == [503] * 4
        assert [machine().status_code for _ in range(8)] == [200] * 8
