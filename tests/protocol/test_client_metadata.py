"""What forbids registering a client."""

import pytest

from tests.builders import client_record
from tokens.protocol.client_metadata import faults, shown


def test_an_ordinary_client_has_no_faults() -> None:
    assert list(faults(client_record(), http_loopback=False)) == []


@pytest.mark.parametrize("name", ["Bücher", "書店", "می\u200cشود", "👩\u200d💻", "a" * 255, "<b>&\"'"])
def test_a_name_may_be_in_any_script(name: str) -> None:
    assert list(faults(client_record(client_name=name), http_loopback=False)) == []


@pytest.mark.parametrize(
    "letter", ["\x00", "\n", "\x1b", "\x7f", "\x85", "\u2028", "\u202e", "\u2066", "\ufeff", "\ud800"]
)
def test_a_name_has_nothing_that_hides(letter: str) -> None:
    found = list(faults(client_record(client_name=f"Bank{letter}"), http_loopback=False))
    assert found == [("client_name", "has characters that cannot be shown")]


def test_a_native_client_may_skip_consent_only_where_nobody_else_gets_its_answers() -> None:
    told = {}
    for uri in ("https://app.example/cb", "com.example.app:/cb", "http://127.0.0.1/cb", "HTTPS://app.example/cb"):
        client = client_record(application_type="native", redirect_uris=(uri,), skip_consent=True)
        told[uri] = [member for member, _ in faults(client, http_loopback=False)]
    assert told == {
        "https://app.example/cb": [],
        "com.example.app:/cb": ["skip_consent"],
        "http://127.0.0.1/cb": ["skip_consent"],
        "HTTPS://app.example/cb": ["skip_consent"],
    }


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain", "plain"),
        ("a\nb\x1b\x00", "a\\nb\\x1b\\x00"),
        ("ä\ud800", "\\xe4\\ud800"),
        ("a" * 101, "a" * 100 + "..."),
    ],
)
def test_what_was_given_is_shown_on_one_line(text: str, line: str) -> None:
    assert shown(text) == line
