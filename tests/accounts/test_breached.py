"""Passwords of known breaches: a server is asked by a part of a digest, where a password is set, and nowhere else."""

import hashlib
import logging
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from pytest_django.fixtures import Settings

from accounts.models import User
from accounts.sign_in import breached
from idp.node.breached import breached as look
from idp.node.finding import Size
from tests.accounts.signed_in import SignIn
from tests.accounts.test_passwords import WAYS, Way, _who_has, alice
from tests.accounts.weak_passwords import ALICE
from tests.servers.loopback import Behaviour, Loopback, answer, serving
from tests.support.people import PASSWORD

STOLEN = "trombone-lamp-vinegar-stolen"
OTHER = "trombone-lamp-vinegar-unknown"
VALIDATOR = {"NAME": "accounts.sign_in.breached.BreachedValidator"}
SAID = "among those that were stolen elsewhere"

__all__ = ["alice"]


def hang(connection: socket.socket) -> None:
    """Until who asked goes."""
    connection.recv(1)


Ask = Callable[[Behaviour], Loopback]


def digest(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


def known(*passwords: str, count: int = 7, begin: str = "") -> Behaviour:
    """The answer of a service: what it knows among what it does not, and padding."""
    lines = [f"{'0' * 34}A:3", *(f"{digest(each)[5:]}:{count}" for each in passwords), f"{'F' * 35}:0"]
    return answer("\r\n".join(lines).encode())


@pytest.fixture
def service(settings: Settings) -> Iterator[Ask]:
    """Starts one, and has it asked."""
    breached._known.cache_clear()
    breached._rested.at = 0.0
    settings.AUTH_PASSWORD_VALIDATORS = [*settings.AUTH_PASSWORD_VALIDATORS, VALIDATOR]
    running = []

    def start(behave: Behaviour) -> Loopback:
        context = serving(behave)
        server = context.__enter__()
        running.append(context)
        settings.ACCOUNTS = replace(settings.ACCOUNTS, breached_passwords_url=server.url(""))
        return server

    yield start
    for each in running:
        each.__exit__(None, None, None)


def asked(server: Loopback) -> list[str]:
    """What it was asked for."""
    return [request.split(b" ")[1].decode() for request in server.requests]


@pytest.mark.covers("S57 breached")
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_no_way_sets_a_password_that_is_known_and_each_sets_another(alice: User, way: Way, service: Ask) -> None:
    server = service(known(STOLEN))
    way(alice, STOLEN)
    assert not _who_has(STOLEN)
    assert asked(server) == [f"/range/{digest(STOLEN)[:5]}"]
    way(alice, OTHER)
    assert len(_who_has(OTHER)) == 1
    assert set(asked(server)) == {f"/range/{digest(each)[:5]}" for each in (STOLEN, OTHER)}
    assert len(asked(server)) == 2


@pytest.mark.covers("S57 breached")
def test_the_service_is_told_five_characters_and_asked_for_padding(service: Ask) -> None:
    server = service(known(STOLEN))
    with pytest.raises(ValidationError, match=SAID) as refused:
        validate_password(STOLEN, User(**ALICE))
    assert [error.code for error in refused.value.error_list] == ["password_breached"]
    [request] = server.requests
    assert request.startswith(f"GET /range/{digest(STOLEN)[:5]} HTTP/1.1\r\n".encode())
    assert b"\r\nAdd-Padding: true\r\n" in request
    for secret in (STOLEN.encode(), digest(STOLEN)[5:].encode(), digest(STOLEN)[5:].lower().encode()):
        assert secret not in request


@pytest.mark.parametrize("behave", [known(STOLEN, count=0), known(), answer(b""), answer(b"\xff\x00:\r\n:::\n-1:x")])
def test_padding_and_what_is_no_line_know_nothing(service: Ask, behave: Behaviour) -> None:
    service(behave)
    validate_password(STOLEN, User(**ALICE))


def test_an_answer_may_be_as_long_as_of_six_thousand_digests(service: Ask) -> None:
    others = [f"{number:035X}:{number}" for number in range(1, 6000)]
    service(answer("\r\n".join([*others, f"{digest(STOLEN)[5:]}:1"]).encode()))
    with pytest.raises(ValidationError, match=SAID):
        validate_password(STOLEN, User(**ALICE))


def test_the_digests_may_be_written_small(service: Ask) -> None:
    service(answer(f"{digest(STOLEN)[5:].lower()}:1".encode()))
    with pytest.raises(ValidationError, match=SAID):
        validate_password(STOLEN, User(**ALICE))


@pytest.mark.parametrize(
    ("behave", "why"),
    [
        (answer(b"", status="503 Service Unavailable"), "answered 503"),
        (answer(b"A" * 300_000), "answered more than 262144 bytes"),
        (hang, "no answer within 0.2 seconds"),
    ],
)
def test_a_service_that_does_not_answer_keeps_nobody_out_and_is_told_in_one_line(
    service: Ask,
    behave: Behaviour,
    why: str,
    alice: User,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(breached, "SECONDS", 0.2)
    service(behave)
    with caplog.at_level(logging.WARNING, breached.logger.name):
        WAYS["create_user"](alice, STOLEN)
    assert len(_who_has(STOLEN)) == 1
    [line] = [record.getMessage() for record in caplog.records if record.name == breached.logger.name]
    assert re.fullmatch(rf"IDP_ACCOUNTS_BREACHED_PASSWORDS_URL: a password is taken as it is: {why}.*", line)
    assert STOLEN not in line
    assert breached.SHOWN == 5
    assert digest(STOLEN)[:5] not in line


def test_one_that_hung_is_left_alone_for_a_while_whatever_the_password(
    service: Ask, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks it holds a place of the passwords that are to be hashed."""
    monkeypatch.setattr(breached, "SECONDS", 0.2)
    server = service(hang)
    for password in (STOLEN, f"{STOLEN} again", f"{STOLEN} and again"):
        breached.BreachedValidator().validate(password)
    assert server.connections == 1
    breached._rested.at = 0.0
    breached.BreachedValidator().validate(f"{STOLEN} later")
    assert server.connections == 2


def test_nobody_is_asked_of_what_is_too_short_anyway(service: Ask) -> None:
    server = service(known("short"))
    breached.BreachedValidator().validate("short")
    assert server.connections == 0


def test_nobody_is_asked_at_a_sign_in(person: User, sign_in: SignIn, service: Ask) -> None:
    server = service(known(PASSWORD))
    sign_in()
    assert server.connections == 0


def test_nobody_is_asked_unless_it_is_set(settings: Settings) -> None:
    assert settings.ACCOUNTS.breached_passwords_url is None
    assert VALIDATOR not in settings.AUTH_PASSWORD_VALIDATORS
    breached.BreachedValidator().validate(STOLEN)


@pytest.mark.parametrize(
    ("behave", "level", "said"),
    [
        (known("password"), "ok", "answers"),
        (known(STOLEN), "warning", "does not know 'password'"),
        (answer(b"", status="404 Not Found"), "warning", "answered 404"),
    ],
)
def test_doctor_tries_it(service: Ask, behave: Behaviour, level: str, said: str) -> None:
    service(behave)
    [found] = look(Size(1, 1))
    assert (found.level, said in found.text) == (level, True)


def test_doctor_says_that_nobody_is_asked() -> None:
    assert [(found.level, "not set" in found.text) for found in look(Size(1, 1))] == [("ok", True)]


@pytest.mark.parametrize(
    ("url", "faults"),
    [
        ("https://ranges.example", 0),
        ("https://ranges.example/v2/", 0),
        ("ranges.example", 1),
        ("ftp://ranges.example", 1),
        ("https://ranges.example/?key=1", 1),
        ("https://", 1),
        ("https://ranges.example:8443", 0),
        ("https://[2001:db8::1]/v2", 0),
        ("https://somebody:secret@ranges.example", 1),
        ("https://ranges.example:99999", 1),
        ("https://ranges.example:0", 1),
        ("https://ranges.example:x", 1),
        ("https://[::1", 1),
        ("HTTPS://ranges.example", 1),
        ("https://ranges.example/a b", 1),
        ("https://rangés.example", 1),
    ],
)
def test_its_address_is_one_of_a_host(settings: Settings, url: str, faults: int) -> None:
    settings.ACCOUNTS = replace(settings.ACCOUNTS, breached_passwords_url=url)
    assert len(list(settings.ACCOUNTS.faults())) == faults
