"""How an authorization response travels."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import ISSUER
from tokens.protocol.authorization_request import ReturnAddress, answer, error_answer
from tokens.protocol.errors import LoginRequired
from tokens.protocol.response_modes import query

ADDRESS = "https://rp.example/callback"


@pytest.mark.parametrize(
    ("redirect_uri", "expected"),
    [
        (ADDRESS, f"{ADDRESS}?code=c"),
        (f"{ADDRESS}?", f"{ADDRESS}?code=c"),
        (f"{ADDRESS}?tenant=7", f"{ADDRESS}?tenant=7&code=c"),
        (f"{ADDRESS}?a=1&a=2&b=%C3%A9+x", f"{ADDRESS}?a=1&a=2&b=%C3%A9+x&code=c"),
        ("com.example.app:/callback", "com.example.app:/callback?code=c"),
        ("http://[::1]:4711/?x=", "http://[::1]:4711/?x=&code=c"),
    ],
)
def test_the_registered_query_stays_as_it_is_and_the_answer_is_added(redirect_uri: str, expected: str) -> None:
    assert query(redirect_uri, {"code": "c"}) == expected


@pytest.mark.covers("S7", "S15")
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300))
def test_state_comes_back_byte_for_byte_and_nothing_of_it_leaves_its_place(state: str) -> None:
    address = ReturnAddress(redirect_uri=f"{ADDRESS}?tenant=7", response_mode="query", state=state)
    url = answer(address, {"code": "c"}, ISSUER)
    assert url.isascii()
    assert not set(url) & set("\r\n\"'<> ")
    assert urlsplit(url).fragment == ""
    assert parse_qsl(urlsplit(url).query, keep_blank_values=True) == [
        ("tenant", "7"),
        ("code", "c"),
        ("state", state),
        ("iss", ISSUER),
    ]


@pytest.mark.covers("S7")
def test_an_error_carries_iss_and_its_description_and_no_state_where_none_was_sent() -> None:
    address = ReturnAddress(redirect_uri=ADDRESS, response_mode="query", state=None)
    assert error_answer(address, LoginRequired("the person has to sign in"), ISSUER) == (
        f"{ADDRESS}?error=login_required&error_description=the+person+has+to+sign+in&iss=https%3A%2F%2Fop.example"
    )


def test_a_parameter_of_ours_cannot_be_set_by_state() -> None:
    address = ReturnAddress(redirect_uri=ADDRESS, response_mode="query", state="x&code=stolen&iss=https://evil.example")
    values = parse_qsl(urlsplit(answer(address, {"code": "c"}, ISSUER)).query)
    assert [name for name, _ in values] == ["code", "state", "iss"]
