"""A node that does not fit its database: each difference, at its readiness, for `doctor`, an endpoint and a page."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, connection, connections
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.functions import Now
from django.test import Client
from psycopg_pool import PoolTimeout

from accounts.conf import Mail
from accounts.ground.dynamodb.conf import DynamoDB
from accounts.ground.look import Logo, digest
from accounts.ground.mail_server import mail_server
from idp.fit import judge, made, permit, state, table
from idp.fit.node import STORE, this_node
from idp.node import health
from idp.node.doctor import LOOKS
from idp.node.finding import Finding, Size
from idp.node.readiness import ask, needed
from tokens.conf import conf, path_of

Change = Callable[[Any], None]
NEW = b"n" * 32
MEMORY = "tokens.stores.memory.memory_store"
MEANT = ", or say `--change-store` to `manage.py prepare` or `up`"
PEPPER, SEALING, SECRET_KEY = "IDP_SECRETS/pepper", "IDP_SECRETS/sealing", "IDP_SECRETS/secret_key"
DIFFERS: Mapping[str, str] = {PEPPER: "PEPPERS", SEALING: "SEALING_KEYS", SECRET_KEY: "SECRET_KEY"}
"""The secrets that rotate, and Django's setting of each."""


def keys(settings: Any, secret: str) -> list[bytes]:
    if secret == SECRET_KEY:
        return [bytes.fromhex(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    return list(getattr(settings, DIFFERS[secret]).values())


def have(settings: Any, secret: str, held: list[bytes]) -> None:
    """From now on this process has these keys of a secret, the first in use."""
    if secret == SECRET_KEY:
        settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS = (key.hex() for key in held)
    else:
        setattr(settings, DIFFERS[secret], {str(number): key for number, key in enumerate(held)})


def _issuer(settings: Any) -> None:
    settings.ISSUER = "https://other.example"


def _region(settings: Any) -> None:
    settings.TOKENS = replace(conf(), region="elsewhere")


def _store(settings: Any) -> None:
    settings.TOKENS = replace(conf(), store="orm" if conf().store == MEMORY else MEMORY)


def _accounts_store(settings: Any) -> None:
    settings.ACCOUNTS = replace(settings.ACCOUNTS, store="elsewhere.store")


def _parts(settings: Any) -> None:
    settings.TOKENS = replace(conf(), store_parts=(f"clients={MEMORY}",))


def _salt(settings: Any) -> None:
    settings.PAIRWISE_SALT = {"1": NEW}


def _missing(settings: Any) -> None:
    MigrationRecorder(connection).record_unapplied("tokens", "0001_initial")


def _rewritten(settings: Any) -> None:
    table.put({"migration:tokens.0001_initial": "of another build"})


def _unrecorded(settings: Any) -> None:
    table.forget(["migration:accounts.0001_initial"])


def _other(secret: str) -> Change:
    return lambda settings: have(settings, secret, [NEW])


def _first(secret: str) -> Change:
    return lambda settings: have(settings, secret, [NEW, *keys(settings, secret)])


DIFFERENCES: Mapping[str, tuple[str, str, Change]] = {
    "issuer": ("settings", "IDP_BASE_URL: the issuer of this database is http://localhost:8000, and here ", _issuer),
    "region": ("settings", "IDP_REGION: the region of this database is 0, and here it is elsewhere: ", _region),
    "store": ("settings", "IDP_TOKENS_STORE: of this database it is ", _store),
    "store of accounts": ("settings", "IDP_ACCOUNTS_STORE: of this database it is ", _accounts_store),
    "parts": ("settings", "IDP_TOKENS_STORE_PARTS: of this database it is none, and here it is clients=", _parts),
    "salt": ("settings", "IDP_SECRETS/pairwise_salt: it is not the one ", _salt),
    **{f"other {name}": ("settings", f"{name}: {judge.UNKNOWN}", _other(name)) for name in DIFFERS},
    **{f"first {name}": ("settings", f"{name}: {judge.NEVER_SECOND}", _first(name)) for name in DIFFERS},
    "migration missing": ("migrations", "1 not applied", _missing),
    "migration rewritten": ("migrations", "tokens.0001_initial is not the one that made these tables: ", _rewritten),
    "migration unrecorded": ("migrations", "accounts.0001_initial is not the one that made ", _unrecorded),
}
"""By what differs: the check that says so, how its line begins, and what makes the difference."""
SAME = ("database", "settings", "migrations")


@pytest.fixture
def joined(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process is a node, the first one of its database. Its checks run in the test's transaction."""
    monkeypatch.setattr(health, "_needed", {name: partial(ask, needed()[name]) for name in SAME})
    monkeypatch.setattr(state.state, "watched", True)
    monkeypatch.setattr(state.state, "faults", {})
    assert state.refresh() == {}


def findings(look: str) -> list[Finding]:
    return [finding for finding in LOOKS[look](Size(1, 1)) if finding.level != "ok"]


def assert_serves(client: Client) -> None:
    assert client.get("/readyz").status_code == 200
    assert client.post("/oauth2/token").status_code == 400
    assert client.get("/accounts/login/").status_code == 200


@pytest.mark.usefixtures("joined")
@pytest.mark.parametrize("difference", DIFFERENCES)
def test_a_node_that_does_not_fit_says_so_everywhere_and_issues_nothing(
    client: Client, settings: Any, difference: str
) -> None:
    assert_serves(client)
    check, line, make = DIFFERENCES[difference]
    make(settings)

    ready = client.get("/readyz")
    assert (ready.status_code, ready["Retry-After"], list(ready.json()["failed"])) == (503, "2", [check])
    assert ready.json()["failed"][check].startswith(line)
    [found] = [*findings("settings"), *findings("migrations")]
    assert found.level == "error"
    assert found.text.startswith(line)

    token = client.post("/oauth2/token")
    assert (token.status_code, token["Retry-After"], token.json()["error"]) == (503, "2", "temporarily_unavailable")
    for path in ("/accounts/login/", "/oauth2/authorize", "/admin/"):
        page = client.get(path)
        assert (page.status_code, page["Content-Type"]) == (503, "text/html; charset=utf-8")
    assert client.get("/healthz").status_code == 200


@pytest.mark.usefixtures("joined")
@pytest.mark.parametrize("difference", DIFFERENCES)
def test_nothing_that_a_misfit_looks_at_is_changed_by_it(settings: Any, difference: str) -> None:
    DIFFERENCES[difference][2](settings)
    before = dict(table.Fact.objects.values_list("name", "value"))
    assert state.refresh()
    assert dict(table.Fact.objects.values_list("name", "value")) == before


@pytest.mark.usefixtures("joined")
def test_no_secret_stands_in_the_table_and_no_two_secrets_look_alike(settings: Any) -> None:
    have(settings, PEPPER, [NEW])
    have(settings, SEALING, [NEW])
    node = this_node()
    assert node.keys[PEPPER] != node.keys[SEALING]
    recorded = "\n".join(f"{name} {value}" for name, value in table.Fact.objects.values_list("name", "value"))
    for secret in DIFFERS:
        assert not any(key.hex() in recorded for key in keys(settings, secret))
    assert NEW.hex() not in recorded


@pytest.mark.usefixtures("joined")
@pytest.mark.parametrize("secret", DIFFERS)
def test_a_key_is_known_everywhere_before_it_is_first(client: Client, settings: Any, secret: str) -> None:
    old = keys(settings, secret)
    have(settings, secret, [*old, NEW])
    assert state.refresh() == {}
    # A node that lives and does not know it objects, and goes on serving.
    have(settings, secret, old)
    assert state.refresh() == {}
    have(settings, secret, [NEW, *old])
    assert state.refresh() == {secret: judge.NOT_EVERYWHERE}
    # It ended, or was started again with the key.
    table.Fact.objects.filter(name__startswith="lacks:").update(seen=Now() - timedelta(minutes=3))
    assert state.refresh() == {}
    assert_serves(client)
    # Whatever the order, and not without either.
    have(settings, secret, [*old, NEW])
    assert state.refresh() == {}
    for held in (old, [NEW]):
        have(settings, secret, held)
        assert state.refresh() == {secret: judge.UNKNOWN}


@pytest.mark.usefixtures("joined")
def test_a_node_objects_once_a_minute_and_not_with_every_look(settings: Any) -> None:
    old = keys(settings, PEPPER)
    have(settings, PEPPER, [*old, NEW])
    state.refresh()
    have(settings, PEPPER, old)
    state.refresh()
    objections = table.Fact.objects.filter(name__startswith="lacks:")
    first = objections.get().seen
    state.refresh()
    assert objections.get().seen == first
    objections.update(seen=Now() - timedelta(seconds=70))
    state.refresh()
    assert objections.get().seen >= first


@pytest.mark.usefixtures("joined")
def test_a_migration_that_this_build_does_not_know_is_accepted(client: Client) -> None:
    MigrationRecorder(connection).record_applied("tokens", "9999_of_the_next_version")
    table.put({"migration:tokens.9999_of_the_next_version": "x"})
    assert_serves(client)


@pytest.mark.usefixtures("joined")
def test_a_lifetime_may_differ_and_doctor_tells_it_while_both_live(client: Client, settings: Any) -> None:
    state.declare()
    assert findings("rollout") == []
    settings.TOKENS = replace(conf(), refresh_retry=conf().refresh_retry + 20)
    assert_serves(client)
    [found] = findings("rollout")
    assert (found.level, found.text) == ("warning", "IDP_TOKENS_REFRESH_RETRY is 30 here and 10 on another node")
    state.declare()
    settings.TOKENS = replace(conf(), refresh_retry=10)
    assert [found.text for found in findings("rollout")] == [
        "IDP_TOKENS_REFRESH_RETRY is 10 here and 30 on another node"
    ]
    table.Fact.objects.filter(name__startswith="value:", value="30").update(seen=Now() - timedelta(minutes=16))
    assert findings("rollout") == []


@pytest.mark.usefixtures("joined")
def test_one_store_in_another_spelling_is_the_same(settings: Any) -> None:
    node = this_node()
    settings.TOKENS = replace(conf(), store=path_of(conf().store))
    settings.ACCOUNTS = replace(settings.ACCOUNTS, store=settings.ACCOUNTS.store_path)
    assert this_node().equal == node.equal
    assert state.refresh() == {}


@pytest.mark.usefixtures("joined")
def test_a_node_that_offers_no_mail_where_others_do_is_told_of(settings: Any, tmp_path: Path) -> None:
    """Its pages would not offer what needs one; and of a server nothing is recorded but that there is one."""
    settings.MAIL = Mail(url=mail_server("smtp://me:s3cr3t@mail.example"), sender="no-reply@idp.example")
    state.declare()
    assert not table.Fact.objects.filter(value__contains="s3cr3t").exists()
    settings.MAIL = Mail()
    assert [found.text for found in findings("rollout")] == [
        "IDP_MAIL_URL is nothing here and a server on another node"
    ]
    settings.MAIL = Mail(folder=tmp_path)
    assert [found.text for found in findings("rollout")] == [
        "IDP_MAIL_URL is a folder here and a server on another node"
    ]


@pytest.mark.usefixtures("joined")
def test_a_node_that_looks_otherwise_is_told_of(settings: Any) -> None:
    """Its pages would ask others for a logo and a stylesheet that they have not."""
    state.declare()
    settings.BRAND_LOGO, settings.BRAND_ACCENT = Logo(b"a picture", "image/png"), "#123456"
    settings.BRAND_RULES = ".button { border-radius: 0 }"
    assert sorted(found.text for found in findings("rollout")) == [
        "IDP_BRAND_ACCENT is #123456 here and ours on another node",
        f"IDP_BRAND_FOLDER is with pages.css {digest(settings.BRAND_RULES.encode())} here"
        " and without pages.css on another node",
        f"IDP_BRAND_LOGO is {digest(b'a picture')} here and ours on another node",
    ]


@pytest.mark.usefixtures("joined")
def test_where_a_store_on_dynamodb_is_has_to_be_the_same_on_every_node(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its region only where both say one: it may stand in a file of AWS's."""
    table.forget([f"equal:{name}" for name in STORE])
    on_dynamodb = replace(conf(), store="dynamodb", store_parts=())
    settings.TOKENS, settings.DYNAMODB = on_dynamodb, DynamoDB(region="eu-central-1")
    assert state.refresh() == {}
    settings.DYNAMODB = DynamoDB(region="eu-west-1", prefix="other.", endpoint="http://localhost:1")
    assert state.refresh() == {
        "IDP_DYNAMODB_PREFIX": f"of this database it is avouch., and here it is other.: set the same{MEANT}",
        "IDP_DYNAMODB_REGION": f"of this database it is eu-central-1, and here it is eu-west-1: set the same{MEANT}",
    }
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    settings.DYNAMODB = DynamoDB()
    assert state.refresh() == {}
    # What botocore goes by where no setting says it.
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert state.refresh() == {}
    # A command without the settings, which would work on SQL.
    settings.TOKENS = replace(on_dynamodb, store="orm")
    assert state.refresh() == {
        "IDP_TOKENS_STORE": f"of this database it is dynamodb, and here it is orm: set the same{MEANT}"
    }


@pytest.mark.usefixtures("joined")
def test_of_a_deployment_from_before_the_store_is_recorded_by_the_next_look() -> None:
    before = dict(table.Fact.objects.values_list("name", "value"))
    table.forget([f"equal:{name}" for name in STORE])
    assert state.refresh() == {}
    assert dict(table.Fact.objects.values_list("name", "value")) == before


@pytest.mark.usefixtures("joined")
def test_of_two_stores_that_are_first_at_once_one_is_heard(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = table.read()
    table.put({"equal:IDP_TOKENS_STORE": "of the other"})
    none_yet = {name: fact for name, fact in facts.items() if name != "equal:IDP_TOKENS_STORE"}
    read, looks = table.read, iter([none_yet])
    monkeypatch.setattr(table, "read", lambda: next(looks, None) or read())
    assert list(state.refresh()) == ["IDP_TOKENS_STORE"]


def test_a_process_that_is_no_node_looks_and_records_nothing(db: None) -> None:
    assert state.refresh() == {}
    assert not table.Fact.objects.filter(name__startswith="equal:").exists()


@pytest.mark.usefixtures("joined")
@pytest.mark.parametrize("error", [DatabaseError, InterfaceError, OperationalError, PoolTimeout])
def test_of_a_database_that_does_not_answer_what_was_known_holds(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def away() -> Mapping[str, judge.Fact]:
        raise error

    monkeypatch.setattr(table, "read", away)
    monkeypatch.setattr(connections, "close_all", lambda: None)
    state._look_once()
    assert client.post("/oauth2/token").status_code == 400
    assert permit.Permit()()
    assert state.beforehand() == {}


@pytest.mark.usefixtures("joined")
def test_before_the_first_look_nothing_is_answered(client: Client) -> None:
    state.state.begin()
    assert client.post("/oauth2/token").status_code == 503
    assert state.refresh() == {}
    assert client.post("/oauth2/token").status_code == 400


@pytest.mark.usefixtures("joined")
def test_a_request_costs_no_statement_for_it(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert client.post("/oauth2/token").status_code == 400
    with django_assert_num_queries(3):
        state.refresh()


def test_of_two_that_find_nothing_recorded_one_founds(db: None) -> None:
    table.found({"equal:IDP_BASE_URL": "https://one", "equal:IDP_REGION": "1"})
    table.found({"equal:IDP_BASE_URL": "https://two", "equal:IDP_REGION": "2", "key:a:b": judge.USED})
    assert {name: fact.value for name, fact in table.read().items() if not name.startswith("migration:")} == {
        "equal:IDP_BASE_URL": "https://one",
        "equal:IDP_REGION": "1",
    }


def test_what_made_these_tables_is_recorded(db: None) -> None:
    facts = table.read()
    assert {name for name in facts if name.startswith("migration:")} == set(made.digests())
    assert made.faults(facts) == {}
