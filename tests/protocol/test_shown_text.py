"""What people are shown: nothing that hides, and something that can be seen. One judge, and who asks it."""

import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from accounts.ground.shown_text import escaped, hidden, is_blank
from tests.support.builders import ISSUER, client_record
from tokens.protocol import client_metadata, resource_registration
from tokens.protocol.hints import login_hint
from tokens.protocol.records import Resource

FORMATS = [chr(number) for number in range(sys.maxunicode + 1) if unicodedata.category(chr(number)) == "Cf"]
IGNORABLE = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u2065\u3164\ufe00\ufe0f\uffa0\ufff0\U000e0000\U000e0100\U000e0fff"
"""Some that may be ignored and are no formats: fillers, selectors, what no version of Unicode uses yet."""
CONTROLS = "\x00\x1b\x7f\x85\u2028\u2029\ud800"
PICTURELESS = "\u2800\U0001d159"
HIDING = [*FORMATS, *IGNORABLE, *CONTROLS, *PICTURELESS]
WRITTEN = [
    *("Bücher", "書店", "Ελλάδα", "בנק", "بنك", "می\u200cشود", "क्\u200dष", "ශ්\u200dරී", "നന്\u200d", "葛\U000e0100城"),
    *(
        "👩\u200d💻",
        "❤\ufe0f",
        "🏳\ufe0f\u200d🌈",
        "1\ufe0f\u20e3",
        "ᠮᠣᠩ\u180bᠭᠣᠯ",
        "<b>&\"'",
        "a b",
        "O'Neil",
        "e\u0301",
        "Vie\u0323\u0302t",
        "בּ\u05b9\u05c1\u0591",
        "ที่",
        "ཧྐྵྨླྺྼྻ",
    ),
]
PILED = "e" + "\u0301" * 5


@pytest.mark.parametrize("letter", HIDING, ids=lambda letter: f"U+{ord(letter):04X}")
def test_a_letter_that_nobody_sees_is_found_wherever_it_stands(letter: str) -> None:
    for text in (letter, f"{letter}Bank", f"Bank{letter}", f"Ba{letter}nk", f"B {letter} k", f"1{letter}2"):
        assert hidden(text) == f"U+{ord(letter):04X}"
        assert letter not in escaped(text)
    assert is_blank(letter)
    assert is_blank(f" {letter}\t{letter}")
    assert not is_blank(f"{letter}B")


@pytest.mark.parametrize("text", WRITTEN)
def test_what_words_are_written_with_may_stand_where_it_does_something(text: str) -> None:
    assert (hidden(text), is_blank(text), escaped(text)) == (None, False, text)


@pytest.mark.parametrize(
    "text",
    [
        *("Pay\u200dPal", "a\u200cb", "می\u200c", "\u200cمی", "م\u200c\u200cی", "Ба\u200dнк", "銀\u200c行", "1\u200d2"),
        *(
            "👩\u200d",
            "\u200d💻",
            "👩\u200da",
            "a\ufe0f",
            "\ufe0f",
            "葛a\U000e0100",
            "a\U000e0100",
            "Bank\u180b",
            "❤\ufe00",
        ),
        "❤\u200d\u2800",
    ],
)
def test_and_hides_anywhere_else(text: str) -> None:
    assert hidden(text) is not None


@pytest.mark.parametrize(
    "text", [PILED, "\u0338Bank", "\u0301\u0301Bank", "e\u20dd" + "\u20dd" * 4, "ก" + "\u0e47" * 5, "ཧ" + "\u0fb2" * 9]
)
def test_marks_that_pile_up_or_stand_on_nothing_hide_what_is_around_them(text: str) -> None:
    assert hidden(text) == ascii(text.strip("eBankกཧ")[-1])[1:-1].upper().replace("\\U", "U+")
    assert hidden(escaped(text)) is None


@pytest.mark.parametrize(
    "text", ["", " ", "\u00a0\u3000", "\u0301", "\u200b", "\u3164", "\u2800 \u2800", "\t\n", "\u202e"]
)
def test_what_shows_nothing_is_blank(text: str) -> None:
    assert is_blank(text)


# --- Every place of tokens that asks it

ORDERS = Resource(identifier="urn:orders", scope=("read",), name="Orders")


def of_client(member: str, form: str = "{}") -> Callable[[str], Iterator[str]]:
    def faults(text: str) -> Iterator[str]:
        kind = type(getattr(client_record(), member))
        value: Any = form.format(text)
        client = replace(client_record(), **{member: kind([value]) if kind is tuple else value})
        return (fault for at, fault in client_metadata.faults(client, http_loopback=False) if at == member)

    return faults


def of_resource(member: str, form: str = "{}") -> Callable[[str], Iterator[str]]:
    def faults(text: str) -> Iterator[str]:
        value = form.format(text)
        changes: dict[str, Any] = {member: (value,) if member == "scope_sentences" else value}
        resource = replace(ORDERS, **changes)
        return (fault for at, fault in resource_registration.faults(resource, issuer=ISSUER) if at == member)

    return faults


PLACES: Mapping[str, Callable[[str], Iterator[str]]] = {
    "a client's name": of_client("client_name"),
    "a group that may use it": of_client("allowed_groups"),
    "an attribute of its mapping": of_client("claims_mapping", "profile a attribute:{}"),
    "a redirect URI": of_client("redirect_uris", "https://rp.example/{}"),
    "a redirect URI after sign-out": of_client("post_logout_redirect_uris", "https://rp.example/{}"),
    "its page": of_client("client_uri", "https://rp.example/{}"),
    "its policy": of_client("policy_uri", "https://{}.example/"),
    "its terms": of_client("tos_uri", "https://rp.example/{}"),
    "its logo": of_client("logo_uri", "https://rp.example/{}"),
    "an API's name": of_resource("name"),
    "an API's identifier": of_resource("identifier", "https://{}.example/"),
    "a scope's sentence": of_resource("scope_sentences", "read en {}"),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("letter", [*HIDING[::9], *IGNORABLE, *PICTURELESS, *"\u200b\u202e\u2066\xad"], ids=ascii)
def test_each_place_refuses_what_hides_alone_and_among_others(place: str, letter: str) -> None:
    assert list(PLACES[place](letter))
    assert list(PLACES[place](PILED))
    assert list(PLACES[place](f"Ba{letter}nk"))


@pytest.mark.parametrize("place", ["a client's name", "an API's name", "a scope's sentence"])
@pytest.mark.parametrize("text", WRITTEN)
def test_each_place_where_people_read_takes_what_words_are_written_with(place: str, text: str) -> None:
    assert list(PLACES[place](text)) == []


@pytest.mark.parametrize("letter", ["\u3164", "\u200b", "\u202e", "\u2800"])
def test_a_hint_that_hides_is_none(letter: str) -> None:
    assert login_hint({"login_hint": f"ali{letter}ce"}) == ""
    assert login_hint({"login_hint": "alice"}) == "alice"
