"""Handles."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokens.protocol import handles

RANDOM = "A" * 43


@pytest.mark.covers("S27")
def test_a_handle_carries_its_region_and_256_random_bits() -> None:
    minted = {handles.mint("eu1") for _ in range(1000)}
    assert len(minted) == 1000
    assert all(handles.parse(handle) == handle and handle.startswith("eu1.") for handle in minted)


@pytest.mark.covers("S38")
def test_what_is_stored_of_a_handle_is_its_hash() -> None:
    handle = handles.mint("0")
    assert handles.key(handle) == hashlib.sha256(handle.encode()).hexdigest()


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        RANDOM,
        f".{RANDOM}",
        f"0.{RANDOM[1:]}",
        f"0.{RANDOM}A",
        f"0.{RANDOM}\n",
        f" 0.{RANDOM}",
        f"0.{RANDOM}\x00",
        f"EU.{RANDOM}",
        f"0.0.{RANDOM}",
        f"0.{RANDOM[1:]}=",
        f"0.{RANDOM[1:]}é",
        f"٣.{RANDOM}",
        f"{'a' * 17}.{RANDOM}",
        "0." + "A" * 1_000_000,
    ],
)
def test_a_text_of_another_form_is_no_handle(text: str) -> None:
    assert handles.parse(text) is None


@given(st.text())
def test_no_text_breaks_the_parser(text: str) -> None:
    assert handles.parse(text) in (None, text)
