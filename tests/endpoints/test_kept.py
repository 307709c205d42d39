"""What a stranger makes us keep: which tables grow by what is sent without any proof, and by how much at most."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
from django.apps import apps
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.conf import conf
from accounts.models import Throttle
from tests.support.browser import parameters_of
from tests.support.held import held
from tests.support.messages import AUTHORIZE, FORM_TYPE, Registered, authorization_request
from tests.support.mounted import paths
from tokens.endpoint.form import MAX_REQUEST
from tokens.protocol import records
from tokens.protocol.authorization_request import KEPT

STATED = {"Interaction": {AUTHORIZE}, "Throttle": {AUTHORIZE, "/accounts/login/"}}
"""The tables, and the paths that add to them. docs/kept.md tells of each."""


def rows() -> Counter[str]:
    models = (model for app in apps.get_app_configs() for model in app.get_models() if model._meta.managed)
    return Counter({model.__name__: model._default_manager.count() for model in models})


def send(path: str, form: dict[str, str], method: str = "GET", address: str = "192.0.2.1") -> Any:
    """From a browser that was never here."""
    stranger: Any = Client(raise_request_exception=False, REMOTE_ADDR=address)
    if method == "GET":
        return stranger.get(f"{path}?{urlencode(form)}")
    return stranger.post(path, urlencode(form), content_type=FORM_TYPE)


@pytest.mark.server("it counts the rows of every table")
@pytest.mark.sql("it counts the rows of every table")
def test_no_table_grows_by_a_stranger_s_request_but_those_that_are_stated(web: Registered) -> None:
    token = {"token": "x", "grant_type": "refresh_token", "refresh_token": "x", "client_id": web.client_id}
    forms = [authorization_request(web), token, {"login": "nobody", "password": "x" * 200, "next": f"/{'x' * 5000}"}]
    grown: dict[str, set[str]] = {}
    for path, method, form in product(paths(), ("GET", "POST"), forms):
        before = rows()
        send(path, form, method)
        for table in rows() - before:
            grown.setdefault(table, set()).add(path)
    assert grown == STATED


@pytest.mark.server("it counts the rows of a table")
@pytest.mark.sql("it counts the rows of a table")
def test_an_address_leaves_two_counters_of_each_name_that_it_guesses_at_and_no_more_than_it_may(db: None) -> None:
    most = conf().failures_per_address
    for number in range(most + 3):
        send("/accounts/login/", {"login": f"nobody {number}", "password": "x" * 20}, "POST")
    assert Throttle.objects.count() == 1 + 2 * most
    lives = [expires - spent_at for expires, spent_at in Throttle.objects.values_list("expires", "spent_at")]
    assert Counter(round(each / timedelta(days=1)) for each in lives) == {0: 1, 1: most, 90: most}


@pytest.mark.covers("S78 body")
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("letter", ["x", "\x01", "é", "\u3164", '"'])
def test_what_waits_is_what_was_judged_and_no_longer_than_a_request_may_be(
    web: Registered, method: str, letter: str
) -> None:
    good = {**authorization_request(web), "state": "", "unknown": "x" * 100, "acr_values": "1", "display": "page"}
    room = MAX_REQUEST - len(urlencode(good))
    longest = {**good, "state": letter * (room // len(quote(letter)))}
    assert send(AUTHORIZE, longest, method).status_code == 303
    [waiting] = held(records.Interaction)
    assert waiting.parameters == {name: value for name, value in longest.items() if name in KEPT}
    assert not {"unknown", "display"} & waiting.parameters.keys()
    assert sum(len(f"{name}{value}".encode()) for name, value in waiting.parameters.items()) <= MAX_REQUEST
    assert send(AUTHORIZE, {**longest, "state": longest["state"] + "x" * 12}, method).status_code == 400
    assert held(records.Interaction) == [waiting]


@pytest.mark.covers("S78 garbage")
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "0.nobody"},
        {"redirect_uri": "https://elsewhere.example/"},
        {"response_type": "token"},
        {"scope": "unknown"},
        {"request": "x.y.z"},
        {"request_uri": "https://rp.example/request"},
        {"prompt": "none login"},
        {"max_age": "soon"},
        {"claims": "[1]"},
        {"id_token_hint": "x.y.z"},
        {"nonce": "x" * 2000},
    ],
)
def test_what_is_refused_is_not_kept(web: Registered, method: str, wrong: dict[str, str]) -> None:
    assert send(AUTHORIZE, {**authorization_request(web), **wrong}, method).status_code in (303, 400)
    assert held(records.Interaction) == []


@pytest.fixture
def room_for_two(settings: Settings) -> None:
    settings.TOKENS = replace(settings.TOKENS, waiting_per_address=2)


def error_of(answer: Any) -> str | None:
    """What the client is told; None where the person is led on to a page of ours, or a code is given."""
    assert answer.status_code == 303
    return dict(parse_qsl(urlsplit(answer["Location"]).query)).get("error")


@pytest.mark.usefixtures("room_for_two")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_of_one_address_only_so_many_wait_and_the_next_client_is_told_so(web: Registered, method: str) -> None:
    request = authorization_request(web)
    assert [error_of(send(AUTHORIZE, request, method)) for _ in range(2)] == [None, None]
    refused = send(AUTHORIZE, request, method)
    told = parameters_of(refused)
    assert refused["Location"].startswith(web.redirect_uri)
    assert (told["error"], told["state"]) == ("temporarily_unavailable", request["state"])
    assert told["error_description"].startswith("more than 2 requests from this internet address wait for their people")
    assert len(held(records.Interaction)) == 2
    assert error_of(send(AUTHORIZE, request, method, address="192.0.2.2")) is None
    assert len(held(records.Interaction)) == 3


@pytest.mark.usefixtures("room_for_two")
def test_an_address_is_one_however_it_is_spelled(web: Registered) -> None:
    request = authorization_request(web)
    for address in ("2001:db8::1", "2001:db8:0:0:ffff::2"):
        assert error_of(send(AUTHORIZE, request, address=address)) is None
    assert error_of(send(AUTHORIZE, request, address="2001:db8::3")) == "temporarily_unavailable"
    assert error_of(send(AUTHORIZE, request, address="2001:db8:0:1::3")) is None


@pytest.mark.usefixtures("room_for_two")
def test_who_is_answered_makes_room(browser: Client, web: Registered) -> None:
    """People who finish are never shut out, however many of them share an address."""
    request = authorization_request(web, prompt="consent")
    for _ in range(6):
        page: Any = browser.get(AUTHORIZE, request)
        assert page["Location"].startswith("/oauth2/consent?")
        form = {"interaction": page["Location"].partition("interaction=")[2].partition("&")[0], "answer": "deny"}
        back: Any = browser.post("/oauth2/consent", urlencode(form), content_type=FORM_TYPE)
        assert error_of(browser.get(back["Location"])) == "access_denied"
    assert held(records.Interaction) == []


@pytest.mark.usefixtures("room_for_two")
def test_who_needs_no_page_needs_no_room(browser: Client, web: Registered) -> None:
    request = authorization_request(web)
    for _ in range(2):
        send(AUTHORIZE, request, address="127.0.0.1")
    assert error_of(browser.get(AUTHORIZE, {**request, "prompt": "none"})) in (None, "consent_required")
