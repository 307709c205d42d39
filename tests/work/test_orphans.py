"""Orphans: what names somebody who is gone goes, of every kind and for every parent; what is alive or young stays."""

import math
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.apps import apps
from django.db.models import F, ForeignKey, ManyToManyField

from accounts.claims import without_account
from accounts.models import User, Walk
from tests.stores import samples
from tests.support import builders
from tests.support.builders import change_clients
from tests.support.so_often import so_often
from tokens import models
from tokens.stores import store
from tokens.stores.base.kinds import KINDS, REFERRING
from tokens.stores.orm.statements.references import NOTHING, model_of, reference
from tokens.work import orphans
from tokens.work.orphans import delete_orphans

pytestmark = pytest.mark.sql("elsewhere what is over goes by itself")

AT_ONCE = timedelta(minutes=-1)
"""A grace that spares nothing."""
anew = partial(delete_orphans, grace=AT_ONCE, pause=timedelta())
"""Walks again each time."""

PARENTS = {
    "authorization_code": {"client", "person"},
    "interaction": {"client"},
    "access_token": {"client", "authorization"},
    "refresh_token": {"client", "authorization"},
    "consent": {"client", "person"},
    "authorization": {"client", "person"},
}
"""Whom a row of each kind names. A token's person is its authorization's."""
NAMES_NOBODY = {
    "Client": "itself what others name",
    "Resource": "its clients by foreign keys",
    "ResourcesVersion": "a state of all resources",
    "Publication": "a client, deleted or not: a version that no later one may be less than",
    "ClientAssertion": "only a digest; it expires",
    "Revocation": "ids that may be of what is not there yet, on purpose; it expires",
    "SigningKey": "nobody's",
    "Lease": "a task",
    "Run": "a task; it expires",
    "LogoutDelivery": "a client that is told or given up, and then it expires",
    "LogoutRecheck": "a session that ended; it goes once it was looked at",
    "Ending": "a session that ended; it goes once the store has heard it",
    "User": "itself what others name",
    "VoidBefore": "an instant",
    "PeopleGroup": "itself what others name",
    "PasswordKind": "names nobody: a few rows, whoever has a hash of the kind",
    "Throttle": "only digests; it expires",
    "Once": "only digests; it expires",
    "MailedCode": "only digests; it expires",
    "UnfinishedSignIn": "a name as it was typed, which may be nobody's; it expires",
    "Mail": "an address, which may be nobody's account; it expires",
    "Walk": "a place in a table",
}


@pytest.fixture
def client_id(db: None) -> str:
    return builders.register("web").client_id


@pytest.fixture
def subject(db: None) -> str:
    return str(builders.person().pk)


def add(kind: str, client_id: str, subject: str) -> Any:
    """A row of the kind, of a sign-in of the person at the client; its key."""
    authorization = samples.authorization(client_id=client_id, subject=subject)
    made: Any
    match kind:
        case "authorization_code":
            store().codes.add(made := samples.code(authorization=authorization))
        case "interaction":
            store().interactions.add(
                made := samples.interaction(parameters={"client_id": client_id}, created=datetime.now(UTC))
            )
        case "access_token":
            store().authorizations.add(authorization)
            claims = {"client_id": client_id, "sub": "pairwise", "authorization_id": authorization.id}
            store().access_tokens.add(made := samples.access_token(claims=claims))
        case "refresh_token":
            made = samples.refresh_token(client_id=client_id, authorization_id=authorization.id)
            store().authorizations.add(authorization, made)
        case "consent":
            granted = datetime.now(UTC)
            store().consents.grant(made := samples.consent(client_id=client_id, subject=subject, granted_at=granted))
        case "authorization":
            store().authorizations.add(made := authorization)
    return made.id if kind in ("consent", "authorization") else made.key


def kept(kind: str) -> set[str]:
    return set(model_of(KINDS[kind])._default_manager.values_list("pk", flat=True))


def end(parent: str, client_id: str, subject: str) -> None:
    """As an operator or the clean-up would: the row, and nothing of what names it."""
    match parent:
        case "client":
            models.Client.objects.filter(pk=client_id).delete()
        case "person":
            User.objects.filter(pk=subject).delete()
        case "authorization":
            models.Authorization.objects.all().delete()


@pytest.mark.parametrize(("kind", "parent"), [(kind, parent) for kind in PARENTS for parent in sorted(PARENTS[kind])])
def test_what_names_who_is_gone_is_deleted_and_what_is_alive_is_not(
    kind: str, parent: str, client_id: str, subject: str
) -> None:
    add(kind, client_id, subject)
    end(parent, client_id, subject)
    other, person = builders.register("web").client_id, str(builders.person("bob").pk)
    alive = add(kind, other, person)
    assert anew()[kind] == 1
    assert kept(kind) == {alive}
    assert set(anew().values()) == {0}


@pytest.mark.parametrize("kind", REFERRING)
def test_an_orphan_that_is_younger_than_the_grace_stays(kind: str, client_id: str, subject: str) -> None:
    young = add(kind, client_id, subject)
    end("client", client_id, subject)
    assert set(delete_orphans().values()) == {0}
    assert kept(kind) == {young}


@pytest.mark.parametrize("kind", REFERRING)
def test_everything_alive_stays_also_of_a_disabled_client_and_a_closed_account(
    kind: str, client_id: str, subject: str
) -> None:
    alive = add(kind, client_id, subject)
    change_clients(enabled=False)
    User.objects.update(is_active=False)
    assert set(anew().values()) == {0}
    assert kept(kind) == {alive}


