"""Handles."""

import base64
import hashlib
import hmac
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import PEPPERS
from tokens.protocol import handles
from tokens.protocol.handles import Minter

TEXT = "A" * 43
HERE = Minter(region="eu1", peppers=PEPPERS)


@pytest.mark.covers("S27 code", "S27 token")
def test_a_handle_carries_its_region_and_192_random_bits() -> None:
    minted = {HERE.mint() for _ in range(1000)}
    assert all(handles.parse(handle) == handle and handle.startswith("eu1.") for handle in minted)
    assert len({base64.urlsafe_b64decode(handle[4:] + "=")[:24] for handle in minted}) == 1000


@pytest.mark.covers("S27 CSPRNG")
def test_a_handle_is_as_random_as_what_the_system_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    """All 192 bits, each time; and nothing of a generator that can be seeded."""
    given = iter([bytes(range(24)), bytes(24), b"\xff" * 24])
    monkeypatch.setattr("secrets.token_bytes", lambda size: next(given)[:size])
    drawn = [base64.urlsafe_b64decode(HERE.mint()[4:] + "=")[:24] for _ in range(3)]
    assert drawn == [bytes(range(24)), bytes(24), b"\xff" * 24]


def test_the_last_8_bytes_are_a_mac_under_the_first_pepper() -> None:
    raw = base64.urlsafe_b64decode(HERE.mint()[4:] + "=")
    assert len(raw) == 32
    assert raw[24:] == hmac.new(PEPPERS["2"], b"handle eu1." + raw[:24], hashlib.sha256).digest()[:8]


@pytest.mark.covers("S38 handles")
def test_what_is_stored_of_a_handle_is_its_region_and_its_hash() -> None:
    handle = HERE.mint()
    digest = hashlib.sha256(handle.encode()).digest()
    assert handles.key(handle) == "eu1." + base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert handles.key_of(handle) == HERE.key_of(handle) == handles.key(handle)


def test_the_key_of_the_longest_region_fits_the_columns() -> None:
    handle = Minter(region="r" * 16, peppers=PEPPERS).mint()
    assert (len(handle), len(handles.key(handle))) == (60, 60)


def test_a_handle_and_its_key_say_where_they_are_at_home() -> None:
    handle = HERE.mint()
    assert handles.region(handle) == handles.region(handles.key(handle)) == "eu1"


@pytest.mark.parametrize(
    ("peppers", "minted"),
    [
        (PEPPERS, True),
        ({"1": PEPPERS["1"], "2": PEPPERS["2"]}, True),
        ({"3": b"new" * 11, **PEPPERS}, True),
        ({"2": PEPPERS["2"]}, True),
        ({"1": PEPPERS["1"]}, False),
        ({"2": b"new" * 11}, False),
    ],
)
def test_any_known_pepper_vouches_for_a_handle_whatever_its_region(peppers: dict[str, bytes], minted: bool) -> None:
    assert Minter(region="us1", peppers=peppers).minted(HERE.mint()) is minted


def test_a_handle_of_which_any_character_was_changed_was_not_minted() -> None:
    handle = HERE.mint()
    letters = string.ascii_letters + string.digits + "-_"
    altered = {
        handle[:at] + letter + handle[at + 1 :]
        for at in range(len(handle))
        for letter in letters
        if at != 3 and letter != handle[at]
    }
    forms = [parsed for text in altered if (parsed := handles.parse(text)) is not None]
    # All but a region in capitals or with a dash is still of the form, the other spellings of the last byte among them.
    assert len(forms) == 3 * 35 + 43 * 63
    assert not any(HERE.minted(form) for form in forms)


@pytest.mark.parametrize("text", [f"0.{TEXT}", "0.client", "0.x", "eu1.", "", ".", "é"])
def test_what_was_made_by_hand_was_not_minted(text: str) -> None:
    assert not HERE.minted(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        TEXT,
        f".{TEXT}",
        f"0.{TEXT[1:]}",
        f"0.{TEXT}A",
        f"0.{TEXT}\n",
        f" 0.{TEXT}",
        f"0.{TEXT}\x00",
        f"EU.{TEXT}",
        f"0.0.{TEXT}",
        f"0.{TEXT[1:]}=",
        f"0.{TEXT[1:]}é",
        f"٣.{TEXT}",
        f"{'a' * 17}.{TEXT}",
        "0." + "A" * 1_000_000,
    ],
)
def test_a_text_of_another_form_is_no_handle(text: str) -> None:
    assert handles.parse(text) is None
    assert handles.key_of(text) is None


@given(st.text())
def test_no_text_breaks_the_parser(text: str) -> None:
    assert handles.parse(text) in (None, text)


@given(st.from_regex(r"[a-z0-9]{1,16}\.[A-Za-z0-9_-]{43}", fullmatch=True))
def test_a_text_of_the_form_is_looked_for_though_nobody_vouches_for_it(text: str) -> None:
    handle = handles.parse(text)
    assert handle == text
    assert not HERE.minted(handle)
