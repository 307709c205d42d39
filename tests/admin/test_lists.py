"""The admin's lists: paged by key, found by index, never counted."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.admin.site import AdminSite
from accounts.models import PeopleGroup, User
from accounts.site.lists import change_list, keyset
from tests.admin.staff import PERSON, BrowserOf
from tokens import models

CONSENTS, PEOPLE, GROUPS = "/admin/tokens/consent/", "/admin/accounts/user/", "/admin/accounts/peoplegroup/"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SIZE = 10


@pytest.fixture
def root(browser_of: BrowserOf, monkeypatch: pytest.MonkeyPatch) -> Browser:
    monkeypatch.setattr("django.contrib.admin.ModelAdmin.list_per_page", SIZE)
    return browser_of("superuser")


@pytest.fixture
def consents(db: None) -> list[str]:
    """Their ids as the list has them. Several expire at one instant."""
    ends = {f"0.{number:02}": NOW + timedelta(hours=number // 4) for number in range(35)}
    models.Consent.objects.bulk_create(
        models.Consent(id=name, subject=PERSON, client_id=f"client {name}", granted_at=NOW, expires=end)
        for name, end in ends.items()
    )
    return sorted(ends, reverse=True)


def page(root: Browser, url: str) -> Any:
    answer = root.get(url)
    assert answer.status_code == 200, url
    return answer.context["cl"]


def ids(cl: Any) -> list[str]:
    return [str(row.pk) for row in cl.result_list]


def walked(root: Browser, url: str, link: str, start: str = "") -> Iterator[list[str]]:
    """The pages from there on, by one of their links."""
    cl = page(root, f"{url}{start}")
    yield ids(cl)
    while getattr(cl, link) is not None:
        cl = page(root, f"{url}{getattr(cl, link)}")
        yield ids(cl)


def test_pages_hold_every_row_once_on_and_back(root: Browser, consents: list[str]) -> None:
    on = list(walked(root, CONSENTS, "next_url"))
    back = list(walked(root, CONSENTS, "previous_url", "?before="))
    assert [len(rows) for rows in on] == [10, 10, 10, 5]
    assert list(chain(*on)) == consents
    assert list(chain(*reversed(back))) == consents


@pytest.mark.parametrize("place", [1, 15, 33])
def test_a_row_that_goes_or_comes_moves_no_other_to_another_page(
    root: Browser, consents: list[str], place: int
) -> None:
    first = page(root, CONSENTS)
    models.Consent.objects.filter(pk=consents[place]).delete()
    models.Consent.objects.create(
        id="9.new", subject=PERSON, client_id="new", granted_at=NOW, expires=NOW + timedelta(days=9)
    )
    left = [name for name in consents[SIZE:] if name != consents[place]]
    assert ids(page(root, f"{CONSENTS}{first.next_url}")) == left[:SIZE]


def test_a_list_is_never_counted_and_no_page_skips_rows(root: Browser, consents: list[str]) -> None:
    with CaptureQueriesContext(connection) as captured:
        for url in ("", page(root, CONSENTS).next_url, "?before="):
            page(root, f"{CONSENTS}{url}")
    assert consents
    said = " ".join(query["sql"] for query in captured.captured_queries)
    assert ("COUNT(" in said, "OFFSET" in said) == (False, False)


def test_a_list_of_one_page_says_how_many_there_are(root: Browser, consents: list[str]) -> None:
    models.Consent.objects.exclude(pk__in=consents[:2]).delete()
    cl = page(root, CONSENTS)
    assert (cl.how_many, cl.next_url, cl.last_url, cl.first_url) == ("2 consents", None, None, None)


@pytest.mark.parametrize(
    ("estimate", "said"), [(None, "many consents"), (3, "many consents"), (5_000_123, "about 5,000,123 consents")]
)
def test_a_longer_list_says_about_how_many(
    root: Browser, consents: list[str], monkeypatch: pytest.MonkeyPatch, estimate: int | None, said: str
) -> None:
    monkeypatch.setattr(change_list, "estimated_rows", lambda _table: estimate)
    assert consents
    assert page(root, CONSENTS).how_many == said
    assert page(root, f"{CONSENTS}?q={PERSON}").how_many == "many consents"


@pytest.mark.parametrize("place", ["after", "before"])
@pytest.mark.parametrize("text", ["zz", "WyIxIl0:1:x", "%ff", "x" * 5000])
def test_a_page_that_we_did_not_link_to_is_the_first(root: Browser, consents: list[str], place: str, text: str) -> None:
    answer = root.get(f"{CONSENTS}?{place}={text}", follow=True)
    assert answer.redirect_chain == [(f"{CONSENTS}?e=1", 302)]
    assert ids(answer.context["cl"]) == consents[:SIZE]


def test_a_page_of_another_order_or_list_is_the_first(root: Browser, consents: list[str]) -> None:
    assert consents
    elsewhere = page(root, f"{CONSENTS}?q={PERSON}").next_url.partition("after=")[2].partition("&")[0]
    for url in (CONSENTS, "/admin/accounts/loginsession/"):
        assert root.get(f"{url}?after={elsewhere}").status_code == 302


# --- Filters that no index answers


def test_a_filter_without_an_index_looks_through_some_rows_a_page_and_finds_all(
    root: Browser, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyset, "MOST_LOOKED_AT", 7)
    models.LogoutDelivery.objects.bulk_create(
        models.LogoutDelivery(client_id="a", subject=PERSON, due=NOW if number % 9 == 0 else None, delivered_at=NOW)
        for number in range(40)
    )
    url = "/admin/tokens/logoutdelivery/"
    waiting = models.LogoutDelivery.objects.filter(due__isnull=False).order_by("-id").values_list("pk", flat=True)
    pages = list(walked(root, url, "next_url", "?state=waiting"))
    assert list(chain(*pages)) == [str(pk) for pk in waiting]
    assert len(pages) == 6
    assert "look further" not in root.get(url).content.decode()
    assert "the next page looks further" in root.get(f"{url}?state=waiting").content.decode()


# --- People


@pytest.fixture
def people(db: None) -> None:
    for number in range(12):
        User.objects.create_user(f"person{number:02}", f"p{number:02}@example.org")
    User.objects.create_user("as77", "smith@example.net", name="Élise Smith")
    User.objects.create_user("staff", is_staff=True)


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("person", [f"person{number:02}" for number in range(10)]),
        ("PERSON03", ["person03"]),
        ("élise", ["as77"]),
        ("ÉLISE SM", ["as77"]),
        ("smith@", ["as77"]),
        ("Smith@Example.NET", ["as77"]),
        ("erson", []),
        ("@example.org", []),
        ("%", []),
        ("nobody", []),
    ],
)
@pytest.mark.usefixtures("people")
def test_people_are_found_by_the_beginning_of_a_name_or_address(root: Browser, term: str, found: list[str]) -> None:
    answer = root.get(PEOPLE, {"q": term})
    assert [user.username for user in answer.context["cl"].result_list] == found


@pytest.mark.usefixtures("people")
def test_a_person_is_found_by_the_whole_id_and_by_the_name_as_it_is_now(root: Browser) -> None:
    user = User.objects.get(username="as77")
    user.name = "Zoë"
    user.save(update_fields=["name"])
    for term, found in ((str(user.pk), ["as77"]), ("zoë", ["as77"]), ("élise", [])):
        answer = root.get(PEOPLE, {"q": term})
        assert [person.username for person in answer.context["cl"].result_list] == found, term


@pytest.mark.usefixtures("people")
def test_a_search_among_filtered_people_finds_what_is_both(root: Browser) -> None:
    cl = page(root, f"{PEOPLE}?is_staff__exact=1&q=sta")
    assert [user.username for user in cl.result_list] == ["staff"]
    assert ids(page(root, f"{PEOPLE}?is_staff__exact=1&q=person")) == []
    assert [user.username for user in page(root, f"{PEOPLE}?is_staff__exact=1").result_list] == ["staff", "superuser"]


@pytest.mark.usefixtures("people")
def test_only_what_an_index_orders_can_be_clicked(root: Browser) -> None:
    usual = [user.username for user in page(root, PEOPLE).result_list]
    for place in range(1, 9):
        turned = [user.username for user in page(root, f"{PEOPLE}?o=-{place}").result_list]
        assert (turned == usual) is (place != 1)
    assert "?o=" in root.get(PEOPLE).content.decode()
    assert "?o=" not in root.get(CONSENTS).content.decode()


# --- What is beside the lists


@pytest.mark.usefixtures("people")
def test_no_action_is_done_to_rows_that_nobody_ticked(root: Browser) -> None:
    [chosen] = User.objects.filter(username="person01")
    form = {"action": "disable", "_selected_action": [str(chosen.pk)], "index": "0"}
    root.post(PEOPLE, {**form, "select_across": "1"})
    assert not User.objects.filter(is_active=False).exists()
    root.post(PEOPLE, {**form, "select_across": "0"})
    assert [user.username for user in User.objects.filter(is_active=False)] == ["person01"]
    assert 'class="question' not in root.get(PEOPLE).content.decode()


@pytest.mark.usefixtures("people")
def test_the_deletion_of_a_group_counts_who_is_in_it_and_lists_nobody(root: Browser) -> None:
    group = PeopleGroup.objects.create(name="hatters")
    group.members.set(User.objects.filter(username__startswith="person"))
    text = root.get(f"{GROUPS}hatters/delete/").content.decode()
    assert "User-peoplegroup relationships: 12" in text
    assert "person03" not in text
    root.post(f"{GROUPS}hatters/delete/", {"post": "yes"})
    assert not PeopleGroup.objects.exists()


def test_a_group_is_completed_from_its_beginning(root: Browser) -> None:
    PeopleGroup.objects.bulk_create(PeopleGroup(name=f"group {number:02}") for number in range(30))
    field = {"app_label": "accounts", "model_name": "user", "field_name": "people_groups"}
    for term, found in (("group 1", 10), ("", 20), ("roup", 0)):
        answer = root.get("/admin/autocomplete/", {**field, "term": term}).json()
        assert (len(answer["results"]), answer["pagination"]["more"]) == (found, term == "")


def test_every_list_of_the_site_is_such_a_list() -> None:
    for model, model_admin in admin.site._registry.items():
        assert model_admin.get_changelist(None) is change_list.KeyedList, model  # type: ignore[arg-type]  # asks it for nothing
        assert not model_admin.show_full_result_count


def test_a_model_admin_that_is_registered_later_has_such_a_list_too() -> None:
    class Later(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
        search_fields = ("change_message",)
        sortable_by = None

    site = AdminSite("later")
    site.register(LogEntry, Later)
    registered = site.get_model_admin(LogEntry)
    assert registered.get_changelist(None) is change_list.KeyedList  # type: ignore[arg-type]  # asks it for nothing
    assert (registered.search_fields, registered.sortable_by) == ((), ())


@pytest.mark.parametrize("text", ["abc", "-", "\u0661", "x" * 300, "9" * 30, "9" * 5000])
@pytest.mark.parametrize("listed", admin.site._registry, ids=lambda model: model._meta.model_name)
def test_what_is_ticked_and_names_no_row_is_no_error_of_ours(root: Browser, listed: type[Any], text: str) -> None:
    url = reverse(f"admin:{listed._meta.app_label}_{listed._meta.model_name}_changelist")
    for action in ("delete_selected", *(admin.site.get_model_admin(listed).actions or ())):
        answer = root.post(url, {"action": action, "_selected_action": [text], "index": "0"})
        assert answer.status_code in (200, 302, 400), action


def test_no_row_is_led_to_by_the_number_of_its_table(root: Browser) -> None:
    for table in ContentType.objects.all():
        for name in ("abc", "1", str(PERSON)):
            assert root.get(f"/admin/r/{table.pk}/{name}/").status_code == 404