def test_a_clients_own_token_has_no_person_and_no_sign_in_to_miss(client_id: str) -> None:
    claims = {"client_id": client_id, "sub": client_id}
    store().access_tokens.add(token := samples.access_token(claims=claims))
    assert set(anew().values()) == {0}
    assert kept("access_token") == {token.key}


def test_tokens_go_after_the_person_when_their_authorization_has_gone(client_id: str, subject: str) -> None:
    for kind in ("refresh_token", "access_token"):
        add(kind, client_id, subject)
    end("person", client_id, subject)
    first, second = anew(), anew()
    assert (first["authorization"], first["refresh_token"], first["access_token"]) == (2, 0, 0)
    assert (second["authorization"], second["refresh_token"], second["access_token"]) == (0, 1, 1)


@pytest.mark.parametrize("batch", [1, 3, 1000])
def test_the_walk_comes_by_every_row_wherever_it_begins(batch: int, client_id: str, subject: str) -> None:
    for kind in ("refresh_token", "authorization_code"):
        for _ in range(10):
            add(kind, client_id, subject)
    end("client", client_id, subject)
    deleted = anew(batch=batch)
    assert (deleted["refresh_token"], deleted["authorization_code"], deleted["authorization"]) == (10, 10, 10)


def test_the_walk_ends_with_its_time_and_when_it_is_told_to(client_id: str, subject: str) -> None:
    add("consent", client_id, subject)
    end("client", client_id, subject)
    assert set(anew(seconds=0).values()) == {0}
    assert set(anew(go_on=lambda: False).values()) == {0}


def test_a_walk_goes_on_where_the_last_run_ended(client_id: str, subject: str) -> None:
    for _ in range(5):
        add("refresh_token", client_id, subject)
    end("client", client_id, subject)
    steps = (len(REFERRING), 2, 2, 2)
    runs = [delete_orphans(batch=2, grace=AT_ONCE, go_on=so_often(each))["refresh_token"] for each in steps]
    assert runs == [2, 2, 1, 0]


def test_a_walk_rests_between_two_and_says_since_when(client_id: str, subject: str) -> None:
    assert orphans.lag() == dict.fromkeys(REFERRING, math.inf)
    delete_orphans()
    assert all(0 <= seconds < 60 for seconds in orphans.lag().values())
    add("consent", client_id, subject)
    end("client", client_id, subject)
    assert set(delete_orphans(grace=AT_ONCE).values()) == {0}
    Walk.objects.update(begun=F("begun") - orphans.PAUSE, whole=F("whole") - orphans.PAUSE)
    assert delete_orphans(grace=AT_ONCE)["consent"] == 1


def test_a_kind_whose_walk_did_not_come_to_the_end_has_its_lag(client_id: str, subject: str) -> None:
    for _ in range(2):
        add("refresh_token", client_id, subject)
    delete_orphans(batch=1, go_on=so_often(len(REFERRING)))
    assert {kind for kind, seconds in orphans.lag().items() if math.isinf(seconds)} == {
        "refresh_token",
        "authorization",
    }


def test_sessions_and_secrets_go_with_whom_they_name_by_foreign_keys() -> None:
    """What no registry has to look after: the database would not let them stay."""
    named = {
        (model.__name__, field.name)
        for app in ("tokens", "accounts")
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey)
    }
    assert named == {
        ("AuthenticatorApp", "user"),
        ("ClientLogo", "client"),
        ("ClientSecret", "client"),
        ("LoginSession", "user"),
        ("Passkey", "user"),
        ("RecoveryCode", "user"),
        ("ResetLink", "user"),
        ("Session", "login"),
    }


def test_every_table_is_looked_after_or_names_nobody() -> None:
    tables = {
        model
        for app in ("tokens", "accounts")
        for model in apps.get_app_config(app).get_models()
        if model._meta.managed
    }
    walked = {model_of(KINDS[kind]) for kind in REFERRING}
    by_key = {model for model in tables if any(isinstance(field, ForeignKey) for field in model._meta.fields)}
    assert {model.__name__ for model in tables - walked - by_key} == set(NAMES_NOBODY)
    assert set(REFERRING) == set(PARENTS)


def test_a_column_that_names_somebody_is_one_that_the_walk_reads() -> None:
    """MITREid's sweep forgot a referrer: here a table with such a column is in the registry, with that column."""
    names = {"client_id", "subject", "authorization_id"}
    for model in apps.get_app_config("tokens").get_models():
        columns = names & {field.name for field in model._meta.fields if not isinstance(field, ManyToManyField)}
        if columns and model.__name__ not in NAMES_NOBODY:
            [kind] = [KINDS[name] for name in REFERRING if model_of(KINDS[name]) is model]
            assert {name for name in names if reference(kind, name) is not NOTHING} >= columns


def test_accounts_tell_whose_account_is_gone(subject: str) -> None:
    gone = samples.subject()
    assert without_account([subject, gone, "no id", subject.upper()]) == {gone}
    User.objects.update(is_active=False)
    assert without_account([subject]) == set()


def test_a_row_is_older_than_the_grace_by_the_databases_clock(client_id: str, subject: str) -> None:
    old = add("refresh_token", client_id, subject)
    models.RefreshToken.objects.filter(key=old).update(created=datetime.now(UTC) - timedelta(hours=2))
    young = add("refresh_token", client_id, subject)
    end("client", client_id, subject)
    assert delete_orphans()["refresh_token"] == 1
    assert kept("refresh_token") == {young}
