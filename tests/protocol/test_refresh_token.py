"""The form of refresh tokens: what one says, who can make one, and what is no such text."""

import base64
import hashlib
import hmac
import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import PEPPERS, authorization
from tokens.protocol import handles, refresh_token
from tokens.protocol.handles import Minter
from tokens.protocol.records import NO_KEY, Confirmation
from tokens.protocol.refresh_token import Generation

CLIENT, OTHER = "0.client", "0.other"
HERE = Minter(region="eu1", peppers=PEPPERS)
AUTHORIZATION = Minter(region="us2", peppers=PEPPERS).mint()
SHOWN = (HERE.mint(), "verifier")
LETTERS = string.ascii_letters + string.digits + "-_"


def begun() -> Generation:
    return refresh_token.begin(AUTHORIZATION, CLIENT, SHOWN, HERE)


def successor(token: Generation, peppers: dict[str, bytes] = PEPPERS) -> Generation:
    (only,) = refresh_token.successors(token, CLIENT, peppers)
    return only


def parsed(text: str) -> Generation:
    token = refresh_token.parse(text)
    assert token is not None
    return token


def raw(text: str) -> bytes:
    tail = text.partition(".")[2]
    return base64.urlsafe_b64decode(tail + "=" * (-len(tail) % 4))


def written(region: str, data: bytes) -> str:
    return f"{region}.{base64.urlsafe_b64encode(data).decode().rstrip('=')}"


# --- What it says


def test_a_token_says_its_family_and_its_generation_and_says_it_again() -> None:
    token = begun()
    for number in range(5):
        assert (token.region, token.authorization_id, token.number) == ("eu1", AUTHORIZATION, number)
        assert parsed(token.text) == token
        token = successor(token)


def test_the_bytes_are_generation_secret_mac_and_authorization() -> None:
    token = successor(begun())
    data = raw(token.text)
    assert data[:4] == b"\x00\x00\x00\x01"
    assert data[48:] == base64.urlsafe_b64decode(AUTHORIZATION.partition(".")[2] + "=") + b"us2"
    said = hashlib.sha256(CLIENT.encode()).digest() + b"eu1." + data[:24] + data[48:]
    assert data[24:48] == hmac.new(PEPPERS["2"], b"refresh_token " + said, hashlib.sha256).digest()[:24]


def test_its_length_is_bounded() -> None:
    lengths = []
    for region in ("0", "r" * 16):
        minter = Minter(region=region, peppers=PEPPERS)
        lengths.append(len(refresh_token.begin(minter.mint(), CLIENT, SHOWN, minter).text))
    assert lengths == [110, 145]


def test_its_key_keeps_the_family_s_home() -> None:
    token = begun()
    assert token.key == handles.key(token.text)
    assert (handles.region(token.key), len(token.key)) == ("eu1", 47)


def test_an_authorization_whose_id_is_no_handle_begins_no_family() -> None:
    for identifier in ("0.by-hand", "0." + "A" * 42 + "B", AUTHORIZATION.upper(), ""):
        with pytest.raises(ValueError, match=r"handle|base64|data characters"):
            refresh_token.begin(identifier, CLIENT, SHOWN, HERE)


# --- Who can make one


def test_who_shows_the_same_begins_the_same_family_and_who_shows_anything_else_another() -> None:
    code, verifier = SHOWN
    assert begun() == begun()
    others = [(code, ""), (code, verifier + "0"), (HERE.mint(), verifier)]
    secrets = {refresh_token.begin(AUTHORIZATION, CLIENT, shown, HERE).secret for shown in (SHOWN, *others)}
    assert {len(secret) for secret in secrets} == {20}
    assert len(secrets) == len(others) + 1


def test_a_token_is_told_from_what_another_client_shows() -> None:
    token = begun()
    assert refresh_token.is_minted(token, CLIENT, PEPPERS)
    assert not refresh_token.is_minted(token, OTHER, PEPPERS)


@pytest.mark.parametrize(
    ("peppers", "minted"),
    [
        ({"3": b"new" * 11, **PEPPERS}, True),
        ({"1": PEPPERS["1"], "2": PEPPERS["2"]}, True),
        ({"3": b"new" * 11, "1": PEPPERS["1"]}, False),
    ],
)
def test_any_known_pepper_vouches_for_it_and_a_removed_one_does_not(peppers: dict[str, bytes], minted: bool) -> None:
    assert refresh_token.is_minted(begun(), CLIENT, peppers) is minted


def test_a_token_of_which_any_character_was_changed_is_nobody_s() -> None:
    text = begun().text
    altered = [
        text[:at] + letter + text[at + 1 :] for at in range(len(text)) for letter in LETTERS if letter != text[at]
    ]
    still_of_the_form = [token for each in altered if (token := refresh_token.parse(each)) is not None]
    assert len(still_of_the_form) > 5000
    assert not any(refresh_token.is_minted(token, CLIENT, PEPPERS) for token in still_of_the_form)


def test_nothing_that_is_said_can_be_said_differently_under_the_same_mac() -> None:
    token = begun()
    for other in (
        replace(token, number=1),
        replace(token, number=2**32 - 1),
        replace(token, secret=bytes(20)),
        replace(token, region="eu2"),
        replace(token, authorization_id=HERE.mint()),
        replace(token, mac=bytes(24)),
        replace(token, mac=b""),
    ):
        assert not refresh_token.is_minted(other, CLIENT, PEPPERS)


