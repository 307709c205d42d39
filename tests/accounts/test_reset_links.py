"""Reset links: their page, and what makes one void."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import OperationalError, connection, connections, transaction
from django.test import Client

from accounts.models import LoginSession, ResetLink, User
from accounts.sessions import delete_expired
from accounts.sign_in import reset_links
from tests.accounts.changed import changed
from tests.accounts.signed_in import SignIn
from tests.support.people import PASSWORD

PATH = "/accounts/password/new/"
NEW = "nine quiet herons by the water"


def link(user: User, now: datetime | None = None) -> str:
    """What stands in a new link for the person."""
    address = reset_links.make(user, now or datetime.now(UTC))
    assert address.startswith(f"{settings.ISSUER}{PATH}?link=")
    return parse_qs(urlsplit(address).query)["link"][0]


def send(text: str, password: str = NEW) -> "tuple[int, str]":
    """The status, and where whose link it was goes on after they signed in."""
    answer = Client().post(PATH, {"link": text, "password": password})
    onward = urlsplit(answer.headers.get("Location", ""))
    assert onward.path == ("/accounts/login/" if answer.status_code == 303 else "")
    return answer.status_code, "".join(parse_qs(onward.query).get("next", []))


def knows(user: User, password: str) -> bool:
    return User.objects.get(pk=user.pk).check_password(password)


@pytest.mark.covers("S60 once")
def test_a_link_sets_a_password_once_and_ends_every_sign_in(person: User, sign_in: SignIn) -> None:
    browser, text = sign_in(), link(person)
    page = Client().get(PATH, {"link": text})
    assert page.status_code == 200
    assert "<strong><bdi>alice</bdi></strong>" in page.content.decode()
    assert send(text) == (303, "/")
    assert knows(person, NEW)
    assert not browser.get("/").context["user"].is_authenticated
    assert send(text, "another one that is long enough")[0] == 410
    assert knows(person, NEW)


def test_who_sets_it_where_somebody_else_is_signed_in_is_not_led_on_in_their_name(person: User) -> None:
    User.objects.create_user("bob", "bob@example.org", PASSWORD)
    browser = Client()
    browser.post("/accounts/login/", {"login": "bob", "password": PASSWORD})
    answer = browser.post(PATH, {"link": link(person), "password": NEW})
    page = browser.get(answer["Location"]).content.decode()
    assert ("The password is set." in page, "You are signed in as <strong><bdi>bob</bdi>" in page) == (True, True)
    onward = browser.post("/accounts/logout/", parse_qs(urlsplit(answer["Location"]).query))
    assert 'value="alice"' in browser.get(onward["Location"]).content.decode()


@pytest.mark.covers("S60 once")
def test_a_new_link_ends_the_one_from_before(person: User) -> None:
    before, text = link(person), link(person)
    assert (send(before)[0], knows(person, PASSWORD)) == (410, True)
    assert send(text)[0] == 303


@pytest.mark.covers("S60 once")
@pytest.mark.django_db(transaction=True)
def test_two_links_are_made_one_after_the_other(person: User) -> None:
    """Else neither would see the other, and both were good."""
    if not connection.features.has_select_for_update_nowait:
        pytest.skip("this database lets one write at a time")

    def is_waited_for() -> bool:
        try:
            with transaction.atomic():
                rows = User.objects.locked(person.pk).select_for_update(
                    nowait=True, no_key=connection.features.has_select_for_no_key_update
                )
                return not list(rows)
        except OperationalError:
            return True
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as another:
        with transaction.atomic():
            link(person)
            assert another.submit(is_waited_for).result()
        assert not another.submit(is_waited_for).result()


@pytest.mark.covers("S76 links", "ltb #755")
@pytest.mark.parametrize(
    "headers", [{"X-Forwarded-Host": "evil.example"}, {"Forwarded": "host=evil.example;proto=http"}]
)
def test_a_link_leads_to_our_own_name_whoever_asks_for_it(person: User, headers: dict[str, str]) -> None:
    root = Client()
    root.force_login(User.objects.create_superuser("root", "root@example.org", PASSWORD))
    LoginSession.objects.update(auth_time=datetime.now(UTC))
    answer = root.post(f"/admin/accounts/user/{person.pk}/reset_link/", headers=headers)
    assert answer.context["link"].startswith(f"{settings.ISSUER}{PATH}?link=")
    assert "evil.example" not in answer.content.decode()


@pytest.mark.covers("S60 short")
def test_a_link_is_good_for_an_hour_and_not_at_its_end(person: User) -> None:
    began = datetime(2026, 7, 1, 12, tzinfo=UTC)
    text, end = link(person, began), began + timedelta(hours=1)
    assert reset_links.person_of(text, end - timedelta(microseconds=1)) == person
    assert reset_links.person_of(text, end) is None
    assert reset_links.spend(text, NEW, end) is None
    assert reset_links.spend(text, NEW, end - timedelta(microseconds=1)) == person


def test_who_chose_a_password_is_told_so_and_signs_in_with_it_without_their_name(person: User) -> None:
    browser = Client()
    answer = browser.post(PATH, {"link": link(person), "password": NEW}, follow=True)
    assert "The password is set. Sign in with it." in answer.content.decode()
    assert "<bdi>alice</bdi>" in answer.content.decode()
    [(address, _)] = answer.redirect_chain
    form = {**answer.context["form"].initial, "password": NEW}
    assert (form["login"], browser.post(address, form)["Location"]) == ("alice", "/")


def test_staff_are_led_to_the_admin(person: User) -> None:
    person.is_staff = True
    person.save()
    assert send(link(person)) == (303, "/admin/")


def test_looking_uses_nothing_up(person: User) -> None:
    text = link(person)
    for method in ("get", "head"):
        assert getattr(Client(), method)(PATH, {"link": text}).status_code == 200
    assert send(text)[0] == 303


def switched_off_and_on(user: User) -> None:
    for active in (False, True):
        changed(is_active=active)(user)


VOID: dict[str, Callable[[User], object]] = {
    "another password": changed(password=make_password("something else of length")),
    "another address": changed(email="new@example.org"),
    "another user name": changed(username="alicia"),
    "disabled": changed(is_active=False),
    "disabled and enabled again": switched_off_and_on,
    "deleted": lambda user: user.delete(),
    "a newer link": lambda user: link(user),
    "an hour later": lambda user: ResetLink.objects.update(expires=datetime.now(UTC)),
}


@pytest.mark.covers("S60 once", "S60 user", "S60 e-mail", "S60 password", "S61 links")
@pytest.mark.parametrize("cause", VOID)
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_makes_a_link_void(cause: str, method: str, person: User) -> None:
    text = link(person)
    VOID[cause](User.objects.get(pk=person.pk))
    answer = getattr(Client(), method)(PATH, {"link": text, "password": NEW})
    assert answer.status_code == 410
    assert "<title>Error: This link is over" in answer.content.decode()
    assert not User.objects.filter(pk=person.pk).exists() or not knows(person, NEW)


@pytest.mark.parametrize("text", ["", "x", "0.x", "\x00", "é", "0." + "a" * 43, "a" * 10_000])
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_no_link_is_over(text: str, method: str, person: User) -> None:
    assert getattr(Client(), method)(PATH, {"link": text, "password": NEW}).status_code == 410


@pytest.mark.parametrize(
    "password", ["", "short", "alice@example.org", "abcabcabcabcabcabc", "x" * 1025, "password" * 2]
)
def test_a_weak_password_is_refused_and_the_link_stays(password: str, person: User) -> None:
    text = link(person)
    assert send(text, password)[0] == 422
    assert knows(person, PASSWORD)
    assert send(text)[0] == 303


@pytest.mark.covers("S38 links", "S60 hashed")
def test_only_the_hash_of_a_link_is_kept(person: User) -> None:
    text = link(person)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_resetlink")
        (row,) = cursor.fetchall()
    assert all(part not in str(row) for part in (text, text.partition(".")[2], person.password))


def test_the_link_of_an_account_without_a_password_gives_it_one(db: None) -> None:
    user = User.objects.create_user("bob")
    assert send(link(user))[0] == 303
    assert knows(user, NEW)


def test_a_link_gives_no_session(person: User) -> None:
    send(link(person))
    assert not LoginSession.objects.exists()


def test_links_that_are_over_are_swept(person: User) -> None:
    link(person)
    ResetLink.objects.update(expires=datetime.now(UTC) - timedelta(hours=1))
    assert delete_expired(100) == 1
    assert not ResetLink.objects.exists()


def test_a_form_from_elsewhere_sets_nothing(person: User) -> None:
    text = link(person)
    browser = Client(enforce_csrf_checks=True)
    assert browser.post(PATH, {"link": text, "password": NEW}).status_code == 403
    assert knows(person, PASSWORD)
