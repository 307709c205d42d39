"""Credentials are renewed beside the requests: whatever keeps the renewal, no request waits for it."""

from collections.abc import Callable
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, CredentialRetrievalError, MetadataRetrievalError, NoCredentialsError

from accounts.ground.dynamodb import credentials
from accounts.ground.dynamodb.credentials import BesideRequests
from tests.support.waiting import until


class Session:
    """Of botocore, whose credentials come as `answers` says, one after the other, the last again and again."""

    def __init__(self, *answers: Callable[[], Any]) -> None:
        self._answers = list(answers)
        self.asked = 0

    def get_credentials(self) -> Any:
        self.asked += 1
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return SimpleNamespace(get_frozen_credentials=answer)


def failing() -> Any:
    raise MetadataRetrievalError(error_msg="no answer")


def old(held: BesideRequests) -> None:
    held._looked -= 2 * credentials.LOOK


def test_the_first_request_has_the_first_ones() -> None:
    assert BesideRequests(Session(lambda: "first")).get_frozen_credentials() == "first"


def test_they_are_looked_at_anew_beside_the_requests() -> None:
    held = BesideRequests(session := Session(lambda: "first", lambda: "second"))
    assert [held.get_frozen_credentials() for _ in range(3)] == ["first"] * 3
    assert session.asked == 1
    old(held)
    assert held.get_frozen_credentials() in ("first", "second")
    until(lambda: held.get_frozen_credentials() == "second")
    assert session.asked == 2


def test_no_request_waits_for_a_renewal_that_hangs() -> None:
    hangs, let_go = Event(), Event()

    def hanging() -> str:
        hangs.set()
        assert let_go.wait(60)
        return "second"

    held = BesideRequests(session := Session(lambda: "first", hanging))
    held.get_frozen_credentials()
    old(held)
    assert held.get_frozen_credentials() == "first"
    assert hangs.wait(60)
    for _ in range(3):
        old(held)
        assert held.get_frozen_credentials() == "first"
    assert session.asked == 2
    let_go.set()
    until(lambda: held.get_frozen_credentials() == "second")


def test_a_renewal_that_fails_leaves_the_last_ones_and_is_told(caplog: pytest.LogCaptureFixture) -> None:
    held = BesideRequests(Session(lambda: "first", failing, lambda: "third"))
    held.get_frozen_credentials()
    old(held)
    assert held.get_frozen_credentials() == "first"
    until(lambda: "the credentials cannot be had" in caplog.text)
    old(held)
    until(lambda: held.get_frozen_credentials() == "third")


def test_why_no_role_can_be_had_is_told(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service of roles answers it, and botocore raises that as it is."""

    def denied() -> Any:
        said = {"Code": "AccessDenied", "Message": "not authorized to perform sts:AssumeRole"}
        raise ClientError({"Error": said}, "AssumeRole")

    monkeypatch.setattr(credentials, "FIRST", 60.0)
    with pytest.raises(CredentialRetrievalError, match="AccessDenied"):
        BesideRequests(Session(denied)).get_frozen_credentials()
    assert "AWS_ACCESS_KEY_ID, AWS_PROFILE: the credentials cannot be had" in caplog.text
    assert "sts:AssumeRole" in caplog.text


def test_who_has_none_is_told_so_within_the_time_of_an_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = Event()
    monkeypatch.setattr(credentials, "FIRST", 0.01)
    with pytest.raises(CredentialRetrievalError):
        BesideRequests(Session(lambda: let_go.wait(60))).get_frozen_credentials()
    let_go.set()
    monkeypatch.setattr(credentials, "FIRST", 60.0)
    with pytest.raises(CredentialRetrievalError):
        BesideRequests(Session(failing)).get_frozen_credentials()
    nobody = SimpleNamespace(get_credentials=lambda: None)
    with pytest.raises(NoCredentialsError):
        BesideRequests(nobody).get_frozen_credentials()