@pytest.mark.covers("S27 token", "S38 handles")
def test_who_knows_a_pepper_but_held_no_token_of_the_family_cannot_make_one_that_belongs_to_it() -> None:
    token = begun()
    kept = replace(authorization(), id=AUTHORIZATION, family=token.family(NO_KEY))
    assert refresh_token.belongs(successor(token), kept, NO_KEY)
    forged = refresh_token.begin(AUTHORIZATION, CLIENT, (HERE.mint(), ""), HERE)
    assert refresh_token.is_minted(forged, CLIENT, PEPPERS)
    assert not refresh_token.belongs(forged, kept, NO_KEY)
    assert not refresh_token.belongs(token, replace(kept, family=None), NO_KEY)


@pytest.mark.covers("S38 handles")
def test_what_the_database_keeps_does_not_hold_the_secret() -> None:
    token = begun()
    assert token.family(NO_KEY) == base64.urlsafe_b64encode(hashlib.sha256(token.secret).digest()).decode().rstrip("=")


def test_a_family_that_is_bound_to_a_key_is_that_of_nobody_who_does_not_show_it() -> None:
    token, key = begun(), Confirmation(jkt="key")
    bound = replace(authorization(), id=AUTHORIZATION, family=token.family(key))
    unbound = replace(bound, family=token.family(NO_KEY))
    assert refresh_token.belongs(token, bound, key)
    for other in (NO_KEY, Confirmation(jkt="another"), Confirmation(x5t_s256="key")):
        assert not refresh_token.belongs(token, bound, other)
        assert refresh_token.belongs(token, unbound, other)


# --- Successors


def test_a_successor_is_the_same_on_every_node_whatever_pepper_and_region_is_in_use_there() -> None:
    token = begun()
    expected = successor(token)
    assert expected.number == 1
    assert (expected.region, expected.secret) == (token.region, token.secret)
    turned = {"3": b"new" * 11, "1": PEPPERS["1"], "2": PEPPERS["2"]}
    assert successor(token, turned) == expected
    assert refresh_token.is_minted(expected, CLIENT, {"2": PEPPERS["2"]})


def test_a_token_of_a_removed_pepper_goes_on_under_those_that_are_left_the_first_before_the_others() -> None:
    left = {"3": b"new" * 11, "1": PEPPERS["1"]}
    first, second = refresh_token.successors(begun(), CLIENT, left)
    assert refresh_token.is_minted(first, CLIENT, {"3": left["3"]})
    assert refresh_token.is_minted(second, CLIENT, {"1": left["1"]})


# --- What is none

GOOD = begun().text
DATA = raw(GOOD)


OTHER_FORMS = [
    "",
    ".",
    "x",
    HERE.mint(),
    GOOD[:-4],
    GOOD + "AAAA" * 5,
    GOOD + "=",
    GOOD + "\n",
    " " + GOOD,
    GOOD + "\x00",
    GOOD.replace("eu1.", "EU1."),
    GOOD.replace("eu1.", "."),
    GOOD.replace("eu1.", "eu1.."),
    GOOD.replace("eu1.", "r" * 17 + "."),
    GOOD.replace("eu1.", "٣."),
    written("eu1", DATA[:80]),
    written("eu1", DATA[:80] + b"US1"),
    written("eu1", DATA[:80] + b"\xff\xfe"),
    written("eu1", DATA[:80] + b"r" * 17),
    written("eu1", DATA[:80] + b"a.b"),
    "eu1." + "A" * 109,
    "0." + "A" * 1_000_000,
    "\ud800",
]


@pytest.mark.parametrize("text", OTHER_FORMS, ids=range(len(OTHER_FORMS)))
def test_a_text_of_another_form_is_none(text: str) -> None:
    assert refresh_token.parse(text) is None


def test_a_text_that_was_cut_or_goes_on_is_nobody_s() -> None:
    texts = [GOOD[:end] for end in range(len(GOOD))] + [GOOD[at:] for at in range(1, len(GOOD))]
    texts += [GOOD + letter for letter in LETTERS] + [GOOD + GOOD, GOOD.swapcase(), GOOD.lower(), GOOD.upper()]
    tokens = [token for text in texts if (token := refresh_token.parse(text)) is not None]
    assert tokens
    assert not any(refresh_token.is_minted(token, CLIENT, PEPPERS) for token in tokens)


def test_another_spelling_of_the_same_bytes_is_none() -> None:
    """Of a text of 111 letters the last has two bits that mean nothing."""
    others = [GOOD[:-1] + letter for letter in LETTERS if letter != GOOD[-1]]
    same = [other for other in others if raw(other) == DATA]
    assert len(same) == 3
    assert not any(refresh_token.parse(other) for other in same)


ABOUT_AS_LONG = st.builds(
    lambda region, data, length: written(region, data)[: len(region) + 1 + length],
    st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=16),
    st.binary(min_size=81, max_size=96),
    st.integers(108, 128),
)


@given(st.text() | ABOUT_AS_LONG)
def test_no_text_breaks_the_parser_and_none_is_read_that_would_be_written_differently(text: str) -> None:
    token = refresh_token.parse(text)
    assert token is None or token.text == text
    assert token is None or not refresh_token.is_minted(token, CLIENT, PEPPERS)


@given(st.binary(min_size=80, max_size=80), st.from_regex("[a-z0-9]{1,16}", fullmatch=True))
def test_any_bytes_of_the_form_are_read_as_what_they_say_and_prove_nothing(data: bytes, region: str) -> None:
    token = parsed(written(region, data + region.encode()))
    assert (token.number, token.secret, token.mac) == (int.from_bytes(data[:4]), data[4:24], data[24:48])
    assert handles.region(token.authorization_id) == token.region == region
    assert not refresh_token.is_minted(token, CLIENT, PEPPERS)
