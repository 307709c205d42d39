"""The error of a store that is not Django's: each place that knows Django's errors knows this one."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.ground.unavailable import Unavailable
from idp.node.readiness import ask
from tests.support.builders import register
from tests.support.endpoints import post
from tests.support.messages import TOKEN, basic
from tokens.stores import store

Fails = Callable[[str, str], None]


@pytest.fixture
def fails(monkeypatch: pytest.MonkeyPatch) -> Fails:
    """Lets a verb of a part fail."""

    def fail(*_: object) -> None:
        raise Unavailable(timedelta(seconds=6.5))

    return lambda part, verb: monkeypatch.setattr(type(getattr(store(), part)), verb, fail)


def test_an_endpoint_answers_503_and_says_when_to_come_back(db: None, fails: Fails) -> None:
    fails("clients", "get")
    sender = Client(raise_request_exception=False)
    answer = post(sender, TOKEN, {"grant_type": "client_credentials"}, basic("a-client", "a secret"))
    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
    assert answer["Retry-After"] == "7"


def test_a_secret_works_though_its_use_cannot_be_noted(
    db: None, fails: Fails, caplog: pytest.LogCaptureFixture
) -> None:
    client = register("web")
    fails("clients", "note_secret_use")
    answer = post(Client(), TOKEN, {"grant_type": "refresh_token"}, basic(client.client_id, client.client_secret))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert f"the use of a secret of client {client.client_id} was not noted: Unavailable" in caplog.text


def test_scheduled_work_says_so_and_goes_on_to_the_next_task(db: None, fails: Fails) -> None:
    fails("runs", "claim")
    with pytest.raises(CommandError, match="not everything could be done"):
        call_command("work", "--once", stderr=(said := StringIO()))
    assert said.getvalue().count("the store cannot answer; it may in 6.5 s") >= 2


def test_rotatekeys_says_so(db: None, fails: Fails) -> None:
    fails("keys", "all")
    with pytest.raises(CommandError, match="the store cannot answer"):
        call_command("rotatekeys")


def test_a_node_is_not_ready(db: None, fails: Fails) -> None:
    fails("keys", "all")
    assert ask(lambda: str(store().keys.all())) == "the store does not answer"
