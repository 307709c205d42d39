"""The sign-in page: who gets in, what strangers learn, where it leads."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape

from accounts.ground import clock
from accounts.models import User
from accounts.sign_in import guesses, names
from tests.accounts.signed_in import SignIn, who
from tests.support.messages import FORM_TYPE
from tests.support.people import PASSWORD

LOGIN = "/accounts/login/"
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "/\t/evil.example/",
    "\t//evil.example",
    "/\n/evil.example",
    " //evil.example",
    "http:evil.example",
    "http:///evil.example",
    "https:/evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "//testserver@evil.example/",
    "http://testserver/",
    "evil.example",
    "\x00//evil.example",
    "/\x00/evil.example",
]


def told(answer: Any, identifier: str) -> str:
    """The page without what is another one each time, whoever asks."""
    page: str = answer.content.decode()
    context = answer.context
    for new in (identifier, context["csrf_token"], escape(context["passkey_options"]), escape(context["way_back"])):
        assert str(new) in page
        page = page.replace(str(new), "X")
    return page


@pytest.mark.parametrize("identifier", ["alice", " ALICE ", "alice@example.org", "Alice@EXAMPLE.org", "\uff41lice"])
def test_a_person_signs_in_by_username_or_address_in_any_spelling(sign_in: SignIn, identifier: str) -> None:
    assert who(sign_in(identifier)) == "alice"


@pytest.mark.covers("S59 text", "CVE-2024-39329", "CVE-2025-13473")
def test_an_unknown_name_and_a_wrong_password_are_answered_alike(
    person: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    for verb in ("encode", "verify"):
        _count(monkeypatch, verb, hashed)
    answers = []
    for identifier in ("alice", "nobody"):
        hashed.clear()
        answer = client.post(LOGIN, {"login": identifier, "password": "wrong"})
        answers.append((answer.status_code, told(answer, identifier), len(hashed)))
    assert answers[0] == answers[1]
    assert answers[0][0] == 422
    assert answers[0][2] == 1


def test_a_switched_off_account_learns_it_only_with_the_right_password(person: User, client: Client) -> None:
    person.is_active = False
    person.save()
    assert client.post(LOGIN, {"login": "alice", "password": "wrong"}).status_code == 422
    answer = client.post(LOGIN, {"login": "alice", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (303, "/accounts/inactive/")
    assert client.get("/accounts/inactive/").status_code == 403
    assert who(client) is None


@pytest.mark.covers("S58 account")
def test_guessing_is_throttled_in_every_spelling_of_the_name(person: User, client: Client) -> None:
    for spelling in ("alice", "ALICE", "\uff41lice", " Alice", " alice"):
        assert client.post(LOGIN, {"login": spelling, "password": "wrong"}).status_code == 422
    answer = client.post(LOGIN, {"login": "alice", "password": PASSWORD})
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 300
    assert "came from this internet address. The next one is looked at in " in answer.content.decode()


@pytest.mark.covers("S58 lockout", "GHSA-cq42")
def test_five_wrong_guesses_from_elsewhere_do_not_keep_the_person_out(person: User, client: Client) -> None:
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    statuses = [elsewhere.post(LOGIN, {"login": "alice", "password": "wrong"}).status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]
    assert client.post(LOGIN, {"login": "alice", "password": PASSWORD}).status_code == 303
    assert elsewhere.post(LOGIN, {"login": "alice", "password": "wrong"}).status_code == 422, "the row has ended"


def test_a_right_password_counts_against_no_limit(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    one = replace(guesses.ONE_SOURCE, failures=1)
    monkeypatch.setattr(guesses, "ONE_SOURCE", one)
    monkeypatch.setattr(guesses, "SHARES", dict.fromkeys(guesses.SHARES, one))
    monkeypatch.setattr(guesses, "_address_limit", lambda: one)
    for _ in range(3):
        sign_in()
    assert Client().post(LOGIN, {"login": "alice", "password": "wrong"}).status_code == 422
    assert Client().post(LOGIN, {"login": "alice", "password": PASSWORD}).status_code == 429


@pytest.mark.covers("S58 source")
def test_one_source_is_throttled_whatever_names_it_tries(db: None, client: Client) -> None:
    statuses = [client.post(LOGIN, {"login": f"u{n}", "password": "x"}).status_code for n in range(21)]
    assert statuses == [422] * 20 + [429]


@pytest.mark.covers("S58 source", "S76 hops", "CVE-2024-47070")
def test_nobody_changes_their_address_by_a_header(db: None, client: Client) -> None:
    def guess(number: int) -> int:
        told = {"X-Forwarded-For": f"198.51.100.{number}", "X-Real-IP": f"198.51.100.{number}"}
        return client.post(LOGIN, {"login": f"u{number}", "password": "x"}, headers=told).status_code

    assert [guess(number) for number in range(21)] == [422] * 20 + [429]


def test_a_form_from_elsewhere_is_refused_with_a_page_that_says_why(person: User) -> None:
    answer = Client(enforce_csrf_checks=True).post(LOGIN, {"login": "alice", "password": PASSWORD})
    assert answer.status_code == 403
    assert "open for too long" in answer.content.decode()


@pytest.mark.covers("S13 next", "CVE-2026-41569")
@pytest.mark.parametrize("page", [LOGIN, "/accounts/reauthenticate/"])
@pytest.mark.parametrize("where", ["query", "form"])
def test_the_forms_never_lead_to_another_site(person: User, client: Client, page: str, where: str) -> None:
    if page != LOGIN:
        client.force_login(person)
    form = {"login": "alice", "password": PASSWORD}
    if where == "query":
        answer = client.post(f"{page}?next={quote(ELSEWHERE[1])}", form)
    else:
        answer = client.post(page, {**form, "next": ELSEWHERE[1]})
    assert (answer.status_code, answer["Location"]) == (303, "/")


@pytest.mark.covers("S13 next", "CVE-2026-41569")
@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_spelling_of_another_site_is_followed(person: User, client: Client, target: str) -> None:
    client.force_login(person)
    assert client.get(f"{LOGIN}?next={quote(target)}")["Location"] == "/"
    assert client.post("/accounts/logout/", {"next": target})["Location"] == "/oauth2/logout"


def test_sign_in_leads_to_the_path_that_asked_for_it(person: User, client: Client) -> None:
    target = "/oauth2/authorize?interaction=0.abc&x=1"
    page = client.get(f"{LOGIN}?next={quote(target)}").content.decode()
    assert 'name="next" value="/oauth2/authorize?interaction=0.abc&amp;x=1"' in page
    answer = client.post(LOGIN, {"login": "alice", "password": PASSWORD, "next": target})
    assert answer["Location"] == target


@pytest.mark.parametrize(
    "form",
    [
        {"login": "al\x00ice", "password": PASSWORD},
        {"login": "alice", "password": "\x00"},
        {"login": "a" * 255, "password": PASSWORD},
        {"login": "alice", "password": "x" * 1025},
        {"login": "\ud800", "password": "x"},
        {"login": "", "password": ""},
        {"login": "   ", "password": "x"},
        {},
    ],
)
def test_bad_input_gets_the_form_back_and_never_an_error(person: User, client: Client, form: dict[str, str]) -> None:
    body = "&".join(f"{name}={quote(value.encode(errors='surrogatepass'))}" for name, value in form.items())
    answer = client.post(LOGIN, body, content_type=FORM_TYPE)
    assert answer.status_code == 422


def test_errors_are_announced_and_linked_to_their_fields(db: None, client: Client) -> None:
    page = client.post(LOGIN, {"login": "", "password": "x"}).content.decode()
    assert 'role="alert"' in page
    assert '<a href="#id_login">' in page
    assert 'aria-invalid="true"' in page
    assert 'aria-describedby="id_login_error"' in page
    assert 'id="id_login_error"' in page


def test_each_page_lets_password_managers_do_their_work(db: None, client: Client) -> None:
    first = client.get(LOGIN).content.decode()
    assert 'autocomplete="username webauthn"' in first
    second = client.post(LOGIN, {"login": "alice"}, follow=True).content.decode()
    assert 'autocomplete="username"' in second
    for page in (first, second):
        assert 'autocomplete="current-password"' in page
        assert "placeholder" not in page


@pytest.mark.covers("S59 text")
def test_the_page_after_the_name_is_the_same_for_everyone_and_asks_nobody(person: User, client: Client) -> None:
    pages = []
    for identifier in ("alice", "nobody"):
        with CaptureQueriesContext(connection) as captured:
            led = client.post(LOGIN, {"login": identifier, "next": "/x"})
            answer = client.get(led["Location"])
        assert (led.status_code, answer.status_code, len(captured)) == (303, 200, 0)
        assert identifier not in led["Location"]
        pages.append(told(answer, identifier))
    assert pages[0] == pages[1]
    assert 'href="/accounts/login/?next=%2Fx"' in pages[0]


@pytest.mark.parametrize("change", ["none", "not ours", "late"])
def test_the_page_after_the_name_is_for_who_was_led_there_just_now(
    db: None, client: Client, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    where = client.post(LOGIN, {"login": "alice"})["Location"]
    if change == "late":
        then = clock.now() + names.GOOD_FOR + timedelta(seconds=1)
        monkeypatch.setattr(clock, "now", lambda: then)
    page = client.get({"none": LOGIN, "not ours": f"{LOGIN}?who=1.abc", "late": where}[change]).content.decode()
    assert 'autocomplete="username webauthn"' in page
    assert "alice" not in page


def test_a_password_that_was_asked_for_and_did_not_come_is_asked_for_again(person: User, client: Client) -> None:
    answer = client.post(LOGIN, {"login": "alice", "asked": "password", "password": ""})
    assert answer.status_code == 422
    assert '<a href="#id_password">' in answer.content.decode()
    assert 'value="alice"' in answer.content.decode()


@pytest.mark.covers("S56 15", "S56 composition", "S56 64", "S56 Unicode")
@pytest.mark.parametrize(
    ("password", "status"),
    [
        ("fourteen chars", 422),
        ("onlylowercaseletters", 303),
        ("8271 4459 3016 7742", 303),
        ("密码" * 8, 422),
        ("钥匙在门垫下面不要告诉别人哦好吗", 303),
        ("long and remembered " * 5, 303),
        ("alice@example.org", 422),
        ("passwordpassword", 422),
    ],
)
def test_a_new_password_must_be_long_and_not_easy_to_guess_and_nothing_else(
    sign_in: SignIn, password: str, status: int
) -> None:
    form = {"current_password": PASSWORD, "new_password": password}
    assert sign_in().post("/accounts/password/change/", form).status_code == status


def test_a_new_password_needs_the_current_one(sign_in: SignIn) -> None:
    form = {"current_password": "wrong", "new_password": "a new and quite long passphrase"}
    answer = sign_in().post("/accounts/password/change/", form)
    assert (answer.status_code, "current password is not right" in answer.content.decode()) == (422, True)


def test_a_new_password_is_another_one(sign_in: SignIn) -> None:
    answer = sign_in().post("/accounts/password/change/", {"current_password": PASSWORD, "new_password": PASSWORD})
    assert (answer.status_code, "the password that you have" in answer.content.decode()) == (422, True)


@pytest.mark.parametrize("path", ["signup", "email", "password/set", "confirm-email", "login/code"])
def test_what_is_not_offered_is_not_there(sign_in: SignIn, path: str) -> None:
    assert sign_in().get(f"/accounts/{path}/").status_code == 404


@pytest.mark.covers("S56 rotation")
def test_a_password_of_ten_years_ago_still_opens_the_account(person: User, sign_in: SignIn) -> None:
    long_ago = timezone.now() - timedelta(days=3653)
    User.objects.update(created=long_ago, updated_at=long_ago)
    browser = sign_in()
    assert who(browser) == "alice"
    assert [*browser.get("/").context["messages"]] == []


@pytest.mark.covers("S67 HttpOnly", "S67 SameSite")
def test_the_csrf_cookie_is_for_us_alone(db: None, client: Client) -> None:
    cookie = client.get(LOGIN).cookies[django_settings.CSRF_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")


def _count(monkeypatch: pytest.MonkeyPatch, verb: str, calls: list[str]) -> None:
    real = getattr(Argon2PasswordHasher, verb)

    def counted(*args: Any, **kwargs: Any) -> Any:
        calls.append(verb)
        return real(*args, **kwargs)

    monkeypatch.setattr(Argon2PasswordHasher, verb, counted)
