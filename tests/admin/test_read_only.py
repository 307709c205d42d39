"""Consents, authorizations and signing keys in the admin: looked at, never edited."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client as Browser
from django.utils.html import strip_tags
from pytest_django import DjangoAssertNumQueries

from accounts.claims import groups_of
from accounts.models import PeopleGroup, User
from tests.admin.staff import PERSON, BrowserOf
from tests.stores import samples
from tokens import models
from tokens.admin.authorization import STATES
from tokens.protocol import journal
from tokens.staff_roles import ROLES
from tokens.stores import store

LISTS = ("consent", "authorization", "signingkey")


@pytest.fixture
def root(browser_of: BrowserOf) -> Browser:
    return browser_of("superuser")


@pytest.fixture(autouse=True)
def _rows(consent: models.Consent, authorization: models.Authorization, signing_key: models.SigningKey) -> None:
    pass


@pytest.mark.covers("S77 errors")
def test_the_private_half_of_a_key_is_never_shown(root: Browser) -> None:
    url = "/admin/tokens/signingkey/"
    pages = root.get(url).content.decode() + root.get(f"{url}a-kid/change/").content.decode()
    pages += root.get(f"{url}a-kid/history/").content.decode()
    assert "the-public-half" in pages
    assert "private-half" not in pages


@pytest.mark.covers("S77 errors")
@pytest.mark.parametrize("query", ["private__startswith=t", "slot=active:ES256", "kid__gt=a", "public__x=1"])
def test_a_key_cannot_be_asked_for_its_private_half_bit_by_bit(root: Browser, query: str) -> None:
    assert root.get(f"/admin/tokens/signingkey/?{query}").status_code == 400


@pytest.mark.parametrize("term", [str(PERSON), str(PERSON).upper(), "0.a-client", "0.a-{name}", "0.an-{name}"])
@pytest.mark.parametrize("name", ["consent", "authorization"])
def test_rows_are_found_by_a_whole_id(root: Browser, name: str, term: str) -> None:
    url = f"/admin/tokens/{name}/?q={term.format(name=name)}"
    found = [str(row.client_id) for row in root.get(url).context["cl"].result_list]
    own = {"consent": "0.a-{name}", "authorization": "0.an-{name}"}[name]
    assert found == (["0.a-client"] if "{" not in term or term == own else [])


@pytest.mark.parametrize("term", ["0.a", "nobody", "%25", "6f1c3f3e", "x" * 5000, "%00", "%ff", "' OR 1=1"])
def test_parts_of_an_id_and_nonsense_find_nothing(root: Browser, term: str) -> None:
    for name in ("consent", "authorization"):
        answer = root.get(f"/admin/tokens/{name}/?q={term}", follow=True)
        assert answer.status_code in (200, 400)
        if term != "%00":
            assert list(answer.context["cl"].result_list) == []


def test_a_long_list_is_not_counted(root: Browser, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    now = datetime.now(UTC)
    models.Consent.objects.bulk_create(
        models.Consent(id=f"0.{number}", subject=PERSON, client_id=f"{number}", granted_at=now, expires=now)
        for number in range(120)
    )
    with django_assert_max_num_queries(10) as queries:
        answer = root.get("/admin/tokens/consent/")
    assert len(answer.context["cl"].result_list) == 100
    assert not [query["sql"] for query in queries.captured_queries if "COUNT(" in query["sql"]]


@pytest.mark.parametrize("name", LISTS)
def test_a_page_takes_at_most_10_statements(
    name: str, root: Browser, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    pk = {"consent": models.Consent.objects.get().pk, "authorization": "0.an-authorization", "signingkey": "a-kid"}
    for url in (f"/admin/tokens/{name}/", f"/admin/tokens/{name}/{pk[name]}/change/"):
        with django_assert_max_num_queries(10):
            assert root.get(url).status_code == 200


@pytest.mark.covers("S71 admin-tokens")
def test_an_authorization_is_revoked_and_shown_as_such(root: Browser) -> None:
    store().clients.add(samples.client(client_id="0.a-client"))
    url, action = "/admin/tokens/authorization/", {"action": "revoke", "_selected_action": ["0.an-authorization"]}
    now = datetime.now(UTC)
    assert store().authorizations.get("0.an-authorization", now) is not None
    assert "in force" in states(root)
    for _ in range(2):
        page = root.post(url, action, follow=True).content.decode()
        assert "1 authorization was revoked." in strip_tags(page)
    assert states(root) == {"revoked"}
    assert store().authorizations.get("0.an-authorization", now) is None
    kept_until = models.Revocation.objects.values_list("expires", flat=True)
    assert list(kept_until) == [models.Authorization.objects.get().expires]
    assert LogEntry.objects.count() == 2


WORDS = {
    None: "in force",
    "scope": "suspended: the client may have nothing any more of what was allowed",
    "groups": "suspended: the person is in none of the groups that may use the client",
    "authorization": "revoked",
    "consent": "over: the consent was withdrawn",
    "session": "over: the session has ended",
    "client": "over: the client was disabled or deleted",
    "subject": "over: the person changed the password, signed out everywhere, or was disabled or deleted",
    "everything": "over: everything from before an instant was voided",
    "expiry": "expired",
}
"""What support reads, by the cause."""
ENDS: dict[str, Callable[[], object]] = {
    "authorization": lambda: revoked(journal.authorization("0.an-authorization")),
    "consent": lambda: revoked(journal.consent("0.a-consent")),
    "session": lambda: revoked(journal.session("0.a-session")),
    "client": lambda: revoked(journal.client("0.a-client")),
    "subject": lambda: revoked(journal.subject(str(PERSON))),
    "everything": lambda: revoked(journal.EVERYTHING),
    "expiry": lambda: models.Authorization.objects.update(expires=datetime.now(UTC)),
    "client, deleted": lambda: store().clients.delete("0.a-client"),
    "session, offline": lambda: outlived(journal.session("0.a-session")),
}


@pytest.mark.parametrize("end", ENDS)
def test_the_state_of_an_authorization_is_what_a_token_of_it_meets_with_its_cause(end: str, root: Browser) -> None:
    store().clients.add(samples.client(client_id="0.a-client"))
    models.Authorization.objects.update(consent_id="0.a-consent")
    assert states(root) == {"in force"}
    ENDS[end]()
    met = store().authorizations.with_client("0.an-authorization", datetime.now(UTC))
    cause = None if end == "session, offline" else end.partition(",")[0]
    assert states(root) == {WORDS[cause]}
    assert (met is not None) == (cause is None)


@pytest.mark.parametrize("groups", [(), ("hatters",), ("hares",), ("hares", "hatters")])
@pytest.mark.parametrize("allowed", [(), ("hatters",), ("hatters", "hares")])
@pytest.mark.parametrize("is_over", [False, True])
def test_who_may_not_use_the_client_at_this_moment_is_told_apart_from_what_is_over(
    groups: tuple[str, ...], allowed: tuple[str, ...], is_over: bool, root: Browser
) -> None:
    store().clients.add(samples.client(client_id="0.a-client", allowed_groups=allowed))
    alice, bob = User.objects.create_user("alice", pk=PERSON), User.objects.create_user("bob")
    bob.people_groups.set([PeopleGroup.objects.create(name=name) for name in ("hatters", "hares")])
    alice.people_groups.set(PeopleGroup.objects.filter(name__in=groups))
    assert groups_of([str(bob.pk), str(alice.pk), "x"]).get(str(alice.pk), frozenset()) == {*groups}
    if is_over:
        ENDS["authorization"]()
    may_use = not allowed or not set(groups).isdisjoint(allowed)
    assert states(root) == {WORDS["authorization" if is_over else None if may_use else "groups"]}


def test_each_cause_has_words_of_its_own() -> None:
    assert {cause: str(state) for cause, state in STATES.items()} == WORDS


def outlived(key: str) -> None:
    models.Authorization.objects.update(scope="openid offline_access")
    revoked(key)


def revoked(key: str) -> None:
    store().journal.revoke(key, datetime.now(UTC) + timedelta(days=1))


def states(root: Browser) -> set[str]:
    """What the list and the page say of the one authorization: one of the states, or two that differ."""
    pages = ("/admin/tokens/authorization/", "/admin/tokens/authorization/0.an-authorization/change/")
    texts = [root.get(page).content.decode() for page in pages]
    return {str(state) for text in texts for state in STATES.values() if f">{state}<" in text}


def test_those_who_may_not_revoke_do_not_by_a_forged_form(browser_of: BrowserOf) -> None:
    action = {"action": "revoke", "_selected_action": ["0.an-authorization"]}
    for role in set(ROLES) - {"support"}:
        browser_of(role).post("/admin/tokens/authorization/", action)
    assert not models.Revocation.objects.exists()
